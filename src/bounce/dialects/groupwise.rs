//! Novell GroupWise: its Internet Agent lists each address with a reason in brackets.
//!
//! ```text
//! The message that you sent was undeliverable to the following:
//!     bob@example.net (user not found)
//!
//! Information about your message:
//!     Subject: Minutes
//!
//! Possibly truncated original message follows:
//! ```
//!
//! Until 5.5: `The attached file had the following undeliverable recipient(s):`, then a transcript.

use crate::bounce::notes::{Notes, lone_address};
use crate::bounce::report::{Action, Report, ReportedRecipient};

use super::Letter;

const OPENINGS: [&str; 2] = [
    "The message that you sent was undeliverable to the following:",
    "The attached file had the following undeliverable recipient(s):",
];
const COPIES: [&str; 1] = ["Possibly truncated original message follows:"];
const TRANSCRIPT: &str = "Transcript of session follows:";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    OPENINGS
        .iter()
        .any(|opening| letter.notes().contains(opening))
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::until(letter, &COPIES);
    let mut openings = OPENINGS.iter();
    let (_, list) = openings.find_map(|opening| notes.text.split_once(opening))?;
    let transcript = list.split_once(TRANSCRIPT).map_or("", |(_, said)| said);
    let lines = list
        .lines()
        .skip(1)
        .skip_while(|line| line.trim().is_empty());
    let recipients = lines
        .take_while(|line| line.starts_with([' ', '\t']) && !line.trim().is_empty())
        .filter_map(|line| recipient(line, transcript));
    let recipients = recipients.collect();
    let host = notes.sender_host();
    notes.report(host, recipients)
}

/// `    bob@example.net (reason)`; of its own users GroupWise names only the first part.
fn recipient(line: &str, transcript: &str) -> Option<ReportedRecipient> {
    let line = line.trim();
    let (name, reason) = match line.split_once(" (") {
        Some((name, reason)) => (name, reason.trim_end_matches(')')),
        None => (line, transcript),
    };
    let user = !name.is_empty() && !name.contains(' ');
    let address = lone_address(name).or(user.then_some(name))?;
    Some(ReportedRecipient::told(address, Action::Failed, reason))
}
