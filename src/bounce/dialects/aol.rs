//! AOL, on mail that its members' own settings refuse. It lists screen names, without a domain.
//!
//! ```text
//! From: Mail Delivery Subsystem <MAILER-DAEMON@aol.com>
//! Subject: Mail Delivery Problem
//!
//! Sorry alice@example.org. Your mail to the following recipients could not be delivered because
//! they are not accepting mail from alice@example.org:
//!     bobexample
//! ```

use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::text::one_line;

use super::Letter;

const OPENING: &str = "our mail to the following recipients could not be delivered because";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.is_from("mailer-daemon@aol.com") && letter.says(OPENING)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let (said, names) = notes.text.split_once(":\n")?;
    let names = names.lines().take_while(|line| !line.trim().is_empty());
    let names = names.map(str::trim).filter(|name| !name.contains(' '));
    let said = one_line(said);
    let recipients = names.map(|name| {
        let address = if name.contains('@') {
            name.to_owned()
        } else {
            format!("{name}@aol.com")
        };
        ReportedRecipient::told(&address, Action::Failed, &said)
    });
    let recipients = recipients.collect();
    let reporter = notes.sender_host();
    notes.report(reporter, recipients)
}
