//! What a bounce says about an address, and who says it.

use super::super::report::{Action, ReportedRecipient};
use super::super::text::{first_reply, first_status, one_line};
use super::{addresses_in, phrases};

/// Longer than this, no reply is.
const MOST: usize = 1500;
/// Of all the words, so much is looked through for a reason.
const MOST_CONTEXT: usize = 4000;

/// A recipient, and the words that a program has for it.
pub fn told(address: &str, action: Action, words: &str) -> ReportedRecipient {
    let words = one_line(words);
    ReportedRecipient {
        final_recipient: Some(address.to_owned()),
        action: Some(action),
        status: first_status(&words),
        remote_mta: refuser(&words),
        diagnostic: (!words.is_empty()).then_some(words),
        ..ReportedRecipient::default()
    }
}

/// The lines about an address that hold a code; else those behind it; else, where it is the only
/// one, the first lines of all that hold a code.
pub fn about(text: &str, address: &str, all: &[String]) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let names = |line: &str, address: &str| {
        addresses_in(line)
            .iter()
            .any(|(_, one)| one.eq_ignore_ascii_case(address))
    };
    let places: Vec<usize> = (0..lines.len())
        .filter(|&at| names(lines[at], address))
        .collect();
    let is_other = |line: &str| {
        all.iter()
            .any(|one| !one.eq_ignore_ascii_case(address) && names(line, one))
            && !names(line, address)
    };
    let with_code = places
        .iter()
        .find_map(|&at| reply_from(&lines, at, &is_other));
    let alone = || {
        let only_one = all.len() < 2;
        let mut starts = (0..lines.len()).filter(|&at| only_one && has_code(lines[at]));
        starts.find_map(|at| reply_from(&lines, at, &|_| false))
    };
    let block = || {
        places
            .iter()
            .rev()
            .find_map(|&at| block_from(&lines, at, &is_other))
    };
    with_code.or_else(alone).or_else(block).or_else(|| {
        let all = one_line(text);
        (!all.is_empty() && places.is_empty()).then(|| cut(&all, MOST))
    })
}

/// From the first code in the paragraph at a line, to the end of what is said there.
fn reply_from(lines: &[&str], at: usize, is_other: &dyn Fn(&str) -> bool) -> Option<String> {
    let paragraphs = lines[at..].iter().enumerate();
    let mut out: Vec<&str> = Vec::new();
    let mut empty = 0;
    for (behind, line) in paragraphs.take(40) {
        if behind > 0 && is_other(line) {
            break;
        }
        empty = if line.trim().is_empty() { empty + 1 } else { 0 };
        if out.is_empty() {
            if has_code(line) {
                out.push(line);
            } else if empty > 1 || behind > 8 {
                break;
            }
        } else if empty > 0 && !continues(lines, at + behind) || is_rule(line) {
            break;
        } else {
            out.push(line);
        }
    }
    let said = one_line(&out.join("\n"));
    (!said.is_empty()).then(|| cut(&said, MOST))
}

/// A reply of several lines may have empty ones between (`550-5.7.26 …`).
fn continues(lines: &[&str], empty: usize) -> bool {
    let begins = |line: Option<&&str>| {
        line.is_some_and(|l| {
            let l = l.trim();
            l.get(..3)
                .is_some_and(|code| code.bytes().all(|b| b.is_ascii_digit()))
                && l.as_bytes()
                    .get(3)
                    .is_some_and(|b| matches!(b, b'-' | b' '))
        })
    };
    begins(lines.get(empty + 1)) && empty > 0 && begins(lines.get(empty - 1))
}

/// A line of dashes, or of other marks.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() > 4 && line.chars().all(|c| !c.is_alphanumeric())
}

/// The rest of an address's line and the lines behind it, up to an empty one.
fn block_from(lines: &[&str], at: usize, is_other: &dyn Fn(&str) -> bool) -> Option<String> {
    let mut out: Vec<&str> = Vec::new();
    let own = lines[at];
    if let Some((start, address)) = addresses_in(own).first() {
        let rest = own[start + address.len()..].trim_start_matches(['>', '"', ':', ')', ' ', '\'']);
        if rest.chars().filter(|c| c.is_alphabetic()).count() > 3 {
            out.push(rest);
        }
    }
    for line in lines[at + 1..].iter().take(20) {
        if is_other(line) || is_rule(line) || !out.is_empty() && line.trim().is_empty() {
            break;
        }
        if !line.trim().is_empty() {
            out.push(line);
        }
    }
    let said = one_line(&out.join("\n"));
    (!said.is_empty()).then(|| cut(&said, MOST))
}

fn has_code(line: &str) -> bool {
    first_reply(line).is_some() || first_status(line).is_some()
}

/// All that the notes and the subject say, where nothing certain was found.
pub fn context(text: &str, subject: &str) -> String {
    format!("{subject} / {}", cut(&one_line(text), MOST_CONTEXT))
}

fn cut(text: &str, most: usize) -> String {
    let end = (0..=most.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at));
    text[..end.unwrap_or(0)].to_owned()
}

/// The system that wrote the report, where it says so.
pub fn reporter(notes: &super::Notes<'_>) -> Option<String> {
    name_behind(&phrases().reporters, notes.text)
}

/// The system that refused, where the words name it.
pub fn refuser(said: &str) -> Option<String> {
    name_behind(&phrases().refusers, said)
}

/// The host name right behind the first of the phrases.
fn name_behind(phrases: &[String], text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    phrases.iter().find_map(|phrase| {
        let at = lower.find(phrase.as_str())? + phrase.len();
        let name: String = text[at..]
            .chars()
            .skip_while(|c| matches!(c, '<' | '"' | '\''))
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
            .collect();
        let name = name.trim_end_matches(['.', '-']);
        (name.contains('.') && name.len() > 3).then(|| name.to_owned())
    })
}
