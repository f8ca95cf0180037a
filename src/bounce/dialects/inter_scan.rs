//! Trend Micro InterScan: E-Mail VirusWall, Messaging Security Suite, and what followed them.
//!
//! ```text
//! From: "InterScan MSS" <postmaster@relay.example.org>
//! Subject: Mail could not be delivered
//!
//! ****** Message from InterScan Messaging Security Suite ******
//!
//! Sent <<< RCPT TO:<bob@example.net>
//! Received >>> 550 5.1.1 <bob@example.net>... user unknown
//! Unable to deliver message to <bob@example.net>
//!
//! ************************     End of message     **********************
//! ```
//!
//! Or only `Reason:  Unable to deliver message to <bob@example.net> (and other recipients in the same
//! domain).` The words around are the administrator's, in Japanese as often as in English; the arrows
//! stay.

use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::words::is_address;

use super::Letter;

const FAILED: &str = "Unable to deliver message to <";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    let named = letter.opens_with("****** Message from InterScan")
        || letter
            .field("From")
            .is_some_and(|from| from.starts_with("\"InterScan") || from.starts_with("InterScan"));
    let arrows = letter.says(" <<< RCPT TO:") && letter.says(" >>> 5");
    named && (letter.says(FAILED) || arrows || letter.says("RCPT TO:<"))
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let mut recipients: Vec<ReportedRecipient> = Vec::new();
    for line in notes.text.lines() {
        let address = addressed(line);
        let known = |r: &ReportedRecipient| r.final_recipient.as_deref() == address;
        if let Some(address) = address.filter(|_| !recipients.last().is_some_and(known)) {
            recipients.push(ReportedRecipient::told(address, Action::Failed, ""));
        }
        if let Some(recipient) = recipients.last_mut()
            && let Some(said) = answer(line)
            && recipient.diagnostic.is_none()
        {
            let address = recipient.final_recipient.take().unwrap_or_default();
            *recipient = ReportedRecipient::told(&address, Action::Failed, said);
        }
    }
    notes.report(None, recipients)
}

/// `Sent <<< RCPT TO:<bob@example.net>`, `Unable to deliver message to <bob@example.net>`
fn addressed(line: &str) -> Option<&str> {
    let (_, rest) = line
        .split_once("RCPT TO:<")
        .or_else(|| line.split_once(FAILED))?;
    let (address, _) = rest.split_once('>')?;
    is_address(address).then_some(address)
}

/// `Received >>> 550 5.1.1 user unknown`, or, where no server said anything, the reason.
fn answer(line: &str) -> Option<&str> {
    let (_, said) = line.split_once(" >>> ").or_else(|| {
        let start = line.find(FAILED)?;
        Some(line.split_at(start))
    })?;
    Some(said)
}
