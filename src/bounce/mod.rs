//! Message → Report: what was reported, by whom, about which recipients.

mod delivery_status;
mod dialects;
mod general;
mod letter;
mod report;
mod returned;
mod text;
mod words;

pub use delivery_status::is_delivery_status;
pub use report::{Action, Kind, Report, ReportedRecipient, ReturnedMessage};
pub use text::{first_reply, first_status};

use letter::Letter;

use crate::mail::{Envelope, Message};

/// Reads the report in a message; `None` if it is ordinary mail. Never fails: what a report does
/// not say stays unsaid.
pub fn read(envelope: &Envelope, message: &Message<'_>) -> Option<Report> {
    if message.unclear {
        return None;
    }
    let mut report = delivery_status::read(message).or_else(|| {
        let letter = Letter::open(envelope, message);
        delivery_status::read_words(&letter)
            .or_else(|| dialects::read(&letter))
            .or_else(|| general::read(&letter))
    })?;
    if report.recipients.is_empty() {
        return None;
    }
    report.kind = kind_of(&report.recipients);
    Some(report)
}

/// The gravest of what is reported.
fn kind_of(recipients: &[ReportedRecipient]) -> Kind {
    let kinds = recipients.iter().filter_map(|r| r.action).map(Action::kind);
    kinds.min().unwrap_or(Kind::Failure)
}

/// Text in the form in which phrases are compared: lower case, one space between words.
fn fold(text: &str) -> String {
    text::one_line(text).to_lowercase()
}
