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
    let subject = phrases().subjects.is_in(&subject) && !is_reply(&subject);
    let words = || {
        let opening = fold(start_of(notes.text, OPENING));
        phrases().texts.is_in(&opening) || phrases().delays.is_in(&opening)
    };
    if letter.from_mail_system {
        let failed = letter.field("X-Failed-Recipients").is_some();
        let said = || (is_tied(notes) || is_from_daemon(letter)) && words();
        return failed || subject && (is_tied(notes) || words()) || said();
    }
    let by_program = || {
        letter.null_path
            || is_automatic(letter)
            || returns_readers_own(notes)
            || says_it_is_automatic(notes)
    };
    let is_answer = || {
        let names = ["In-Reply-To", "References"];
        !letter.null_path && names.iter().any(|name| letter.field(name).is_some())
    };
    let of_person = || is_answer() || quotes(notes.text);
    subject && by_program() && is_tied(notes) && words() && !of_person()
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

/// No person writes under this name; some do as postmaster.
fn is_from_daemon(letter: &Letter<'_>) -> bool {
    let daemon = |address: &String| address.to_ascii_lowercase().starts_with("mailer-daemon");
    letter.from.iter().any(daemon)
}

/// Its first words say so, and the message that failed lies in a part of its own.
fn says_it_is_automatic(notes: &Notes<'_>) -> bool {
    let opening = fold(start_of(notes.text, 300));
    let says = [
        "created automatically",
        "automatically generated",
        "generated automatically",
    ];
    notes.letter.enclosed.is_some() && says.iter().any(|phrase| opening.contains(phrase))
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
    let delayed = phrases().delays.is_in(&text) || phrases().delays.is_in(&subject);
    if delayed && !phrases().given_up.is_in(&text) {
        Action::Delayed
    } else {
        Action::Failed
    }
}

/// The start of a text, cut at a character.
fn start_of(text: &str, length: usize) -> &str {
    let end = (0..=length.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at));
    &text[..end.unwrap_or(0)]
}
