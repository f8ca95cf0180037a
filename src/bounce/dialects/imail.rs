//! IMail Server (Ipswitch): its SMTP32 writes one line for each address, and no more.
//!
//! ```text
//! Subject: Undeliverable Mail
//! X-Mailer: <SMTP32 v8.22>
//!
//! Unknown user: bob@example.net
//! undeliverable to carol@example.net
//! Body of message generated response:
//! 550 5.7.1 refused
//!
//! Original message follows.
//! ```

use crate::bounce::general::short;
use crate::bounce::notes::{Notes, lone_address};
use crate::bounce::report::{Action, Report, ReportedRecipient};

use super::Letter;

const COPY: &str = "Original message follows.";
const REPLY: &str = "Body of message generated response:";
const TO: &str = "undeliverable to ";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    let mailer = letter.field("X-Mailer").unwrap_or_default();
    let subject = letter.subject.trim().starts_with("Undeliverable Mail");
    let copy = || letter.words().lines().any(|line| line.trim() == COPY);
    mailer.starts_with("<SMTP32 v") || subject && copy()
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::until(letter, &[COPY]);
    let mut found: Vec<(&str, String)> = Vec::new();
    let mut rest = String::new();
    for line in notes.text.lines() {
        if let Some((reason, address)) = entry(line) {
            found.push((address, reason.to_owned()));
        } else if line.trim() != REPLY {
            rest.push_str(line);
            rest.push('\n');
        }
    }
    let rest = short(&rest);
    let recipients = found.iter().map(|(address, reason)| {
        let said = if rest.is_empty() {
            reason.clone()
        } else {
            // the reply is what everybody's reason is
            format!("{rest} ({reason})")
        };
        ReportedRecipient::told(address, Action::Failed, &said)
    });
    let recipients = recipients.collect();
    let host = notes.sender_host();
    notes.report(host, recipients)
}

/// `Unknown user: bob@example.net`, `Delivery failed 20 attempts: …`, `undeliverable  to …`
fn entry(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if let Some((reason, address)) = line.rsplit_once(": ") {
        return Some((line, lone_address(address)?)).filter(|_| !reason.contains('@'));
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let front = words.len() == 3 && words[..2].join(" ") == TO.trim();
    front.then(|| lone_address(words[2]).map(|address| (line, address)))?
}
