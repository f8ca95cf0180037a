//! Mimecast, to its own customers. The reason is its own; what the other side said stands below.
//!
//! ```text
//! Subject: [Postmaster] Email Delivery Failure
//!
//! An email that you attempted to send to the following address could not be delivered:
//! -- bob@example.net
//!
//! The problem appears to be :
//! -- Recipient email address is possibly incorrect
//!
//! Additional information follows :
//! -- 5.1.1 User unknown
//! ```

use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::words::{between, is_address};

use super::Letter;

const LIST: &str = "could not be delivered:";
const PROBLEM: &str = "\nThe problem appears to be :";
const INFORMATION: &str = "\nAdditional information follows :";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.says(LIST) && letter.says(PROBLEM)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let item = |line: &'_ str| line.trim().trim_start_matches("--").trim().to_owned();
    let list = between(notes.text, LIST, PROBLEM)?.lines().map(item);
    let said = |label| {
        let said = between(notes.text, label, "\n\n").map(item);
        said.unwrap_or_default()
    };
    let said = format!("{} {}", said(INFORMATION), said(PROBLEM));
    let addresses = list.filter(|word| is_address(word));
    let recipients =
        addresses.map(|address| ReportedRecipient::told(&address, Action::Failed, &said));
    let recipients = recipients.collect();
    notes.report(None, recipients)
}
