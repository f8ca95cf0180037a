//! An operator's words over those that are built in: any part of a language's file, the rest stays.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::format::{CodeWords, CodeWordsFile, Spoken};

/// A mistake in an operator's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanguageFault {
    /// Where in the file, in bytes.
    pub at: Range<usize>,
    pub what: String,
}

/// Keys that a cause may have and need not.
const OPTIONAL: [&str; 2] = ["why_many", "why_delayed"];

pub fn words(base: &Spoken, file: &str) -> Result<Spoken, LanguageFault> {
    put_over(table_of(base), file)
}

/// Of a code that has no words yet, all must be there but `you`.
pub fn codes(base: &CodeWordsFile, file: &str) -> Result<CodeWordsFile, LanguageFault> {
    let mut table = table_of(base);
    let model = table_of(&CodeWords {
        title: String::new(),
        why: String::new(),
        you: vec![String::new()],
        postmaster: vec![String::new()],
    });
    for code in parse(file)?.get_ref().keys() {
        let code = code.get_ref().to_string();
        table.entry(code).or_insert(Value::Table(model.clone()));
    }
    put_over(table, file)
}

fn put_over<T: DeserializeOwned>(mut base: Table, file: &str) -> Result<T, LanguageFault> {
    merge(&mut base, parse(file)?.get_ref(), "")?;
    T::deserialize(base).map_err(|error| LanguageFault {
        at: 0..0,
        what: error.message().to_owned(),
    })
}

fn parse(file: &str) -> Result<Spanned<DeTable<'_>>, LanguageFault> {
    DeTable::parse(file).map_err(|error| LanguageFault {
        at: error.span().unwrap_or(0..0),
        what: error.message().to_owned(),
    })
}

fn table_of(value: &impl Serialize) -> Table {
    Table::try_from(value).expect("these types are tables of text")
}

fn merge(base: &mut Table, over: &DeTable<'_>, path: &str) -> Result<(), LanguageFault> {
    for (key, value) in over {
        let (name, at) = (key.get_ref().to_string(), key.span());
        let path = format!("{path}{}{name}", if path.is_empty() { "" } else { "." });
        if OPTIONAL.contains(&name.as_str()) {
            base.entry(name.clone())
                .or_insert(Value::String("{domain}{refuser}".to_owned()));
        }
        let Some(old) = base.get_mut(&name) else {
            let what = format!("unknown key {path}{}", did_you_mean(base, &name));
            return Err(LanguageFault { at, what });
        };
        replace(old, value, &path)?;
    }
    Ok(())
}

fn replace(old: &mut Value, new: &Spanned<DeValue<'_>>, path: &str) -> Result<(), LanguageFault> {
    let wrong = |what: &str| LanguageFault {
        at: new.span(),
        what: format!("{path}: {what}"),
    };
    match (old, new.get_ref()) {
        (Value::Table(old), DeValue::Table(new)) => merge(old, new, path),
        (Value::String(old), DeValue::String(new)) => {
            fits(old, new, path).map_err(|what| wrong(&what))?;
            *old = new.to_string();
            Ok(())
        }
        (Value::Array(old), DeValue::Array(new)) => {
            let texts: Option<Vec<Value>> = new.iter().map(|item| text(item.get_ref())).collect();
            *old = texts.ok_or_else(|| wrong("a list of texts was expected"))?;
            if old.is_empty() {
                return Err(wrong("it is empty"));
            }
            Ok(())
        }
        (Value::Table(_), _) => Err(wrong("a table was expected")),
        (Value::Array(_), _) => Err(wrong("a list of texts was expected")),
        _ => Err(wrong("a text was expected")),
    }
}

fn text(value: &DeValue<'_>) -> Option<Value> {
    match value {
        DeValue::String(text) => Some(Value::String(text.to_string())),
        _ => None,
    }
}

/// A text keeps a place only for what its model has one for; the reason may name both sides.
fn fits(old: &str, new: &str, path: &str) -> Result<(), String> {
    let mut known = places(old);
    if path.ends_with(".why") && path != "words.why" {
        known.extend(["domain", "refuser"]);
    }
    let fits = |place: &&str| known.contains(place);
    match places(new).into_iter().find(|place| !fits(place)) {
        None => Ok(()),
        Some(place) => {
            let known: Vec<String> = known.iter().map(|place| format!("{{{place}}}")).collect();
            let there = match known.as_slice() {
                [] => "nothing is filled in here".to_owned(),
                known => format!("there is {}", known.join(", ")),
            };
            Err(format!("nothing is known as {{{place}}}: {there}"))
        }
    }
}

/// What stands in braces, if it is one word.
fn places(text: &str) -> BTreeSet<&str> {
    let opened = text.split('{').skip(1);
    let inside = opened.filter_map(|rest| rest.split_once('}').map(|(place, _)| place));
    let is_word = |place: &&str| place.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    inside.filter(is_word).collect()
}

fn did_you_mean(known: &Table, name: &str) -> String {
    let likeness = |key: &&String| (strsim::jaro_winkler(key, name) * 100.0) as u8;
    match known.keys().max_by_key(likeness) {
        Some(key) if likeness(&key) > 80 => format!(" (did you mean {key}?)"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{LanguageTag, Languages};

    #[test]
    fn a_mistake_says_where_it_is() {
        fn check(file: &str, expected: &str) {
            let tag: LanguageTag = "de".parse().expect("well formed");
            let with = Languages::built_in().with(&tag, file);
            let said = match with {
                Ok(_) => "none".to_owned(),
                Err(fault) => format!("{}: {}", fault.at.start, fault.what),
            };
            assert_eq!(said, expected, "{file}");
        }
        check("[words]\nwhy = 'Wieso'\n", "none");
        check("[causes.mailbox-full]\nwhy_many = 'Alle voll'\n", "none");
        check(
            "[words]\nno_retri = 'x'",
            "8: unknown key words.no_retri (did you mean no_retry?)",
        );
        check("[words]\nwhy = 1", "14: words.why: a text was expected");
        check(
            "[words]\ncontact = '{name}'",
            "18: words.contact: nothing is known as {name}: there is {contact}",
        );
        check(
            "[words]\nsuccess_steps = []",
            "24: words.success_steps: it is empty",
        );
        check("[words\n", "6: unclosed table, expected `]`");
    }

    #[test]
    fn a_new_language_says_in_english_what_it_has_no_words_for() {
        let tag: LanguageTag = "eo".parse().expect("well formed");
        let file = "tag = 'eo'\nname = 'Esperanto'\n[words]\nwhy = 'Kial'\n";
        let all = Languages::built_in()
            .with(&tag, file)
            .expect("a right file");
        let esperanto = all.find(&tag).expect("it was added");
        assert_eq!(esperanto.words().why, "Kial");
        assert_eq!(esperanto.words().you, "You");
        assert_eq!(esperanto.name(), "Esperanto");
    }
}
