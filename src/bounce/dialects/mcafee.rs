//! McAfee Email Gateway (before that, Email and Web Security), where the delivery status part was
//! lost on the way.
//!
//! ```text
//! Subject: Delivery Status
//!
//!    --- The following addresses had delivery problems ---
//!
//! <bob@example.net>   (User unknown bob@example.net)
//! ```

use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::words::{bracketed, entries};

use super::Letter;

const OPENING: &str = "--- The following addresses had delivery problems ---";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.opens_with(OPENING)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let entries = entries(notes.text, bracketed);
    let recipients = entries.iter().map(|(address, said)| {
        let said = said.trim();
        let inside = said
            .strip_prefix('(')
            .and_then(|said| said.strip_suffix(')'));
        ReportedRecipient::told(address, Action::Failed, inside.unwrap_or(said))
    });
    let recipients = recipients.collect();
    notes.report(None, recipients)
}
