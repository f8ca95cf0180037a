//! Whether a file has the keys of the list and values of their types: every mistake is told.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, did_you_mean};
use super::keys::{Key, Takes, names};
use super::{MOST_FAULTS, RuleText};

/// Longer texts are refused.
const LONGEST_TEXT: usize = 16 << 10;

pub struct Shape<'s> {
    pub source: &'s RuleText,
    pub faults: &'s mut Vec<Fault>,
}

impl Shape<'_> {
    pub fn check(&mut self, table: &DeTable<'_>, keys: &'static [Key]) {
        for (key, value) in table {
            match keys.iter().find(|known| known.name == key.get_ref()) {
                Some(known) => self.check_value(value, known.name, known.takes),
                None => {
                    let name = key.get_ref();
                    let meant = did_you_mean(name, names(keys));
                    self.wrong(key.span(), format!("unknown key {name}{meant}"));
                }
            }
        }
    }

    fn check_value(&mut self, value: &Spanned<DeValue<'_>>, name: &str, takes: Takes) {
        let expected = match (takes, value.get_ref()) {
            (Takes::Text, DeValue::String(_)) => return self.text(value, name),
            (Takes::Texts, _) => return self.texts(value, name, None),
            (Takes::SomeOf(known), _) => return self.texts(value, name, Some(&known())),
            (Takes::OneOf(known), DeValue::String(_)) => {
                return self.one_of(value, name, &known());
            }
            (Takes::Flag, DeValue::Boolean(_)) | (Takes::Number, DeValue::Integer(_)) => return,
            (Takes::Table(keys), DeValue::Table(table)) => return self.check(table, keys),
            (Takes::Tables(keys), DeValue::Array(items)) => return self.tables(items, name, keys),
            (Takes::Languages(keys), DeValue::Table(table)) => {
                return self.languages(table, name, keys);
            }
            (Takes::Text | Takes::OneOf(_), _) => "a text",
            (Takes::Flag, _) => "true or false",
            (Takes::Number, _) => "a number",
            (Takes::Table(_) | Takes::Languages(_), _) => "a table",
            (Takes::Tables(_), _) => "a list of tables, [[…]]",
        };
        self.wrong(value.span(), format!("{name}: {expected} was expected"));
    }

    fn texts(&mut self, value: &Spanned<DeValue<'_>>, name: &str, known: Option<&[&str]>) {
        let mut check = |value: &Spanned<DeValue<'_>>| match (value.get_ref(), known) {
            (DeValue::String(_), Some(known)) => self.one_of(value, name, known),
            (DeValue::String(_), None) => self.text(value, name),
            _ => self.wrong(value.span(), format!("{name}: a text was expected")),
        };
        match value.get_ref() {
            DeValue::Array(items) if items.is_empty() => {
                self.wrong(value.span(), format!("{name}: it is empty"));
            }
            DeValue::Array(items) => items.iter().for_each(check),
            _ => check(value),
        }
    }

    fn text(&mut self, value: &Spanned<DeValue<'_>>, name: &str) {
        let text = value.get_ref().as_str().unwrap_or_default();
        if text.trim().is_empty() {
            self.wrong(value.span(), format!("{name}: it is empty"));
        } else if text.len() > LONGEST_TEXT {
            let what = format!("{name}: {} bytes are too many", text.len());
            self.wrong(value.span(), what);
        }
    }

    fn one_of(&mut self, value: &Spanned<DeValue<'_>>, name: &str, known: &[&str]) {
        let text = value.get_ref().as_str().unwrap_or_default();
        if known.contains(&text) {
            return;
        }
        let text: String = text.chars().take(40).collect();
        let meant = match did_you_mean(&text, known.iter().copied()) {
            meant if meant.is_empty() => format!(": there is {}", known.join(", ")),
            meant => meant,
        };
        self.wrong(
            value.span(),
            format!("{name}: no such {name} as {text}{meant}"),
        );
    }

    fn tables(&mut self, items: &[Spanned<DeValue<'_>>], name: &str, keys: &'static [Key]) {
        for item in items {
            match item.get_ref() {
                DeValue::Table(table) => self.check(table, keys),
                _ => self.wrong(item.span(), format!("{name}: a table was expected")),
            }
        }
    }

    fn languages(&mut self, table: &DeTable<'_>, name: &str, keys: &'static [Key]) {
        for (tag, words) in table {
            match words.get_ref() {
                DeValue::Table(words) => self.check(words, keys),
                _ => {
                    let what = format!("{name}.{}: a table was expected", tag.get_ref());
                    self.wrong(words.span(), what);
                }
            }
        }
    }

    fn wrong(&mut self, span: std::ops::Range<usize>, what: String) {
        if self.faults.len() <= MOST_FAULTS {
            self.faults.push(Fault::at(self.source, span, what));
        }
    }
}
