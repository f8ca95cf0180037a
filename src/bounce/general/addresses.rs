//! The addresses that did not get the message, among all those that a bounce names.

use super::{Notes, phrases};

/// More than this is a list of something else.
const MOST_RECIPIENTS: usize = 10_000;

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
        let start = start + prefix(&text[start..at]);
        let address = text[start..end].trim_end_matches(['.', '-']);
        if start < at && address.len() > at + 1 - start && out.len() < MOST_RECIPIENTS {
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
    let mut candidates: Vec<Candidate<'_>> = Vec::new();
    let mut before = "";
    for line in notes.text.lines() {
        for (at, address) in addresses_in(line) {
            let place = Place {
                line,
                at,
                address,
                goes_on: indent(line) > indent(before),
            };
            let score = score(notes, &place);
            match candidates
                .iter_mut()
                .find(|c| c.address.eq_ignore_ascii_case(address))
            {
                Some(known) => known.score = known.score.max(score),
                None => candidates.push(Candidate { address, score }),
            }
        }
        before = line;
    }
    let best = candidates
        .iter()
        .map(|candidate| candidate.score)
        .max()
        .unwrap_or(0);
    let chosen = candidates
        .into_iter()
        .filter(|c| c.score == best || c.score >= CERTAIN);
    let mut chosen: Vec<String> = chosen
        .map(|candidate| candidate.address.to_owned())
        .collect();
    if best < PLAUSIBLE {
        chosen = returned_to(notes).unwrap_or(chosen);
    }
    if best < 0 {
        returned_to(notes).unwrap_or_default()
    } else {
        chosen
    }
}

const CERTAIN: i32 = 6;
const PLAUSIBLE: i32 = 2;

/// Where an address stands.
struct Place<'t> {
    line: &'t str,
    at: usize,
    address: &'t str,
    /// Whether the line goes on with what the line before it says.
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
fn score(notes: &Notes<'_>, place: &Place<'_>) -> i32 {
    let Place {
        line,
        at,
        address,
        goes_on,
    } = *place;
    let same = |other: &String| other.eq_ignore_ascii_case(address);
    let named_in = |list: &Option<String>| list.as_deref().is_some_and(|l| lists(l, address));
    let before = line[..at].trim_end_matches(['<', '"', '\'', '(', '[', ' ', '\t', ';']);
    let signs = [
        (!goes_on && is_alone(line, address), 5),
        (!goes_on && is_spoken_of(place), 5),
        (is_labelled(before), 4),
        (named_in(&notes.original.to), 3),
        (notes.letter.to.iter().any(same), -6),
        (notes.letter.from.iter().any(same), -8),
        (named_in(&notes.original.from), -4),
        (is_somebody_elses(line, at), -5),
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
        before.strip_suffix(label.as_str()).is_some_and(|rest| {
            rest.is_empty() || !rest.ends_with(|c: char| c.is_alphanumeric()) || !label.is_ascii()
        })
    })
}

fn is_somebody_elses(line: &str, at: usize) -> bool {
    let before = line[..at].to_lowercase();
    phrases()
        .others
        .iter()
        .any(|other| before.contains(other.as_str()))
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

fn lists(list: &str, address: &str) -> bool {
    addresses_in(list)
        .iter()
        .any(|(_, one)| one.eq_ignore_ascii_case(address))
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
