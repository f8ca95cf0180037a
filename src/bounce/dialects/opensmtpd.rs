//! OpenSMTPD, where only the words arrived, and before 5.0, when there was nothing else
//! (`usr.sbin/smtpd/bounce.c`).
//!
//! ```text
//!     Hi!
//!
//!     This is the MAILER-DAEMON, please DO NOT REPLY to this email.
//!
//!     An error has occurred while attempting to deliver a message for
//!     the following list of recipients:
//!
//! bob@example.net: 550 5.1.1 User unknown
//!
//!     Below is a copy of the original message:
//! ```

use crate::bounce::notes::{Notes, lone_address};
use crate::bounce::report::{Action, Report, ReportedRecipient};

use super::Letter;

const OPENING: &str = "This is the MAILER-DAEMON, please DO NOT REPLY to this e";
const COPIES: [&str; 2] = [
    "Below is a copy of the original message:",
    "Below is a copy of the message",
];

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.notes().contains(OPENING)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::until(letter, &COPIES);
    let says = |words: &str| notes.text.contains(words);
    let action = if says("only a temporary failure report") || says("is delayed for more than") {
        Action::Delayed
    } else if says("was successfully delivered to these recipients") {
        Action::Delivered
    } else if says("was relayed to these recipients") {
        Action::Relayed
    } else {
        Action::Failed
    };
    // every report is in one line, however long
    let recipients = notes.text.lines().filter_map(|line| {
        let (address, said) = line.split_once(": ")?;
        let address = (!line.starts_with(' ')).then_some(address)?;
        Some(ReportedRecipient::told(
            lone_address(address)?,
            action,
            said,
        ))
    });
    let recipients = recipients.collect();
    let host = notes.sender_host();
    notes.report(host, recipients)
}
