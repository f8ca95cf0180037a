//! Lotus, IBM and HCL Domino: the router's letter, in the language of the server.
//!
//! ```text
//! Subject: DELIVERY FAILURE: User bob (bob@example.net) not listed in Domino Directory
//!
//! Your message
//!
//!   Subject: Minutes
//!
//! was not delivered to:
//!
//!   bob@example.net
//!
//! because:
//!
//!   User bob (bob@example.net) not listed in Domino Directory
//! ```

use crate::bounce::general::{addresses_in, short};
use crate::bounce::notes::{Notes, lone_address};
use crate::bounce::report::{Action, Report, ReportedRecipient};

use super::Letter;

const SUBJECTS: [&str; 2] = ["DELIVERY FAILURE:", "NON-DELIVERY OF:"];

pub fn recognizes(letter: &Letter<'_>) -> bool {
    let asks = |line: &str| letter.notes().lines().any(|one| one.trim() == line);
    SUBJECTS
        .iter()
        .any(|subject| letter.subject.starts_with(subject))
        || asks("was not delivered to:") && asks("because:")
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let mut notes = Notes::of(letter);
    let lines: Vec<&str> = notes.text.lines().collect();
    let mut out: Vec<(&str, String)> = Vec::new();
    let mut waiting = Vec::new();
    for line in lines {
        let indented = line.starts_with([' ', '\t']);
        if indented && let Some(address) = recipient(line) {
            waiting.push(address);
        } else if indented && !waiting.is_empty() && !line.trim().is_empty() {
            // a reason, of all the addresses above it
            out.extend(waiting.drain(..).map(|address| (address, String::new())));
            if let Some((_, said)) = out.last_mut() {
                said.push_str(line);
            }
        } else if indented && let Some((_, said)) = out.last_mut() {
            said.push_str(line);
        }
    }
    out.extend(waiting.into_iter().map(|address| (address, String::new())));
    share_reasons(&mut out);
    let subject = SUBJECTS
        .iter()
        .find_map(|subject| letter.subject.strip_prefix(subject))
        .unwrap_or("");
    let recipients = out.iter().map(|(address, said)| {
        let said = if said.is_empty() { subject } else { said };
        ReportedRecipient::told(address, Action::Failed, said)
    });
    let recipients = recipients.collect();
    notes.take_named(
        &[
            "Subject:", "Betreff:", "Objet :", "Asunto:", "Oggetto:", "件名:",
        ],
        &[],
    );
    let host = notes.sender_host();
    notes.report(host, recipients)
}

/// A line with an address alone, of the Internet or of Notes: `bob@example.net@EXAMPLE`.
fn recipient(line: &str) -> Option<&str> {
    let address = lone_address(line)?;
    addresses_in(address).first().map(|(_, address)| *address)
}

/// The reason stands below the last of several addresses.
fn share_reasons(found: &mut [(&str, String)]) {
    let mut reason = String::new();
    for (_, said) in found.iter_mut().rev() {
        if said.is_empty() {
            said.clone_from(&reason);
        } else {
            reason = short(said);
        }
    }
}
