//! What a rule does where it fits: what it sets, and its words.

use std::collections::HashSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::did_you_mean;
use super::read::{Reading, Value, cause, flag, one_or_many, text, texts};
use super::rule::{Does, RuleWords};
use crate::diagnosis::codes::{Actor, Waiting};

impl Reading<'_, '_> {
    pub fn does(&mut self, table: &DeTable<'_>, name: &str, groups: &[String]) -> Does {
        Does {
            rule: format!("{}:{name}", self.source.name),
            cause: text(table, "cause").and_then(cause),
            who: text(table, "who").and_then(actor),
            retry: text(table, "retry").and_then(waiting),
            words: self.words(table, groups),
            contact: text(table, "contact").map(str::to_owned),
            link: self.link(table),
            leave: flag(table, "leave"),
        }
    }

    fn words(&mut self, table: &DeTable<'_>, groups: &[String]) -> Vec<(String, RuleWords)> {
        let Some(DeValue::Table(all)) = table.get("words").map(Spanned::get_ref) else {
            return Vec::new();
        };
        let mut out = Vec::new();
        for (tag, words) in all {
            if let Err(what) = (self.languages)(tag.get_ref()) {
                self.wrong(tag.span(), what);
            }
            if let DeValue::Table(words) = words.get_ref() {
                words
                    .iter()
                    .for_each(|(_, value)| self.check_places(value, groups));
                let words = RuleWords {
                    title: text(words, "title").map(str::to_owned),
                    why: text(words, "why").map(str::to_owned),
                    steps: texts(words, "do"),
                    postmaster: texts(words, "postmaster"),
                };
                out.push((tag.get_ref().to_string(), words));
            }
        }
        out
    }

    /// What stands in braces must be a group, or what all notices know.
    fn check_places(&mut self, value: &Value<'_>, groups: &[String]) {
        let known = || {
            groups
                .iter()
                .map(String::as_str)
                .chain(["domain", "refuser"])
        };
        for value in one_or_many(value) {
            let text = value.get_ref().as_str().unwrap_or_default();
            let unknown: HashSet<&str> = places(text)
                .filter(|place| known().all(|k| k != *place))
                .collect();
            for place in unknown {
                let at = self.inside(
                    value,
                    text,
                    text.find(&format!("{{{place}}}")).unwrap_or(0),
                    place.len() + 2,
                );
                let meant = did_you_mean(place, known());
                let what = format!("no group of the expression is called {place}{meant}");
                self.wrong(at, what);
            }
        }
    }

    fn link(&mut self, table: &DeTable<'_>) -> Option<String> {
        let value = table.get("link")?;
        let link = value.get_ref().as_str()?;
        let plain = |c: char| c.is_ascii_graphic() && !"<>\"'\\{}|^`".contains(c);
        let rest = link.strip_prefix("https://").unwrap_or_default();
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if host.is_empty() || host.contains('@') || !link.chars().all(plain) {
            self.wrong(
                value.span(),
                "link: it must be a whole https:// URL, percent-encoded",
            );
        }
        Some(link.to_owned())
    }
}

/// What stands in braces, if it is one word.
pub fn places(text: &str) -> impl Iterator<Item = &str> {
    let opened = text.split('{').skip(1);
    let inside = opened.filter_map(|rest| rest.split_once('}').map(|(place, _)| place));
    inside.filter(|place| is_place(place))
}

pub fn is_place(word: &str) -> bool {
    !word.is_empty()
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn actor(name: &str) -> Option<Actor> {
    Some(match name {
        "you" => Actor::You,
        "postmaster" => Actor::Postmaster,
        "other-side" => Actor::OtherSide,
        "nobody" => Actor::Nobody,
        _ => return None,
    })
}

fn waiting(name: &str) -> Option<Waiting> {
    Some(match name {
        "yes" => Waiting::Yes,
        "no" => Waiting::No,
        "maybe" => Waiting::Maybe,
        _ => return None,
    })
}
