//! SendGrid, where the delivery status part was lost on the way.
//!
//! ```text
//! This is an automatically generated message from SendGrid.
//!
//! I'm sorry to have to tell you that your message was not able to be
//! delivered to one of its intended recipients.
//!
//! If you require assistance with this, please contact SendGrid support.
//!
//! example:12345:<bob@example.net> : 550 5.1.1 The email account does not exist
//! ```

use crate::bounce::notes::Notes;
use crate::bounce::report::Report;
use crate::bounce::words::{entries, failed, is_address};

use super::Letter;

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.opens_with("This is an automatically generated message from SendGrid.")
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let entries = entries(notes.text, entry);
    notes.report(None, failed(entries))
}

/// `example:12345:<bob@example.net> : what happened`
fn entry(line: &str) -> Option<(&str, &str)> {
    let (_, rest) = line.split_once('<')?;
    let (address, said) = rest.split_once('>')?;
    let said = said.trim_start().strip_prefix(':')?;
    is_address(address).then_some((address, said.trim()))
}
