//! Message → Report: what was reported, by whom, about which recipients.

mod auto_reply;
mod delivery_status;
mod dialects;
mod feedback;
mod general;
mod letter;
mod machine_part;
mod nested;
mod notes;
mod phrase_set;
mod receipt;
mod report;
mod returned;
mod senders;
mod text;
mod words;

pub use delivery_status::is_delivery_status;
pub use phrase_set::{Phrase, PhraseSet, SHORT, Span, Starts};
pub use report::{Action, Kind, Report, ReportedRecipient, ReturnedMessage};
pub use senders::may_report;
pub use text::{first_reply, statuses};

use letter::Letter;

use crate::mail::{Envelope, Message};

/// Reads the report in a message; `None` if it is ordinary mail. Never fails: what a report does
/// not say stays unsaid.
///
/// What declares itself in a machine's words comes first: a complaint or a receipt may quote a
/// bounce, and is none. Delivery reports come next, in front of automatic replies, as Postfix and
/// Exim call their bounces `auto-replied`, and a lost bounce is worse than a lost vacation note.
pub fn read(envelope: &Envelope, message: &Message<'_>) -> Option<Report> {
    if message.unclear {
        return None;
    }
    if feedback::recognizes(envelope, message) {
        return Some(feedback::read(message));
    }
    if receipt::recognizes(envelope, message) {
        return Some(receipt::read(message));
    }
    read_delivery(envelope, message)
        .or_else(|| auto_reply::recognizes(envelope, message).then(|| auto_reply::read(message)))
}

/// A report without recipients tells of no delivery. Of free text, whoever says that a program
/// answers is believed first: a vacation note may quote anything.
fn read_delivery(envelope: &Envelope, message: &Message<'_>) -> Option<Report> {
    let mut report = delivery_status::read(message).or_else(|| {
        let letter = Letter::open(envelope, message);
        let known = delivery_status::read_words(&letter)
            .or_else(|| dialects::read(&letter))
            .or_else(|| nested::read(&letter));
        known.or_else(|| {
            let may_be =
                general::may_be_bounce(&letter) && !auto_reply::announces_itself(envelope, message);
            may_be.then(|| general::read(&letter)).flatten()
        })
    })?;
    if report.recipients.is_empty() {
        return None;
    }
    for recipient in &mut report.recipients {
        recipient.forget_missing_server();
    }
    report.kind = kind_of(&report.recipients);
    Some(report)
}

/// Whether a message with this header section may report a delivery, whatever its body is: `false` is
/// final. Who sees the header section first can let most mail go there.
pub fn may_be_of_delivery(envelope: &Envelope, message: &Message<'_>) -> bool {
    let root = &message.root().content_type;
    // A status part may lie in any multipart, or be all there is.
    let may_hold_status = root.is_multipart() || root.main == "message";
    may_hold_status || {
        let letter = Letter::open(envelope, message);
        dialects::may_be(&letter) || general::may_be_bounce(&letter)
    }
}

/// The gravest of what is reported.
fn kind_of(recipients: &[ReportedRecipient]) -> Kind {
    let kinds = recipients.iter().filter_map(|r| r.action).map(Action::kind);
    kinds.min().unwrap_or(Kind::Failure)
}

/// How reports are written: the names of [`Report::dialect`] where it is a delivery that is told of.
pub fn dialect_names() -> impl Iterator<Item = &'static str> {
    dialects::names().chain(["general", "rfc3464"])
}

/// Text in the form in which phrases are compared: lower case, one space between words, straight
/// apostrophes.
fn fold(text: &str) -> String {
    let line = text::one_line(text);
    if line.is_ascii() {
        return line.to_ascii_lowercase();
    }
    line.to_lowercase().replace('’', "'")
}
