//! Gmail since 2017, where the delivery status part was lost on the way.
//!
//! ```text
//! From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
//!
//! ** Address not found **
//!
//! Your message wasn't delivered to bob@example.net because the address couldn't be found, or is
//! unable to receive mail.
//!
//! The response from the remote server was:
//!
//! 550 5.1.1 <bob@example.net>: User unknown
//! ```
//!
//! A delay is titled `** Delivery incomplete **`: `There was a temporary problem delivering your
//! message to bob@example.net. Gmail will retry for 31 more hours.`

use crate::bounce::general::addresses_in;
use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::words::behind;

use super::Letter;

const DELAYED: &str = "There was a temporary problem delivering your message to ";
const FAILED: [&str; 2] = [
    "Your message wasn't delivered to ",
    "There was a problem delivering your message to ",
];
const RESPONSES: [&str; 3] = [
    "The response from the remote server was:",
    "The response was:",
    "The reason for the delay was:",
];

/// What it says with the name of the domain in the middle, in words that the rules know.
const NO_DOMAIN: &str = "because the domain couldn't be found";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.is_from("mailer-daemon@google")
        && letter.opens_with("** ")
        && sentence(letter.words()).is_some()
}

/// What stands behind the words in front of the address.
fn sentence(words: &str) -> Option<(&str, Action)> {
    let failed = FAILED.iter().find_map(|start| behind(words, start));
    let delayed = || behind(words, DELAYED).map(|rest| (rest, Action::Delayed));
    failed.map(|rest| (rest, Action::Failed)).or_else(delayed)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let (rest, action) = sentence(notes.text)?;
    let (first, _) = rest.split_once("\n\n").unwrap_or((rest, ""));
    let (_, address) = *addresses_in(first).first()?;
    let because = first
        .split_once(" because ")
        .map_or("", |(_, because)| because);
    let response = RESPONSES.iter().find_map(|label| behind(notes.text, label));
    let response = response.map(|said| said.trim_start().split("\n\n").next().unwrap_or(""));
    let said = response.unwrap_or(because);
    let meaning = if because.starts_with("the domain ") {
        NO_DOMAIN
    } else {
        because
    };
    let recipients = vec![ReportedRecipient {
        context: Some(meaning.to_owned()),
        ..ReportedRecipient::told(address, action, said)
    }];
    notes.report(None, recipients)
}
