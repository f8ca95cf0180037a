//! Lotus Notes before Domino: the SMTP MTA, in the language of the server between fixed titles.
//!
//! ```text
//! Subject: Undeliverable message
//!
//! ------- Failure Reasons  --------
//!
//! User not listed in public Name & Address Book
//! bob@example.net
//!
//! ------- Returned Message --------
//! ```

use crate::bounce::notes::{Notes, lone_address};
use crate::bounce::report::{Action, Report, ReportedRecipient};

use super::Letter;

const REASONS: &str = "------- Failure Reasons";
const COPY: &str = "------- Returned Message";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.notes().contains(REASONS)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::until(letter, &[COPY]);
    let (_, list) = notes.text.split_once(REASONS)?;
    let mut reason = String::new();
    let mut behind_address = false;
    let mut recipients = Vec::new();
    for line in list.lines().skip(1).filter(|line| !line.trim().is_empty()) {
        if let Some(address) = lone_address(line) {
            recipients.push(ReportedRecipient::told(address, Action::Failed, &reason));
            behind_address = true;
        } else {
            if std::mem::take(&mut behind_address) {
                reason.clear();
            }
            reason.push_str(line);
            reason.push('\n');
        }
    }
    let host = notes.sender_host();
    notes.report(host, recipients)
}
