//! The addresses that did not get the message, among all those that a bounce names.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::Notes;
use super::found::{MOST_ADDRESSES, addresses_in};
use super::list::List;
use super::score::{Known, Place, score};

struct Candidate<'t> {
    address: &'t str,
    score: i32,
    /// Whether it stands in a list of which the notes say that these were not reached.
    announced: bool,
}

/// The addresses that the notes name as not reached, each once, in their order.
pub fn recipients(notes: &Notes<'_>) -> Vec<String> {
    if let Some(failed) = notes.letter.field("X-Failed-Recipients") {
        let failed: Vec<String> = split_list(&failed);
        if !failed.is_empty() {
            return failed;
        }
    }
    let known = Known::of(notes);
    let mut candidates = candidates(notes.text, &known);
    let best = candidates
        .iter()
        .map(|candidate| candidate.score)
        .max()
        .unwrap_or(0);
    if best < PLAUSIBLE
        && let Some(to) = returned_to(notes)
    {
        return to;
    }
    let announced = candidates
        .iter()
        .any(|c| c.announced && c.score >= PLAUSIBLE);
    candidates.retain(|c| c.announced || !announced);
    let best = candidates.iter().map(|c| c.score).max().unwrap_or(0);
    candidates.retain(|c| best >= 0 && (c.score == best || c.score >= CERTAIN));
    candidates
        .into_iter()
        .map(|candidate| candidate.address.to_owned())
        .collect()
}

/// Whether somebody who is not the reader is named in the way of a recipient: alone in a line, behind
/// a label, in front of what is said.
pub fn names_somebody(notes: &Notes<'_>) -> bool {
    let found = candidates(notes.text, &Known::of(notes));
    found.iter().any(|candidate| candidate.score >= NAMED)
}

/// The same, of somebody at another domain than the sender's: whoever advertises names itself.
pub fn names_somebody_elsewhere(notes: &Notes<'_>) -> bool {
    let domain = |address: &str| address.rsplit('@').next().unwrap_or("").to_lowercase();
    let own: Vec<String> = notes.letter.from.iter().map(|from| domain(from)).collect();
    let found = candidates(notes.text, &Known::of(notes));
    let mut named = found.iter().filter(|candidate| candidate.score >= NAMED);
    named.any(|candidate| !own.contains(&domain(candidate.address)))
}

/// Every address once, with the best that speaks for it.
fn candidates<'t>(text: &'t str, known: &Known) -> Vec<Candidate<'t>> {
    let mut out: Vec<Candidate<'_>> = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    // how far in the paragraph began that the line is part of
    let mut paragraph = usize::MAX;
    let mut list = List::default();
    for line in text.lines() {
        let indent = indent(line);
        list.read(line);
        paragraph = if indent == usize::MAX {
            indent
        } else {
            paragraph.min(indent)
        };
        let found = addresses_in(line).into_iter().take(MOST_IN_A_LINE);
        for (number, (at, address)) in found.enumerate() {
            let goes_on = indent > paragraph;
            let announced = number == 0 && list.takes(indent);
            let score = score(
                known,
                &Place {
                    line,
                    at,
                    address,
                    goes_on,
                },
            ) + if announced { ANNOUNCED } else { 0 };
            match seen.entry(address.to_lowercase()) {
                Entry::Occupied(entry) => {
                    let known = &mut out[*entry.get()];
                    known.score = known.score.max(score);
                    known.announced |= announced;
                }
                Entry::Vacant(entry) if out.len() < MOST_ADDRESSES => {
                    entry.insert(out.len());
                    out.push(Candidate {
                        address,
                        score,
                        announced,
                    });
                }
                Entry::Vacant(_) => {}
            }
        }
    }
    out
}

const ANNOUNCED: i32 = 3;

/// A line with more addresses is no line about one.
const MOST_IN_A_LINE: usize = 50;

const CERTAIN: i32 = 6;
const NAMED: i32 = 5;
const PLAUSIBLE: i32 = 2;

/// How far in a line begins; an empty one is as far in as can be.
fn indent(line: &str) -> usize {
    let text = line.trim_start();
    if text.is_empty() {
        usize::MAX
    } else {
        line.len() - text.len()
    }
}

/// Where the notes name nobody: to whom the returned message went, if that was one.
fn returned_to(notes: &Notes<'_>) -> Option<Vec<String>> {
    let to = split_list(notes.original.to.as_deref()?);
    (to.len() == 1).then_some(to)
}

pub fn split_list(list: &str) -> Vec<String> {
    addresses_in(list)
        .into_iter()
        .map(|(_, address)| address.to_owned())
        .collect()
}
