//! MessageLabs, later Symantec Email Security.cloud; where the delivery status part was lost. An
//! older form, `Subject: failure notice`, is qmail's but for its first line.
//!
//! ```text
//! From: "MAILER-DAEMON@messagelabs.com" <MAILER-DAEMON@messagelabs.com>
//! Subject: Mail Delivery Failure
//!
//! This is the mail delivery agent at messagelabs.com.
//!
//! I was unable to deliver your message to the following addresses:
//!
//! bob@example.net
//!
//! Reason: 550 5.1.1 bob@example.net... No such user
//!
//! The message subject was: a subject
//! The message date was: Mon, 12 Oct 2026 11:00:00 +0200
//! ```

use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient, ReturnedMessage};
use crate::bounce::words::{addresses_alone, behind, bracketed, entries, failed, line_behind};

use super::Letter;

const OPENING: &str = "This is the mail delivery agent at ";

/// The older form returns a copy under qmail's heading, and is qmail's then.
pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.opens_with(OPENING) && !super::qmail::recognizes(letter)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let list = behind(notes.text, "\n\n")?;
    let recipients = match list.split_once("\nReason:") {
        Some((list, reason)) => {
            let reason = reason.split("\n\n").next().unwrap_or("");
            let told = |address| ReportedRecipient::told(address, Action::Failed, reason);
            addresses_alone(list).map(told).collect()
        }
        None => failed(entries(list, bracketed)),
    };
    let reporting_mta = line_behind(notes.text, OPENING)
        .map(|name| name.trim_end_matches('.'))
        .filter(|name| !name.contains(' '))
        .map(str::to_owned);
    let named = |label| notes.labelled(label).map(str::to_owned);
    let subject = named("The message subject was:");
    let date = named("The message date was:");
    let report = notes.report(reporting_mta, recipients)?;
    let original = report.original;
    Some(Report {
        original: ReturnedMessage {
            subject: original.subject.or(subject),
            date: original.date.or(date),
            ..original
        },
        ..report
    })
}
