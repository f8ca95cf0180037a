//! Whether a letter is a bounce, and of which sort.

use super::super::report::Action;
use super::super::text::{first_reply, first_status};
use super::{Notes, phrases};
use crate::bounce::fold;

/// How far into the letter a mail system comes to the point.
const OPENING: usize = 3000;

/// A mail system has to say only that something was not delivered. What seems to come from a
/// person needs all the marks of a bounce: subject, words, and a returned message or a code. The
/// empty reverse path is a hint, never a proof.
pub fn is_bounce(notes: &Notes<'_>) -> bool {
    let subject = fold(&notes.letter.subject);
    let subject = any_of(&phrases().subjects, &subject) && !is_reply(&subject);
    let opening = fold(start_of(notes.text, OPENING));
    let words = any_of(&phrases().texts, &opening);
    let failed = notes.letter.field("X-Failed-Recipients").is_some();
    let code = first_reply(notes.text).is_some() || first_status(notes.text).is_some();
    if notes.letter.from_mail_system {
        return failed
            || subject && (words || notes.returns || code)
            || words && (notes.returns || code);
    }
    let quoted = notes.text.lines().any(|line| line.starts_with('>'));
    let tied = notes.returns || code;
    subject && words && tied && !quoted && !is_answer(notes)
}

/// A person's answer (RFC 5322 §3.6.4) begins its subject so, and names what it answers.
fn is_reply(subject: &str) -> bool {
    [
        "re:", "aw:", "fw:", "fwd:", "wg:", "sv:", "tr:", "rv:", "antw:", "vs:",
    ]
    .iter()
    .any(|prefix| subject.starts_with(prefix))
}

fn is_answer(notes: &Notes<'_>) -> bool {
    is_reply(&fold(&notes.letter.subject))
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
