//! Rules as a person writes them in TOML, and the table that they become: the built-in ones when
//! plainbounce is built, others when they are read.

use std::borrow::Cow;

use serde::Deserialize;

use super::cause::Cause;
use crate::bounce::{PhraseSet, SHORT, Span};

/// A file of rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    pub rule: Vec<WrittenRule>,
}

/// What some refusing side says when it means some cause.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenRule {
    pub name: String,
    pub cause: Cause,
    #[serde(rename = "match")]
    pub matches: WrittenMatch,
    /// `rules test` tries them.
    pub example: Vec<WrittenExample>,
}

/// Of what a postmaster's rule may match, the built-in ones need no more than this.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenMatch {
    /// Phrases of which one must be in the diagnostic. Upper and lower case and runs of white
    /// space do not count.
    pub words: Vec<String>,
    /// Phrases of which none may be in it.
    #[serde(default)]
    pub unless: Vec<String>,
}

/// A reply that the rule reads, before all other rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenExample {
    pub diagnostic: String,
}

/// Rules in the order in which they are tried, made so that a text is read once, however many
/// phrases there are.
#[derive(Debug, Clone)]
pub struct RuleTable<'t> {
    /// Names and examples, one behind the other.
    pub texts: Cow<'t, str>,
    pub rules: Cow<'t, [Rule]>,
    /// Of all rules. The owner of a phrase is twice the number of its rule, and one more where it
    /// is one of `unless`.
    pub phrases: PhraseSet<'t>,
}

#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// With its file: `builtin:common/user-unknown`.
    pub name: Span,
    /// A line each.
    pub examples: Span,
    pub cause: Cause,
}

impl RuleTable<'static> {
    /// Of rules, each with its full name. The error names the first that cannot be one.
    pub fn new(written: &[(String, WrittenRule)]) -> Result<Self, String> {
        let (mut texts, mut rules, mut phrases) = (String::new(), Vec::new(), Vec::new());
        for (number, (name, rule)) in (0u16..).zip(written) {
            let WrittenMatch { words, unless } = &rule.matches;
            for (owner, list) in [(2 * number, words), (2 * number + 1, unless)] {
                for phrase in list {
                    let folded = fold(phrase);
                    if folded.len() < SHORT {
                        return Err(format!("{name}: \"{phrase}\" is too short"));
                    }
                    phrases.push((folded, owner));
                }
            }
            let examples: Vec<&str> = rule.example.iter().map(|e| e.diagnostic.as_str()).collect();
            if examples.is_empty() {
                return Err(format!("{name}: has no example"));
            }
            rules.push(Rule {
                name: Span::append(&mut texts, name),
                examples: Span::append(&mut texts, &examples.join("\n")),
                cause: rule.cause,
            });
        }
        let phrases = phrases
            .iter()
            .map(|(phrase, owner)| (phrase.as_str(), *owner));
        Ok(Self {
            texts: Cow::Owned(texts),
            rules: Cow::Owned(rules),
            phrases: PhraseSet::new(phrases),
        })
    }
}

/// Text in the form in which phrases are compared: lower case, one space between words, straight
/// apostrophes.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return fold_ascii(text);
    }
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        let letters = word.chars().map(|c| if c == '’' { '\'' } else { c });
        out.extend(letters.flat_map(char::to_lowercase));
    }
    out
}

/// The same, of what nearly all texts are.
fn fold_ascii(text: &str) -> String {
    let text = text.trim_ascii();
    let spaced = |pair: &[u8]| matches!(pair, [9..=13, _] | [b' ', b' ']);
    if !text.as_bytes().windows(2).any(spaced) {
        return text.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    for word in text.split_ascii_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        let start = out.len();
        out.push_str(word);
        out[start..].make_ascii_lowercase();
    }
    out
}
