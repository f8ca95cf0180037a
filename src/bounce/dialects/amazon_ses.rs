//! Amazon SES, where the delivery status part was lost on the way.
//!
//! ```text
//! From: MAILER-DAEMON@us-west-2.amazonses.com
//! Subject: Delivery Status Notification (Failure)
//!
//! An error occurred while trying to deliver the mail to the following recipients:
//! bob@example.net
//! ```

use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::words::{addresses_alone, behind};

use super::Letter;

const OPENING: &str =
    "An error occurred while trying to deliver the mail to the following recipients:";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.opens_with(OPENING)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let list = behind(notes.text, OPENING)?;
    let recipients =
        addresses_alone(list).map(|address| ReportedRecipient::told(address, Action::Failed, ""));
    let recipients = recipients.collect();
    notes.report(None, recipients)
}
