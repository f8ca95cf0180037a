//! CommuniGate Pro, where only the words arrived: each address with the module that reports on it.
//!
//! ```text
//! Failed to deliver to 'bob@example.net'
//! SMTP module(domain example.net) reports:
//!  host mx.example.net says:
//!  550 5.1.1 User unknown
//!
//! Failed to deliver to '<carol@example.org>'
//! LOCAL module(account carol) reports:
//!  account is full (quota exceeded)
//! ```

use crate::bounce::notes::{Notes, lone_address};
use crate::bounce::report::{Action, Report, ReportedRecipient};

use super::Letter;

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.notes().lines().any(is_module)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let mut found: Vec<(&str, Action, String)> = Vec::new();
    for line in notes.text.lines() {
        if let Some((address, action)) = headline(line) {
            found.push((address, action, String::new()));
        } else if let Some((.., said)) = found.last_mut()
            && !is_module(line)
        {
            said.push_str(line);
            said.push('\n');
        }
    }
    let recipients = found.iter().map(|(address, action, said)| {
        let (host, reply) = match said.split_once(" says:") {
            Some((host, reply)) => (host.trim().strip_prefix("host "), reply),
            None => (None, said.as_str()),
        };
        ReportedRecipient::told(address, *action, reply).from_host(host)
    });
    let recipients = recipients.collect();
    let host = notes.sender_host();
    notes.report(host, recipients)
}

/// `SMTP module(domain example.net) reports:`
fn is_module(line: &str) -> bool {
    let line = line.trim();
    let name = line.strip_suffix(") reports:");
    name.and_then(|name| name.split_once(" module("))
        .is_some_and(|(module, _)| module.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// `Failed to deliver to 'bob@example.net'`, `Message delivery to 'bob@example.net' delayed`
fn headline(line: &str) -> Option<(&str, Action)> {
    let line = line.trim();
    let (address, action) = match line.strip_prefix("Message delivery to '") {
        Some(rest) => (rest.strip_suffix("' delayed")?, Action::Delayed),
        None => (
            line.strip_prefix("Failed to deliver to '")?
                .strip_suffix('\'')?,
            Action::Failed,
        ),
    };
    lone_address(address).map(|address| (address, action))
}
