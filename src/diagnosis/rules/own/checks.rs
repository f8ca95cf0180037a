//! What is wrong between rules: two of a name, and one that no message gets to.

use std::collections::HashMap;
use std::ops::Range;

use super::fault::Fault;
use super::index::Index;
use super::matching::Part;
use super::rule::Rule;
use super::{MOST_FAULTS, RuleText};

/// A rule, where its name stands, and in which of the files.
pub struct Placed<'s> {
    pub rule: Rule,
    pub source: &'s RuleText,
    pub name: Range<usize>,
}

pub fn names(placed: &[Placed<'_>], faults: &mut Vec<Fault>) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for Placed { rule, source, name } in placed {
        if let Some(line) = seen.get(rule.id()) {
            let what = format!("there is a rule of this name in line {line} already");
            faults.push(Fault::at(source, name.clone(), what));
            if faults.len() > MOST_FAULTS {
                return;
            }
        } else {
            seen.insert(rule.id(), rule.line);
        }
    }
}

/// Rules before which another one always matches. What is not plain to see is not found.
pub fn unreachable(
    rules: &[Rule],
    index: &Index,
    at: &dyn Fn(usize, String) -> Fault,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (number, rule) in rules.iter().enumerate() {
        let mut before = before(rule, index);
        before.retain(|other| *other < number);
        before.sort_unstable();
        before.dedup();
        if let Some(first) = before.into_iter().find(|other| rules[*other].covers(rule)) {
            let what = format!(
                "this rule is never reached: {} (line {}) matches all that it does",
                rules[first].id(),
                rules[first].line
            );
            faults.push(at(number, what).warning());
            if faults.len() > MOST_FAULTS {
                break;
            }
        }
    }
    faults
}

/// Rules that may cover this one: their words are in its own, or their status is.
fn before(rule: &Rule, index: &Index) -> Vec<usize> {
    let mut out = index.others().to_vec();
    for part in &rule.parts {
        match part {
            Part::Status(any) => {
                let statuses = any.iter().filter_map(|pattern| pattern.only());
                statuses.for_each(|status| out.extend(index.of_status(status)));
            }
            Part::Words(any) => any.iter().for_each(|text| out.extend(index.in_text(text))),
            Part::Diagnostic(any) => {
                let words = any
                    .iter()
                    .flat_map(|expression| expression.words.iter().flatten());
                words.for_each(|text| out.extend(index.in_text(text)));
            }
            Part::RemoteMta(any)
            | Part::ReportingMta(any)
            | Part::Recipient(any)
            | Part::Sender(any)
            | Part::Subject(any) => any
                .iter()
                .for_each(|glob| out.extend(index.in_text(glob.text()))),
            _ => {}
        }
    }
    out
}

impl Rule {
    /// Whether it fits wherever the other one does.
    fn covers(&self, other: &Self) -> bool {
        let covered = |part: &Part| other.parts.iter().any(|theirs| part.covers(theirs));
        self.parts.iter().all(covered)
    }
}

impl Part {
    /// Whether it holds wherever the other one does, as far as that is plain to see.
    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Status(ours), Self::Status(theirs)) => {
                all(theirs, ours, |theirs, ours| ours.covers(*theirs))
            }
            (Self::Reply(ours), Self::Reply(theirs)) => {
                all(theirs, ours, |theirs, ours| ours.covers(*theirs))
            }
            (Self::Kind(ours), Self::Kind(theirs)) => all(theirs, ours, PartialEq::eq),
            (Self::Cause(ours), Self::Cause(theirs)) => all(theirs, ours, PartialEq::eq),
            (Self::Dialect(ours), Self::Dialect(theirs)) => all(theirs, ours, PartialEq::eq),
            (Self::RemoteMta(ours), Self::RemoteMta(theirs))
            | (Self::ReportingMta(ours), Self::ReportingMta(theirs))
            | (Self::Recipient(ours), Self::Recipient(theirs))
            | (Self::Sender(ours), Self::Sender(theirs))
            | (Self::Subject(ours), Self::Subject(theirs)) => {
                all(theirs, ours, |theirs, ours| ours.covers(theirs))
            }
            (Self::Words(ours), Self::Words(theirs)) => {
                all(theirs, ours, |theirs, ours| theirs.contains(ours.as_str()))
            }
            // what is none of few things is none of fewer
            (Self::Unless(ours), Self::Unless(theirs)) => all(ours, theirs, PartialEq::eq),
            (Self::Diagnostic(ours), Self::Diagnostic(theirs)) => {
                all(theirs, ours, |theirs, ours| {
                    ours.source() == theirs.source()
                })
            }
            _ => false,
        }
    }
}

/// Whether for each of the first there is one of the second.
fn all<T>(each: &[T], any: &[T], is: impl Fn(&T, &T) -> bool) -> bool {
    each.iter()
        .all(|one| any.iter().any(|other| is(one, other)))
}
