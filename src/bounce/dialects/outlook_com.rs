//! Outlook.com and Hotmail, where the delivery status part was lost on the way.
//!
//! ```text
//! From: postmaster@mail.hotmail.com
//!
//! This is an automatically generated Delivery Status Notification.
//!
//! Delivery to the following recipients failed.
//!
//!        bob@example.net
//! ```
//!
//! Windows' SMTP service writes the same words, from other addresses. A delay says
//! `Delivery to the following recipients has been delayed.`

use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::words::{addresses_alone, behind};

use super::Letter;

const SENDERS: [&str; 4] = ["hotmail.com", "outlook.com", "live.com", "msn.com"];
const FAILED: &str = "\nDelivery to the following recipients failed.";
const DELAYED: &str = "\nDelivery to the following recipients has been delayed.";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.is_from("postmaster@")
        && SENDERS.iter().any(|sender| letter.is_from(sender))
        && letter.opens_with("This is an automatically generated Delivery Status Notification")
        && (letter.says(FAILED) || letter.says(DELAYED))
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let (list, action) = match behind(notes.text, FAILED) {
        Some(list) => (list, Action::Failed),
        None => (behind(notes.text, DELAYED)?, Action::Delayed),
    };
    let recipients =
        addresses_alone(list).map(|address| ReportedRecipient::told(address, action, ""));
    let recipients = recipients.collect();
    notes.report(None, recipients)
}
