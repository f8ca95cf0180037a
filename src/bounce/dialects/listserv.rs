//! LISTSERV (L-Soft), where a list does not take a message from its sender.
//!
//! ```text
//! From: "L-Soft list server at EXAMPLE.EDU (16.0)" <LISTSERV@LISTSERV.EXAMPLE.EDU>
//! Subject: Rejected posting to TEAM@LISTSERV.EXAMPLE.EDU
//!
//! You are not authorized to  send mail to the TEAM  list from your
//! alice@example.org account. You might be authorized to send to the
//! list from another of  your accounts, […]
//! ```

use crate::bounce::fold;
use crate::bounce::general::addresses_in;
use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};

use super::Letter;

const SUBJECT: &str = "Rejected posting to ";
const REFUSALS: [&str; 2] = [
    "you are not authorized to send mail to",
    "has been rejected",
];

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.is_from("listserv@") && letter.subject.starts_with(SUBJECT) && {
        let opening = &letter.words()[..letter.words().floor_char_boundary(500)];
        let opening = fold(opening);
        REFUSALS.iter().any(|words| opening.contains(words))
    }
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let said = notes.text.trim().split("\n\n").next()?;
    let (_, list) = *addresses_in(&letter.subject).first()?;
    let recipients = vec![ReportedRecipient::told(list, Action::Failed, said)];
    notes.report(None, recipients)
}
