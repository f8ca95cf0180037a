//! The addresses that did not get the message, among all those that a bounce names.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::{Notes, phrases};

/// More than this is a list of something else.
const MOST_RECIPIENTS: usize = 1_000;

/// Every address in a text, with where it begins.
pub fn addresses_in(text: &str) -> Vec<(usize, &str)> {
    let mut out = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find('@').map(|at| from + at) {
        let start = text[from..at]
            .rfind(|c| !is_local(c))
            .map_or(from, |before| {
                from + before
                    + text[from + before..]
                        .chars()
                        .next()
                        .map_or(1, char::len_utf8)
            });
        let end = text[at + 1..]
            .find(|c| !is_domain(c))
            .map_or(text.len(), |end| at + 1 + end);
        // `http://example.org/?u=alice@example.org`
        let in_link = text[start..at].starts_with("//") && text[..start].ends_with(':');
        let start = start + prefix(&text[start..at]);
        let address = text[start..end].trim_end_matches(['.', '-']);
        if !in_link && start < at && address.len() > at + 1 - start && out.len() < MOST_RECIPIENTS {
            out.push((start, address));
        }
        from = end.max(at + 1);
    }
    out
}

/// RFC 5322 §3.2.3, and what is not ASCII (RFC 6532).
fn is_local(c: char) -> bool {
    c.is_alphanumeric() && !is_cjk_prose(c)
        || !c.is_ascii()
            && !c.is_alphanumeric()
            && !c.is_whitespace()
            && !"。、：「」（）＜＞，；".contains(c)
        || "!#$%&'*+-/=?^_`{|}~.".contains(c)
}

fn is_domain(c: char) -> bool {
    c.is_alphanumeric() && !is_cjk_prose(c) || c == '.' || c == '-'
}

/// Japanese and Chinese text stands around an address without a space.
fn is_cjk_prose(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{ac00}'..='\u{d7af}')
}

/// Types and labels that stick to an address: `SMTP=bob@…`, `rfc822;bob@…`, `mailto:bob@…`.
fn prefix(local: &str) -> usize {
    let upper = local.to_ascii_uppercase();
    let known = ["SMTP=", "RFC822=", "ADDRESS=", "TO=", "USER=", "MAILTO="];
    let typed = known
        .iter()
        .find(|known| upper.starts_with(*known))
        .map_or(0, |known| known.len());
    let rest = &local[typed..];
    typed
        + (rest.len()
            - rest
                .trim_start_matches(['*', '-', '\'', '`', '=', '.', '/', '|'])
                .len())
}

struct Candidate<'t> {
    address: &'t str,
    score: i32,
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

/// Every address once, with the best that speaks for it.
fn candidates<'t>(text: &'t str, known: &Known) -> Vec<Candidate<'t>> {
    let mut out: Vec<Candidate<'_>> = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    // how far in the paragraph began that the line is part of
    let mut paragraph = usize::MAX;
    for line in text.lines() {
        let indent = indent(line);
        paragraph = if indent == usize::MAX {
            indent
        } else {
            paragraph.min(indent)
        };
        for (at, address) in addresses_in(line).into_iter().take(MOST_IN_A_LINE) {
            let goes_on = indent > paragraph;
            let score = score(
                known,
                &Place {
                    line,
                    at,
                    address,
                    goes_on,
                },
            );
            match seen.entry(address.to_lowercase()) {
                Entry::Occupied(entry) => {
                    let known = &mut out[*entry.get()];
                    known.score = known.score.max(score);
                }
                Entry::Vacant(entry) if out.len() < MOST_RECIPIENTS => {
                    entry.insert(out.len());
                    out.push(Candidate { address, score });
                }
                Entry::Vacant(_) => {}
            }
        }
    }
    out
}

/// A line with more addresses is no line about one.
const MOST_IN_A_LINE: usize = 50;

/// The addresses of which we know what they have to do with it, in lower case.
struct Known {
    returned_to: HashSet<String>,
    returned_from: HashSet<String>,
    letter_to: HashSet<String>,
    letter_from: HashSet<String>,
}

impl Known {
    fn of(notes: &Notes<'_>) -> Self {
        let listed = |list: &Option<String>| lower(&split_list(list.as_deref().unwrap_or("")));
        Self {
            returned_to: listed(&notes.original.to),
            returned_from: listed(&notes.original.from),
            letter_to: lower(&notes.letter.to),
            letter_from: lower(&notes.letter.from),
        }
    }
}

fn lower(addresses: &[String]) -> HashSet<String> {
    addresses
        .iter()
        .map(|address| address.to_lowercase())
        .collect()
}

const CERTAIN: i32 = 6;
const NAMED: i32 = 5;
const PLAUSIBLE: i32 = 2;

/// Where an address stands.
struct Place<'t> {
    line: &'t str,
    at: usize,
    address: &'t str,
    /// Whether the line goes on with what its paragraph says.
    goes_on: bool,
}

/// How far in a line begins; an empty one is as far in as can be.
fn indent(line: &str) -> usize {
    let text = line.trim_start();
    if text.is_empty() {
        usize::MAX
    } else {
        line.len() - text.len()
    }
}

/// How much speaks for an address: the form of its line, what stands in front of it, whether the
/// returned message went there; and what speaks against it.
fn score(known: &Known, place: &Place<'_>) -> i32 {
    let Place {
        line,
        at,
        address,
        goes_on,
    } = *place;
    let lower = address.to_lowercase();
    let before = line[..at].trim_end_matches(['<', '"', '\'', '(', '[', ' ', '\t', ';']);
    let labelled = is_labelled(before);
    let signs = [
        (!goes_on && is_alone(line, address), 5),
        (!goes_on && is_spoken_of(place), 5),
        (labelled, 4),
        (known.returned_to.contains(&lower), 3),
        (known.letter_to.contains(&lower), -6),
        (known.letter_from.contains(&lower), -8),
        (known.returned_from.contains(&lower), -4),
        (is_somebody_elses(line, at, labelled), -5),
        (is_role(address), -3),
    ];
    1 + signs
        .iter()
        .filter(|(holds, _)| *holds)
        .map(|(_, weight)| weight)
        .sum::<i32>()
}

fn is_alone(line: &str, address: &str) -> bool {
    line.trim()
        .trim_matches(|c: char| !c.is_alphanumeric())
        .len()
        <= address.len() + 2
}

/// `<bob@example.net>: 550 …`, `bob@example.net... User unknown`, at the start of a line.
fn is_spoken_of(place: &Place<'_>) -> bool {
    let Place {
        line, at, address, ..
    } = *place;
    let leads = line[..at].chars().all(|c| !c.is_alphanumeric());
    let behind = line[at + address.len()..].trim_start_matches(['>', '"', '\'', ')', ']']);
    let marks = [":", ";", "...", " ...", " (", "<mailto"];
    let said = marks.iter().any(|mark| behind.starts_with(mark)) || line.starts_with('<');
    leads && said && !is_alone(line, address)
}

fn is_labelled(before: &str) -> bool {
    let before = before
        .trim_end_matches([':', '<', ' ', '\t', '"', '=', '\''])
        .to_lowercase();
    phrases().recipient_labels.iter().any(|label| {
        before.strip_suffix(&**label).is_some_and(|rest| {
            rest.is_empty() || !rest.ends_with(|c: char| c.is_alphanumeric()) || !label.is_ascii()
        })
    })
}

/// What is said between the address before it and this one decides; without a word there that makes
/// it the recipient's, what stands in front of all.
fn is_somebody_elses(line: &str, at: usize, labelled: bool) -> bool {
    let before = line[..at].to_lowercase();
    let last = before.rfind('@').filter(|_| labelled).unwrap_or(0);
    phrases().others.is_in(&before[last..])
}

/// RFC 2142: people to ask.
fn is_role(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or("").to_ascii_lowercase();
    [
        "postmaster",
        "mailer-daemon",
        "abuse",
        "support",
        "helpdesk",
        "hostmaster",
        "noreply",
        "no-reply",
    ]
    .contains(&local.as_str())
}

/// Where the notes name nobody: to whom the returned message went, if that was one.
fn returned_to(notes: &Notes<'_>) -> Option<Vec<String>> {
    let to = split_list(notes.original.to.as_deref()?);
    (to.len() == 1).then_some(to)
}

fn split_list(list: &str) -> Vec<String> {
    addresses_in(list)
        .into_iter()
        .map(|(_, address)| address.to_owned())
        .collect()
}
