//! Courier, where only the words arrived (`courier/module.dsn/dsn.c`, `dsnfailed.txt` and others).
//!
//! ```text
//! This is a delivery status notification from mail.example.org,
//! running the Courier mail server, version 1.0.16.
//!
//! The original message was received on Mon, 12 Oct 2026 11:00:00 +0200
//! from localhost (localhost [127.0.0.1])
//!
//! ---------------------------------------------------------------------------
//!
//!                            UNDELIVERABLE MAIL
//!
//! Your message to the following recipients cannot be delivered:
//!
//! <bob@example.net>:
//!     mx.example.net [192.0.2.1]:
//! >>> RCPT TO:<bob@example.net>
//! <<< 550 5.1.1 User unknown
//!
//! ---------------------------------------------------------------------------
//! ```

use crate::bounce::notes::{Notes, lone_address};
use crate::bounce::report::{Action, Report, ReportedRecipient};

use super::Letter;

const NAMES: [&str; 2] = [
    "running the Courier mail server",
    "DELAYS IN DELIVERING YOUR MESSAGE",
];

pub fn recognizes(letter: &Letter<'_>) -> bool {
    NAMES.iter().any(|name| letter.notes().contains(name))
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let action = if notes.text.contains("DELAYS IN DELIVERING YOUR MESSAGE") {
        Action::Delayed
    } else {
        Action::Failed
    };
    let mut found: Vec<Entry<'_>> = Vec::new();
    for line in notes.text.lines() {
        if let Some(address) = line.trim().strip_suffix(">:").and_then(lone_address) {
            found.push(Entry::of(address));
        } else if line.starts_with("-----") {
            if !found.is_empty() {
                break;
            }
        } else if let Some(last) = found.last_mut() {
            last.take(line);
        }
    }
    let recipients = found
        .iter()
        .map(|one| ReportedRecipient::told(one.address, action, &one.said).from_host(one.host));
    let recipients = recipients.collect();
    let host = notes.word_behind("This is a delivery status notification from ");
    let received = notes.labelled("The original message was received on ");
    Some(Report {
        arrival_date: received.map(str::to_owned),
        ..notes.report(host, recipients)?
    })
}

struct Entry<'t> {
    address: &'t str,
    host: Option<&'t str>,
    said: String,
}

impl<'t> Entry<'t> {
    fn of(address: &'t str) -> Self {
        let (host, said) = (None, String::new());
        Self {
            address,
            host,
            said,
        }
    }

    /// `mx.example.net [192.0.2.1]:`, then what we said and what was said.
    fn take(&mut self, line: &'t str) {
        let line = line.trim();
        let host = line
            .strip_suffix("]:")
            .and_then(|line| line.split_once(" ["));
        if let Some((host, _)) = host.filter(|(host, _)| !host.contains(' ')) {
            self.host = Some(host);
        } else if !line.starts_with(">>>") {
            self.said.push_str(line.trim_start_matches("<<< "));
            self.said.push('\n');
        }
    }
}
