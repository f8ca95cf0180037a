//! GMX, mail.com, web.de and 1&1 (IONOS), which share their servers. They begin like Exim.
//!
//! ```text
//! This message was created automatically by mail delivery software.
//!
//! A message that you sent could not be delivered to one or more of
//! its recipients. This is a permanent error. The following address
//! failed:
//!
//! "bob@example.net":
//! SMTP error from remote server after RCPT command:
//! host: mx.example.net
//! 5.1.1 <bob@example.net>... User Unknown
//!
//! --- The header of the original message is following. ---
//! ```
//!
//! Or the address in angle brackets with `Reason:` below, or bare with `For the following reason:`, or
//! `bob@example.net:` with `SMTP error from remote server for TEXT command, host: mx.example.net
//! (192.0.2.1) reason: 550 …`.

use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::text::one_line;
use crate::bounce::words::{behind, entries, is_address};

use super::Letter;

const OPENING: &str =
    "\nA message that you sent could not be delivered to one or more of\nits recipients.";
const HEADING: &str = "--- The header of the original message is following";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.opens_with("This message was created automatically by mail delivery software.")
        && letter.says(OPENING)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::until(letter, &[HEADING]);
    let list = behind(notes.text, OPENING)?;
    let entries = entries(list, |line| Some((address_line(line)?, "")));
    let recipients = entries
        .iter()
        .map(|(address, said)| recipient(address, said));
    let recipients = recipients.collect();
    let reporter = notes.sender_host();
    notes.report(reporter, recipients)
}

/// `"bob@example.net":`, `<bob@example.net>`, `bob@example.net:`
fn address_line(line: &str) -> Option<&str> {
    let word = line.trim();
    let word = word.strip_suffix(':').unwrap_or(word);
    let bare = word.trim_matches(['"', '<', '>']);
    is_address(bare).then_some(bare)
}

fn recipient(address: &str, said: &str) -> ReportedRecipient {
    let said = one_line(said);
    let labels = ["For the following reason:", "Reason:"];
    let said = labels
        .iter()
        .find_map(|label| said.strip_prefix(label))
        .unwrap_or(&said);
    let host = behind(said, "host: ").and_then(|rest| rest.split(' ').next());
    ReportedRecipient {
        remote_mta: host.map(str::to_owned),
        ..ReportedRecipient::told(address, Action::Failed, said)
    }
}
