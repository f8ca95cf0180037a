//! PowerMTA, where the delivery status part was lost on the way.
//!
//! ```text
//! Hello, this is the mail server on mx.example.org.
//!
//! I am sending you this message to inform you on the delivery status of a
//! message you previously sent.  Immediately below you will find a list of
//! the affected recipients;  also attached is a Delivery Status Notification
//! (DSN) report in standard format, as well as the headers of the original
//! message.
//!
//!   <bob@example.net>  delivery failed; will not continue trying
//! ```
//!
//! Others are `delivery delayed; will continue trying` and `relayed to non-DSN-capable mailer`.

use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::words::{bracketed, entries};

use super::Letter;

const OPENING: &str = "Hello, this is the mail server on ";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    letter.opens_with(OPENING) && letter.says("inform you on the delivery status of a")
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let entries = entries(notes.text, bracketed);
    let recipients = entries.iter();
    let recipients =
        recipients.map(|(address, said)| ReportedRecipient::told(address, action(said), ""));
    let recipients = recipients.collect();
    let reporter = notes.word_behind(OPENING);
    notes.report(reporter, recipients)
}

fn action(said: &str) -> Action {
    let said = said.trim_start();
    if said.starts_with("delivery delayed") {
        Action::Delayed
    } else if said.starts_with("relayed") {
        Action::Relayed
    } else if said.starts_with("delivered") {
        Action::Delivered
    } else {
        Action::Failed
    }
}
