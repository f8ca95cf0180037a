//! SurfControl (later Websense) E-mail Filter. Its delivery status part may be empty.
//!
//! ```text
//! X-Mailer: SurfControl E-mail Filter
//!
//! Your message could not be sent.
//! A transcript of the attempts to send the message follows.
//! The number of attempts made: 1
//! Addressed To: bob@example.net
//!
//! Mon, 12 Oct 2026 11:00:00 +0200
//! Failed to send to identified host,
//! bob@example.net: [192.0.2.1], 550 User unknown
//! --- Message non-deliverable.
//! ```

use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::words::is_address;

use super::Letter;

const TRANSCRIPT: &str = "A transcript of the attempts to send the message follows.";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.opens_with("Your message could not be sent.") && letter.says(TRANSCRIPT)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::until(letter, &["--- Message non-deliverable"]);
    let lines = || notes.text.lines().map(str::trim);
    let addressed = lines().filter_map(|line| line.strip_prefix("Addressed To:"));
    let addresses = addressed.flat_map(|list| list.split([',', ';']).map(str::trim));
    let recipients = addresses.filter(|word| is_address(word)).map(|address| {
        let mut attempts = lines().filter_map(|line| line.strip_prefix(address)?.strip_prefix(':'));
        ReportedRecipient::told(address, Action::Failed, attempts.next_back().unwrap_or(""))
    });
    let recipients = recipients.collect();
    notes.report(None, recipients)
}
