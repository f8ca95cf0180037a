//! Gmail until 2017, and still what other Google services write: no delivery status part, but
//! `X-Failed-Recipients`. (The form with `** Address not found **` has one.)
//!
//! ```text
//! From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
//! X-Failed-Recipients: bob@example.net
//!
//! Delivery to the following recipient failed permanently:
//!
//!      bob@example.net
//!
//! Technical details of permanent failure:
//! Google tried to deliver your message, but it was rejected by the server for the recipient domain
//! example.net by mx.example.net. [192.0.2.1].
//!
//! The error that the other server returned was:
//! 550 5.1.1 <bob@example.net>: User unknown
//!
//! ----- Original message -----
//! ```
//!
//! A delay begins `This is an automatically generated Delivery Status Notification`, and says
//! `Delivery to the following recipient has been delayed:`.

use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::words::{addresses_alone, behind};

use super::Letter;

const INTRODUCTION: &str = "This is an automatically generated Delivery Status Notification";
const FAILED: [&str; 2] = [
    "Delivery to the following recipient failed permanently:",
    "Delivery to the following recipients failed permanently:",
];
const DELAYED: [&str; 2] = [
    "Delivery to the following recipient has been delayed:",
    "Delivery to the following recipients has been delayed:",
];

pub fn recognizes(letter: &Letter<'_>) -> bool {
    opening(letter).is_some()
}

/// Exchange and Outlook.com write the same sentences, but end them with a full stop.
fn opening(letter: &Letter<'_>) -> Option<(&'static str, Action)> {
    let introduced = letter.opens_with(INTRODUCTION);
    let begins = |sentence: &&&str| {
        letter.opens_with(sentence) || introduced && letter.says(&format!("\n{sentence}"))
    };
    let failed = FAILED.iter().find(begins);
    let delayed = || DELAYED.iter().find(begins);
    failed
        .map(|sentence| (*sentence, Action::Failed))
        .or_else(|| delayed().map(|sentence| (*sentence, Action::Delayed)))
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let (sentence, action) = opening(letter)?;
    let notes = Notes::until(letter, &["----- Original message -----"]);
    let rest = behind(notes.text, sentence)?;
    let (list, details) = rest
        .split_once("Technical details of")
        .unwrap_or((rest, ""));
    let details = details.split_once(':').map_or(list, |(_, said)| said);
    let recipients = addresses_alone(list).map(|address| recipient(address, action, details));
    let recipients = recipients.collect();
    notes.report(None, recipients)
}

fn recipient(address: &str, action: Action, details: &str) -> ReportedRecipient {
    let recipient = ReportedRecipient::told(address, action, details);
    ReportedRecipient {
        remote_mta: refuser(details),
        ..recipient
    }
}

/// `by mx.example.net. [192.0.2.1]`
fn refuser(details: &str) -> Option<String> {
    let (before, _) = details.split_once(". [")?;
    let name = before.rsplit(' ').next()?;
    (name.contains('.') && !name.contains('@')).then(|| name.to_owned())
}
