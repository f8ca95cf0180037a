//! MX Logic, later McAfee SaaS Email Protection. It begins like Exim.
//!
//! ```text
//! From: Mail Delivery System <MAILER-DAEMON@p01c11m000.mxlogic.net>
//!
//! This message was created automatically by mail delivery software.
//!
//! A message that you have sent could not be delivered to one or more
//! recipients.  This is a permanent error.  The following address failed:
//!
//!   <bob@example.net>: 550 5.1.1 User unknown
//!
//! Included is a copy of the message header:
//! -----------------------------------------
//! ```

use crate::bounce::notes::Notes;
use crate::bounce::report::Report;
use crate::bounce::words::{bracketed, entries, failed};

use super::Letter;

const OPENING: &str =
    "\nA message that you have sent could not be delivered to one or more\nrecipients.";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.opens_with("This message was created automatically by mail delivery software.")
        && letter.says(OPENING)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::until(letter, &["-----------------------------------------"]);
    // what is said may go on with an address in a line of its own
    let entries = entries(notes.text, |line| {
        bracketed(line).filter(|_| line.starts_with("  ") && line.contains(">:"))
    });
    notes.report(None, failed(entries))
}
