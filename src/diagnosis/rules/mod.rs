//! Reading what the refusing side said: phrases, and the cause that each stands for.
//!
//! The rules beside this file become a table when plainbounce is built (`src/build.rs`): it lies
//! ready in the program, and a start does nothing for it.

mod format;
pub mod own;

use std::borrow::Cow;
use std::ops::ControlFlow;

use format::fold;
pub use format::{Rule, RuleFile, RuleTable, WrittenRule};

use super::cause::{self, Cause};
use crate::mail::EnhancedStatusCode;

mod builtin {
    use std::borrow::Cow;

    use super::cause::Cause::*;
    use super::format::{Rule, RuleTable};
    use crate::bounce::{Phrase, PhraseSet, Span, Starts};

    include!(concat!(env!("OUT_DIR"), "/rules.rs"));
}

/// A rule of a table.
#[derive(Debug, Clone, Copy)]
pub struct RuleIn<'t> {
    table: &'t RuleTable<'t>,
    rule: &'t Rule,
}

impl<'t> RuleIn<'t> {
    /// `builtin:common/user-unknown`
    pub fn name(self) -> &'t str {
        self.rule.name.of(&self.table.texts)
    }

    pub fn cause(self) -> Cause {
        self.rule.cause
    }

    /// Replies that it reads, before all other rules.
    pub fn examples(self) -> impl Iterator<Item = &'t str> {
        self.rule.examples.of(&self.table.texts).lines()
    }
}

/// Every rule, in the order in which they are tried.
pub fn all() -> impl Iterator<Item = RuleIn<'static>> {
    let table = &builtin::RULES;
    table.rules.iter().map(move |rule| RuleIn { table, rule })
}

/// A reply in the form in which phrases are looked for in it.
pub fn folded(text: &str) -> String {
    fold(&without_repeated_codes(what_was_said(text)))
}

/// Every rule of which a phrase is in a folded reply, in the order in which they are tried, with
/// that phrase; and, where something keeps the rule from reading it, that.
pub fn heard(folded: &str) -> Vec<(RuleIn<'static>, &'static str, Option<&'static str>)> {
    let table = &builtin::RULES;
    let mut found: Vec<(u16, &str)> = Vec::new();
    table.phrases.search::<()>(folded, |_, phrase| {
        found.push((phrase.owner, phrase.text.of(&table.phrases.texts)));
        ControlFlow::Continue(())
    });
    found.sort_by_key(|(owner, _)| *owner);
    found.dedup_by_key(|(owner, _)| *owner);
    let phrase_of = |wanted: u16| found.iter().find(|(owner, _)| *owner == wanted);
    let heard = found.iter().filter(|(owner, _)| owner % 2 == 0);
    heard
        .map(|(owner, phrase)| {
            let rule = &table.rules[usize::from(owner / 2)];
            let unless = phrase_of(owner + 1).map(|(_, phrase)| *phrase);
            (RuleIn { table, rule }, *phrase, unless)
        })
        .collect()
}

/// The first rule that reads a folded reply.
pub fn read(folded: &str) -> Option<RuleIn<'static>> {
    builtin::RULES.read(folded)
}

impl RuleTable<'_> {
    /// The first rule that reads this folded text.
    fn read(&self, folded: &str) -> Option<RuleIn<'_>> {
        let (mut any, mut unless) = (Vec::new(), Vec::new());
        self.phrases.search::<()>(folded, |_, phrase| {
            let rule = phrase.owner / 2;
            if phrase.owner % 2 == 0 {
                any.push(rule);
            } else {
                unless.push(rule);
            }
            ControlFlow::Continue(())
        });
        any.retain(|rule| !unless.contains(rule));
        let rule = &self.rules[usize::from(any.into_iter().min()?)];
        Some(RuleIn { table: self, rule })
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
fn without_repeated_codes(text: &str) -> Cow<'_, str> {
    let Some((start, code)) = first_code(text) else {
        return Cow::Borrowed(text);
    };
    let (before, after) = text.split_at(start + code.len());
    if memchr::memmem::find(after.as_bytes(), code.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = before.to_owned();
    let mut words = after.split_ascii_whitespace();
    if !after.starts_with(|c: char| c.is_ascii_whitespace()) {
        out.push_str(words.next().unwrap_or(""));
    }
    let mut after_code = false;
    for word in words {
        let rest = word
            .strip_prefix(code)
            .and_then(|rest| rest.strip_prefix('-').or(rest.is_empty().then_some("")));
        let repeats = rest.is_some() || after_code;
        after_code = rest == Some("");
        let said = rest.unwrap_or(word);
        if !(repeats && said.parse::<EnhancedStatusCode>().is_ok()) {
            out.push(' ');
            out.push_str(said);
        }
    }
    Cow::Owned(out)
}

/// The first word that begins with a reply code, and the code.
fn first_code(text: &str) -> Option<(usize, &str)> {
    let bytes = text.as_bytes();
    let is_code = |start: &usize| {
        let first = bytes.get(*start..*start + 3);
        let digits = first.is_some_and(|three| three.iter().all(u8::is_ascii_digit));
        let behind = bytes
            .get(*start + 3)
            .is_none_or(|b| *b == b'-' || b.is_ascii_whitespace());
        let word = *start == 0 || bytes[*start - 1].is_ascii_whitespace();
        digits && behind && word
    };
    let start = memchr::memchr2_iter(b'4', b'5', bytes).find(is_code)?;
    Some((start, &text[start..start + 3]))
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
    fn each_rule_reads_its_examples_first() {
        for rule in all() {
            for example in rule.examples() {
                let found = read(&folded(example)).map(RuleIn::name);
                assert_eq!(found, Some(rule.name()), "example: {example}");
            }
        }
    }
}
