//! Yahoo, in two forms, both after qmail. The newer one takes qmail's heading of the copy as well.
//!
//! ```text
//! Sorry, we were unable to deliver your message to the following address.
//!
//! <bob@example.net>:
//! Remote host said:
//! 550 5.1.1 <bob@example.net>... User Unknown
//! [RCPT_TO]
//!
//! --- Below this line is a copy of the message.
//! ```
//!
//! ```text
//! Message from  yahoo.com.
//! Unable to deliver message to the following address(es).
//!
//! <bob@yahoo.com>:
//! This user doesn't have a yahoo.com account (bob@yahoo.com) [-9]
//!
//! --- Original message follows.
//! ```

use crate::bounce::notes::Notes;
use crate::bounce::report::Report;
use crate::bounce::words::{bracketed, entries, failed};

use super::Letter;

const NEWER: &str = "Sorry, we were unable to deliver your message to the following address";
const OLDER: &str = "\nUnable to deliver message to the following address(es).";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.opens_with(NEWER) || letter.opens_with("Message from ") && letter.says(OLDER)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let heading = if letter.opens_with(NEWER) {
        "--- Below this line is a copy of the message"
    } else {
        "--- Original message follows"
    };
    let notes = Notes::until(letter, &[heading]);
    let entries = entries(notes.text, |line| {
        bracketed(line).filter(|_| line.trim_end().ends_with(":") || line.contains(">:"))
    });
    notes.report(None, failed(entries))
}
