//! How much speaks for an address being the one that was not reached.

use std::collections::HashSet;

use super::addresses::split_list;
use super::{Notes, phrases};

/// The addresses of which we know what they have to do with it, in lower case.
pub struct Known {
    returned_to: HashSet<String>,
    returned_from: HashSet<String>,
    letter_to: HashSet<String>,
    letter_from: HashSet<String>,
}

impl Known {
    pub fn of(notes: &Notes<'_>) -> Self {
        let listed = |list: &Option<String>| lower(&split_list(list.as_deref().unwrap_or("")));
        Self {
            returned_to: {
                let mut to = listed(&notes.original.to);
                to.extend(lower(&notes.original.sent_for));
                to
            },
            returned_from: listed(&notes.original.from),
            letter_to: lower(notes.letter.to()),
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

/// Where an address stands.
pub struct Place<'t> {
    pub line: &'t str,
    pub at: usize,
    pub address: &'t str,
    /// Whether the line goes on with what its paragraph says.
    pub goes_on: bool,
}

/// How much speaks for an address: the form of its line, what stands in front of it, whether the
/// returned message went there; and what speaks against it.
pub fn score(known: &Known, place: &Place<'_>) -> i32 {
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
        .trim_end_matches([':', '：', '<', ' ', '\t', '\u{3000}', '"', '=', '\''])
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
