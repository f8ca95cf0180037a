//! MailFoundry, a filter appliance.
//!
//! ```text
//! Subject: Message delivery has failed
//!
//! Unable to deliver message to: <bob@example.net>
//! Delivery failed for the following reason:
//! Server mx.example.net[192.0.2.1] failed with: 550 <bob@example.net> No such user here
//!
//! This has been a permanent failure.  No further delivery attempts will be made.
//! ```

use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::words::{between, is_address};

use super::Letter;

const OPENING: &str = "Unable to deliver message to: <";
const REASON: &str = "\nDelivery failed for the following reason:";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.opens_with(OPENING) && letter.says(REASON)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let address = between(notes.text, OPENING, ">").filter(|word| is_address(word))?;
    let reason = between(notes.text, REASON, "\n\n")?;
    let recipients = vec![ReportedRecipient::told(address, Action::Failed, reason)];
    notes.report(None, recipients)
}
