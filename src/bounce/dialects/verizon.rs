//! Verizon Wireless: picture messages (`vzwpix.com`), and text messages (`vtext.com`). Neither writes
//! under a name that only mail systems have.
//!
//! ```text
//! From: MMSC NDR Administrator <sysadmin@m01.vzwpix.com>
//! Subject: Undeliverable Message
//!
//! Message could not be delivered to mobile.
//! Error: No valid recipients for this MM
//!
//! Original Message:
//! From: Alice <alice@example.org>
//! To: 0000000000@vzwpix.com
//! ```
//!
//! ```text
//! From: post_master@vtext.com
//! Subject: Undeliverable Message
//!
//! Error: 550 - Requested action not taken: no such user here
//!
//! Message details:
//!   Subject: a subject
//!   Sent date: Mon Oct 12 09:00:00 GMT 2026
//!   MAIL FROM: alice@example.org
//!   RCPT TO: 0000000000@vtext.com
//! ```

use crate::bounce::general::addresses_in;
use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::words::between;

use super::Letter;

const PICTURE: &str = "Message could not be delivered to mobile";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    is_picture(letter) || is_text(letter)
}

fn is_picture(letter: &Letter<'_>) -> bool {
    letter.is_from("sysadmin@") && letter.is_from("vzwpix.com") && letter.opens_with(PICTURE)
}

fn is_text(letter: &Letter<'_>) -> bool {
    letter.is_from("post_master@vtext.com")
        && (letter.opens_with("Error:") || letter.says("\nError:"))
        && letter.says("\n  RCPT TO: ")
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let label = if is_text(letter) { "RCPT TO: " } else { "To: " };
    let said = between(letter.words(), "Error:", "\n\n")?;
    let lines = letter.words().lines().map(str::trim);
    let lists = lines.filter_map(|line| line.strip_prefix(label));
    let addresses = lists.flat_map(addresses_in);
    let recipients =
        addresses.map(|(_, address)| ReportedRecipient::told(address, Action::Failed, said));
    let recipients = recipients.collect();
    let notes = Notes::until(letter, &["Original Message:"]);
    notes.report(None, recipients)
}
