//! Where the returned message begins in the words of a bounce.

use super::phrases;

/// A line longer than this is a sentence, and no heading of a copy.
const LONGEST_HEADING: usize = 100;

/// Behind the heading of the copy, or at its first header field, whichever comes first.
pub fn returned_message(words: &str) -> Option<usize> {
    let mut at = 0;
    let mut fields = 0;
    let mut first_field = 0;
    for line in words.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if is_heading(line) && words[at..].len() > 1 {
            return Some(at);
        }
        if is_certain_field(line) {
            return Some(start);
        }
        if fields > 0 && line.starts_with([' ', '\t']) && !line.trim().is_empty() {
            continue;
        }
        if !is_field(line) {
            fields = 0;
            continue;
        }
        if fields == 0 {
            first_field = start;
        }
        fields += 1;
        if fields == 4 {
            return Some(first_field);
        }
    }
    None
}

/// `--- Below this line is a copy of the message.`, `Original message follows:`
pub fn is_heading(line: &str) -> bool {
    let line = line.trim();
    if line.len() > LONGEST_HEADING || line.is_empty() {
        return false;
    }
    let bare = line.trim_end_matches(['.', ' ']).as_bytes();
    let ends = |word: &str| {
        let end = bare.len().checked_sub(word.len()).map(|at| &bare[at..]);
        end.is_some_and(|end| end.eq_ignore_ascii_case(word.as_bytes()))
    };
    let marked = line.starts_with(['-', '=', '*', '_', '>', '+', '~'])
        || line.ends_with(['-', ':', '=', '*', '_'])
        || ends("follows")
        || ends("follow");
    if !marked {
        return false;
    }
    let lower = line.to_lowercase();
    // `did not receive a copy of your message:` announces addresses
    let denied = lower.contains(" not ");
    !denied && phrases().returned.is_in(&lower)
}

/// A trace field stands in no notes (RFC 5321 §4.4).
fn is_certain_field(line: &str) -> bool {
    let line = line.trim_start_matches(['>', ' ', '\t', '|']);
    line.strip_prefix("Received:").is_some_and(|rest| {
        let rest = rest.trim_start();
        ["from ", "by ", "(qmail", "(from ", "via "]
            .iter()
            .any(|word| rest.starts_with(word))
    }) || line.starts_with("Return-Path: <")
        || line.starts_with("Return-path: <")
}

fn is_field(line: &str) -> bool {
    let line = line.trim_start_matches(['>', '|']);
    let name = line.split_once(':').map(|(name, _)| name);
    name.is_some_and(|name| FIELDS.iter().any(|field| field.eq_ignore_ascii_case(name)))
}

const FIELDS: [&str; 16] = [
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "X-Mailer",
    "In-Reply-To",
    "References",
    "Reply-To",
    "DKIM-Signature",
    "X-Priority",
    "Sender",
];
