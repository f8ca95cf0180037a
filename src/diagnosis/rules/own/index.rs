//! Which rules may fit: the words of all rules are looked for at once, and only rules whose words
//! are there are looked at. Rules without words are found by their status; few have neither.

use std::cmp::Reverse;
use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::matching::Part;
use super::needed::{SHORTEST_WORD, shortest};
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

impl Index {
    pub fn new(rules: &[Rule]) -> Self {
        let mut index = Self::default();
        let mut words: HashMap<&str, usize> = HashMap::new();
        let mut patterns: Vec<&str> = Vec::new();
        let choices = Choices::of(rules);
        for (number, rule) in rules.iter().enumerate() {
            if let Some(of_rule) = choices.best(number) {
                for word in of_rule {
                    let place = *words.entry(word).or_insert_with(|| {
                        patterns.push(word);
                        index.of_word.push(Vec::new());
                        patterns.len() - 1
                    });
                    index.of_word[place].push(number);
                }
            } else if let Some(all) = statuses_of(rule) {
                for status in all {
                    index.of_status.entry(status).or_default().push(number);
                }
            } else {
                index.others.push(number);
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

/// By what rules could be found, and how many would be by each word.
struct Choices<'r> {
    of_rules: Vec<Vec<Vec<&'r str>>>,
    shared: HashMap<&'r str, usize>,
}

impl<'r> Choices<'r> {
    fn of(rules: &'r [Rule]) -> Self {
        let long = |words: &Vec<&str>| shortest(words) >= SHORTEST_WORD;
        let of_rule = |rule: &'r Rule| rule.parts.iter().flat_map(words_of).filter(long).collect();
        let of_rules: Vec<Vec<Vec<&str>>> = rules.iter().map(of_rule).collect();
        let mut shared = HashMap::new();
        for word in of_rules.iter().flatten().flatten() {
            *shared.entry(*word).or_default() += 1;
        }
        Self { of_rules, shared }
    }

    /// The words that fewest others share; of several, the longest.
    fn best(&self, rule: usize) -> Option<&Vec<&'r str>> {
        let others = |word: &&str| self.shared.get(word).copied().unwrap_or(0);
        let most = |words: &&Vec<&str>| words.iter().map(others).max().unwrap_or(0);
        let choices = self.of_rules[rule].iter();
        choices.min_by_key(|words| (most(words), Reverse(shortest(words))))
    }
}

/// Its statuses, if they are all there is to find it by.
fn statuses_of(rule: &Rule) -> Option<Vec<EnhancedStatusCode>> {
    rule.parts.iter().find_map(|part| match part {
        Part::Status(any) => any.iter().map(|pattern| pattern.only()).collect(),
        _ => None,
    })
}

/// Lists of words: of each list one word is there wherever the part holds.
fn words_of(part: &Part) -> Vec<Vec<&str>> {
    match part {
        Part::Words(any) => vec![any.iter().map(String::as_str).collect()],
        Part::Diagnostic(any) => match any.as_slice() {
            [one] => one.words.iter().map(|words| borrowed(words)).collect(),
            all => {
                let longest = all
                    .iter()
                    .map(|one| one.words.first().map(|words| borrowed(words)));
                longest
                    .collect::<Option<Vec<_>>>()
                    .map(|all| all.concat())
                    .into_iter()
                    .collect()
            }
        },
        Part::RemoteMta(any)
        | Part::ReportingMta(any)
        | Part::Recipient(any)
        | Part::Sender(any)
        | Part::Subject(any) => vec![any.iter().map(|glob| glob.literal()).collect()],
        _ => Vec::new(),
    }
}

fn borrowed(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}
