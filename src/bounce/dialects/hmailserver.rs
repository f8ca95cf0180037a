//! hMailServer, whose reports are words only (`SMTPClientConnection.cpp`).
//!
//! ```text
//! Your message did not reach some or all of the intended recipients.
//!
//!    Sent: Mon, 12 Oct 2026 11:00:00 +0200
//!    Subject: Minutes
//!
//! The following recipient(s) could not be reached:
//!
//! bob@example.net
//!    Error Type: SMTP
//!    Remote server (192.0.2.1) issued an error.
//!    hMailServer sent: RCPT TO:<bob@example.net>
//!    Remote server replied: 550 5.1.1 User unknown
//! ```

use crate::bounce::notes::{Notes, lone_address};
use crate::bounce::report::{Action, Report, ReportedRecipient};

use super::Letter;

const ERROR: &str = "   Error Type: ";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.notes().lines().any(|line| line.starts_with(ERROR))
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let mut notes = Notes::of(letter);
    let mut found: Vec<(&str, Option<&str>, String)> = Vec::new();
    for line in notes.text.lines() {
        if !line.starts_with(' ') {
            if let Some(address) = lone_address(line) {
                found.push((address, None, String::new()));
            }
        } else if let Some((_, host, said)) = found.last_mut() {
            let line = line.trim();
            if let Some(rest) = line.strip_prefix("Remote server (") {
                *host = rest.split_once(')').map(|(host, _)| host);
            } else if let Some(reply) = reply(line) {
                said.push_str(reply);
                said.push('\n');
            }
        }
    }
    let recipients = found.iter().map(|(address, host, said)| {
        ReportedRecipient::told(address, Action::Failed, said).from_host(*host)
    });
    let recipients = recipients.collect();
    notes.take_named(&["Subject: "], &["Sent: "]);
    let host = notes.sender_host();
    notes.report(host, recipients)
}

/// What is not about the form of it.
fn reply(line: &str) -> Option<&str> {
    let labels = ["Remote server replied: ", "Error: "];
    let plain = !line.starts_with("Error Type:") && !line.starts_with("hMailServer sent:");
    let said = labels.iter().find_map(|label| line.strip_prefix(label));
    said.or(plain.then_some(line))
}
