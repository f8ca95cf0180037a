//! Which rules may fit: the words of all rules are looked for at once, and only rules whose words
//! are there are looked at. Rules without words are found by their status; few have neither.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::expression::SHORTEST_WORD;
use super::matching::Part;
use super::rule::Rule;
use super::seen::Seen;
use crate::mail::EnhancedStatusCode;

#[derive(Debug, Default)]
pub struct Index {
    words: Option<AhoCorasick>,
    /// The rules of each word.
    of_word: Vec<Vec<usize>>,
    of_status: HashMap<EnhancedStatusCode, Vec<usize>>,
    others: Vec<usize>,
}

/// By what a rule is found.
pub enum FoundBy<'r> {
    /// Of which one is in everything that it fits.
    Words(Vec<&'r str>),
    Status(Vec<EnhancedStatusCode>),
    Nothing,
}

impl Index {
    pub fn new(rules: &[Rule]) -> Self {
        let mut index = Self::default();
        let mut words: HashMap<&str, usize> = HashMap::new();
        let mut patterns: Vec<&str> = Vec::new();
        for (number, rule) in rules.iter().enumerate() {
            match FoundBy::of(rule) {
                FoundBy::Words(of_rule) => {
                    for word in of_rule {
                        let place = *words.entry(word).or_insert_with(|| {
                            patterns.push(word);
                            index.of_word.push(Vec::new());
                            patterns.len() - 1
                        });
                        index.of_word[place].push(number);
                    }
                }
                FoundBy::Status(all) => {
                    for status in all {
                        index.of_status.entry(status).or_default().push(number);
                    }
                }
                FoundBy::Nothing => index.others.push(number),
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .prefilter(false)
            .build(&patterns);
        index.words = automaton.ok().filter(|_| !patterns.is_empty());
        index
    }

    /// The rules that may fit, in their order.
    pub fn candidates(&self, seen: &Seen<'_>) -> Vec<usize> {
        let both = [seen.found.status, seen.found.reported_status];
        let mut out = self.in_text(&seen.everything());
        for status in both.into_iter().flatten() {
            out.extend(self.of_status.get(&status).into_iter().flatten());
        }
        out.extend(&self.others);
        out.sort_unstable();
        out.dedup();
        out
    }

    /// The rules with a word in a text.
    pub fn in_text(&self, text: &str) -> Vec<usize> {
        let Some(words) = &self.words else {
            return Vec::new();
        };
        let found = words.find_overlapping_iter(text);
        found
            .flat_map(|found| &self.of_word[found.pattern().as_usize()])
            .copied()
            .collect()
    }

    pub fn of_status(&self, status: EnhancedStatusCode) -> &[usize] {
        self.of_status.get(&status).map_or(&[], Vec::as_slice)
    }

    pub fn others(&self) -> &[usize] {
        &self.others
    }
}

impl<'r> FoundBy<'r> {
    /// The longest words are the rarest.
    pub fn of(rule: &'r Rule) -> Self {
        let choices = rule.parts.iter().filter_map(words_of);
        let shortest = |words: &Vec<&str>| words.iter().map(|word| word.len()).min().unwrap_or(0);
        let best = choices.max_by_key(shortest);
        if let Some(words) = best.filter(|words| shortest(words) >= SHORTEST_WORD) {
            return Self::Words(words);
        }
        let statuses = rule.parts.iter().find_map(|part| match part {
            Part::Status(any) => any.iter().map(|pattern| pattern.only()).collect(),
            _ => None,
        });
        statuses.map_or(Self::Nothing, Self::Status)
    }
}

/// The words of which one is there wherever the part holds.
fn words_of(part: &Part) -> Option<Vec<&str>> {
    match part {
        Part::Words(any) => Some(any.iter().map(String::as_str).collect()),
        Part::Diagnostic(any) => any
            .iter()
            .map(|expression| (!expression.words.is_empty()).then_some(&expression.words))
            .collect::<Option<Vec<_>>>()
            .map(|all| all.into_iter().flatten().map(String::as_str).collect()),
        Part::RemoteMta(any)
        | Part::ReportingMta(any)
        | Part::Recipient(any)
        | Part::Sender(any)
        | Part::Subject(any) => Some(any.iter().map(|glob| glob.literal()).collect()),
        _ => None,
    }
}
