//! Cisco (IronPort) Email Security, and Amazon SES in its first years.
//!
//! ```text
//! The following message to <bob@example.net> was undeliverable.
//! The reason for the problem:
//! 5.1.0 - Unknown address error 550-'5.1.1 <bob@example.net>: User unknown'
//! ```

use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::text::first_status;
use crate::bounce::words::{behind, between};

use super::Letter;

const OPENING: &str = "The following message to <";
const REASON: &str = "The reason for the problem:";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.opens_with(OPENING) && letter.says(REASON)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let address = between(notes.text, OPENING, ">")?;
    let reason = behind(notes.text, REASON)?.trim_start();
    let reason = reason.split("\n\n").next().unwrap_or("");
    let recipient = ReportedRecipient::told(address, Action::Failed, reason);
    // in front stands what the gateway makes of it
    let answer = behind(reason, "-'").and_then(first_status);
    let recipients = vec![ReportedRecipient {
        status: answer.or(recipient.status),
        ..recipient
    }];
    notes.report(None, recipients)
}
