//! Reading what the refusing side said: phrases, and the cause that each stands for.
//!
//! The rules beside this file are packed when plainbounce is built (`src/build.rs`), so that a
//! start parses none of them.

mod format;

use std::sync::OnceLock;

pub use format::IndexedRule;
use format::{Index, fold, start};

use super::cause::{self, Cause};
use crate::bounce::Starts;
use crate::mail::{EnhancedStatusCode, ReplyCode};

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.postcard"));

/// The built-in rules, and which bytes their phrases start with.
struct Rules {
    index: Index<'static>,
    starts: Starts,
}

/// Their packed form was written by our own build, so it can be read.
fn builtin() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| {
        let index: Index<'static> = postcard::from_bytes(PACKED).expect("packed by src/build.rs");
        let starts = Starts::of(index.phrases.iter().map(|phrase| phrase.start));
        Rules { index, starts }
    })
}

/// Every rule, in the order in which they are tried.
pub fn all() -> impl Iterator<Item = &'static IndexedRule<'static>> {
    builtin().index.rules.iter()
}

impl IndexedRule<'_> {
    /// `builtin:common/user-unknown`
    pub fn full_name(&self) -> String {
        format!("builtin:{}/{}", self.file, self.name)
    }
}

/// The first rule that reads this text, with its full name, `builtin:common/user-unknown`.
pub fn read(text: &str) -> Option<(Cause, String)> {
    let Rules {
        index: Index { rules, phrases },
        starts,
    } = builtin();
    let folded = fold(&without_repeated_codes(what_was_said(text)));
    let mut found = vec![Found::default(); rules.len()];
    for at in 0..folded.len() {
        let rest = &folded.as_bytes()[at..];
        let Some(start) = start(rest) else { break };
        if !starts.may_contain(start) {
            continue;
        }
        let first = phrases.partition_point(|phrase| phrase.start < start);
        for phrase in phrases[first..]
            .iter()
            .take_while(|phrase| phrase.start == start)
        {
            if rest.starts_with(phrase.text.as_bytes()) {
                found[usize::from(phrase.rule)].take(phrase.unless);
            }
        }
    }
    let rule = found.iter().position(|found| found.any && !found.unless)?;
    let rule = &rules[rule];
    Some((rule.cause, rule.full_name()))
}

/// Which phrases of a rule are in a text.
#[derive(Clone, Default)]
struct Found {
    any: bool,
    unless: bool,
}

impl Found {
    fn take(&mut self, unless: bool) {
        if unless {
            self.unless = true
        } else {
            self.any = true
        }
    }
}

/// `host spam-filter.example.net[192.0.2.7] said: 550 …`: a host's name says nothing.
fn what_was_said(text: &str) -> &str {
    match text.split_once("] said: ") {
        Some((host, said)) if host.contains('[') && host.len() < 300 => said,
        _ => text,
    }
}

/// A reply of several lines has its code in front of each, in the middle of what it says:
/// `550-5.7.26 … does not pass 550-5.7.26 authentication checks`. The first code stays.
fn without_repeated_codes(text: &str) -> String {
    let mut words = text
        .split_whitespace()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    let is_reply = |word: &String| {
        word.parse::<ReplyCode>()
            .is_ok_and(|code| code.class() >= 4)
    };
    let code_of = |word: &String| word.split('-').next().map(str::to_owned).filter(is_reply);
    let Some((first, code)) = words
        .iter()
        .enumerate()
        .find_map(|(at, word)| Some((at, code_of(word)?)))
    else {
        return text.to_owned();
    };
    let mut after_code = false;
    for word in words.iter_mut().skip(first + 1) {
        let rest = word
            .strip_prefix(&code)
            .and_then(|rest| rest.strip_prefix('-').or((rest.is_empty()).then_some("")));
        let rest = rest.map(str::to_owned);
        let said = rest.clone().unwrap_or_else(|| word.clone());
        let repeats = rest.is_some() || after_code;
        after_code = rest.as_deref() == Some("");
        if repeats {
            *word = if said.parse::<EnhancedStatusCode>().is_ok() {
                String::new()
            } else {
                said
            };
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_inside_a_reply_split_no_phrase() {
        fn check(text: &str, expected: &str) {
            assert_eq!(fold(&without_repeated_codes(text)), expected);
        }
        check(
            "550-5.7.26 does not pass 550 5.7.26 checks",
            "550-5.7.26 does not pass checks",
        );
        check("550-user 550-unknown 550 here", "550-user unknown here");
        check("550 room 551 and 5.7.1", "550 room 551 and 5.7.1");
        check("no code at all", "no code at all");
    }

    #[test]
    fn each_rule_reads_its_example_first() {
        for rule in all() {
            let found = read(rule.example).map(|(_, name)| name);
            assert_eq!(found, Some(rule.full_name()), "example: {}", rule.example);
        }
    }
}
