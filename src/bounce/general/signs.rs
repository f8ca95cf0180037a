//! Whether a letter is a bounce, and of which sort.

use super::super::report::Action;
use super::super::text::{first_reply, first_status};
use super::{Letter, Notes, phrases};
use crate::bounce::fold;

/// How far into the letter a mail system comes to the point.
const OPENING: usize = 3000;

/// A mail system has to say only that something was not delivered. What seems to come from a
/// person needs all the marks of a bounce, and that a program sent it or that it returns what the
/// reader sent.
pub fn is_bounce(notes: &Notes<'_>) -> bool {
    let letter = notes.letter;
    let subject = fold(&letter.subject);
    let subject = any_of(&phrases().subjects, &subject) && !is_reply(&subject);
    let opening = fold(start_of(notes.text, OPENING));
    let words = any_of(&phrases().texts, &opening) || any_of(&phrases().delays, &opening);
    let failed = letter.field("X-Failed-Recipients").is_some();
    let tied = is_tied(notes);
    if letter.from_mail_system {
        return failed || subject && (words || tied) || words && tied;
    }
    let by_program = letter.null_path || is_automatic(letter) || returns_readers_own(notes);
    let is_answer = ["In-Reply-To", "References"]
        .iter()
        .any(|name| letter.field(name).is_some());
    let person = is_answer && !letter.null_path || quotes(notes.text);
    subject && words && tied && by_program && !person
}

/// Whether a message came back, or a code is given.
pub fn is_tied(notes: &Notes<'_>) -> bool {
    notes.returns || first_reply(notes.text).is_some() || first_status(notes.text).is_some()
}

/// RFC 3834 §5, and what programs wrote before it.
fn is_automatic(letter: &Letter<'_>) -> bool {
    let says = |name: &str| letter.field(name).unwrap_or_default().to_ascii_lowercase();
    says("Auto-Submitted").starts_with("auto-")
        || ["bulk", "junk"].contains(&says("Precedence").as_str())
        || letter.field("X-Failed-Recipients").is_some()
}

/// The sender of the returned message is the one who gets it back.
fn returns_readers_own(notes: &Notes<'_>) -> bool {
    let from = notes.original.from.as_deref().unwrap_or("");
    notes
        .letter
        .to
        .iter()
        .any(|to| from.eq_ignore_ascii_case(to))
}

/// Lines that a person quotes.
fn quotes(text: &str) -> bool {
    text.lines()
        .any(|line| line.starts_with('>') && !line.starts_with(">>>"))
}

/// A person's answer (RFC 5322 §3.6.4) begins its subject so, and names what it answers.
fn is_reply(subject: &str) -> bool {
    [
        "re:", "aw:", "fw:", "fwd:", "wg:", "sv:", "tr:", "rv:", "antw:", "vs:",
    ]
    .iter()
    .any(|prefix| subject.starts_with(prefix))
}

/// Delayed where it says that it is still being tried, and not that it was given up.
pub fn action(notes: &Notes<'_>) -> Action {
    let text = fold(start_of(notes.text, OPENING));
    let subject = fold(&notes.letter.subject);
    let delayed = any_of(&phrases().delays, &text) || any_of(&phrases().delays, &subject);
    if delayed && !any_of(&phrases().given_up, &text) {
        Action::Delayed
    } else {
        Action::Failed
    }
}

fn any_of(phrases: &[String], folded: &str) -> bool {
    phrases
        .iter()
        .any(|phrase| folded.contains(phrase.as_str()))
}

/// The start of a text, cut at a character.
fn start_of(text: &str, length: usize) -> &str {
    let end = (0..=length.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at));
    &text[..end.unwrap_or(0)]
}
