//! Apache James: the remote delivery's letter, and that of the notifying mailets
//! (`RemoteDelivery.java`, `Bouncer.java`, `AbstractNotify.java`).
//!
//! ```text
//! Hi. This is the James mail server at mail.example.org.
//! I'm afraid I wasn't able to deliver your message to the following addresses.
//! This is a permanent error; I've given up. Sorry it didn't work out. Below
//! I include the list of recipients and the reason why I was unable to deliver
//! your message.
//!
//! bob@example.net
//! Remote mail server told me: 550 5.1.1 User unknown
//! ```
//!
//! ```text
//! Error message below:
//! 550 - Requested action not taken: no such user here
//!
//! Message details:
//!   Subject: Minutes
//!   RCPT TO: bob@example.net
//! ```

use crate::bounce::notes::{Notes, lone_address};
use crate::bounce::report::{Action, Report, ReportedRecipient};

use super::Letter;

const OPENING: &str = "Hi. This is the James mail server at ";
const REASON: &str = "Error message below:";
const DETAILS: &str = "Message details:";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    let notes = letter.notes();
    notes.trim_start().starts_with(OPENING) || notes.contains(REASON) && notes.contains(DETAILS)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let mut notes = Notes::of(letter);
    let recipients = match notes.text.split_once(REASON) {
        Some((_, rest)) => notified(rest),
        None => delivered(notes.text),
    };
    let host = notes.word_behind(OPENING);
    notes.take_named(&["Subject:"], &["Sent date:"]);
    let host = host.or_else(|| notes.sender_host());
    notes.report(host, recipients)
}

/// One reason, then the envelope.
fn notified(rest: &str) -> Vec<ReportedRecipient> {
    let (reason, details) = rest.split_once(DETAILS).unwrap_or((rest, ""));
    let listed = details.lines().filter_map(|line| {
        let address = line.trim().strip_prefix("RCPT TO:")?;
        lone_address(address)
    });
    // `550 - Requested …`: a dash of its own, none of a reply that goes on
    let reason = reason.trim().replacen(" - ", " ", 1);
    listed
        .map(|address| ReportedRecipient::told(address, Action::Failed, &reason))
        .collect()
}

/// Addresses, each in a line, and below them what was said.
fn delivered(text: &str) -> Vec<ReportedRecipient> {
    let lines: Vec<&str> = text.lines().collect();
    let mut out: Vec<ReportedRecipient> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let names = lines[at..]
            .iter()
            .map_while(|line| lone_address(line))
            .count();
        let said = lines[at + names..]
            .iter()
            .take_while(|line| lone_address(line).is_none());
        let said: Vec<&str> = said.copied().collect();
        let addresses = lines[at..at + names]
            .iter()
            .filter_map(|line| lone_address(line));
        let reason = said.join("\n");
        out.extend(addresses.map(|address| {
            ReportedRecipient::told(address, Action::Failed, words_of_remote(&reason))
        }));
        at += names + said.len();
    }
    out
}

fn words_of_remote(said: &str) -> &str {
    let told = "Remote mail server told me:";
    said.split_once(told).map_or(said, |(_, reply)| reply)
}
