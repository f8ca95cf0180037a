//! A report one level deeper: a gateway wraps the bounce that it has to pass on into a letter of its
//! own, with a line or two about it.

use crate::mail::Message;

use super::letter::Letter;
use super::report::Report;
use super::{delivery_status, returned};

/// The report in the enclosed message, if a mail system sends the letter. What a person forwards is
/// the person's own affair.
pub fn read(letter: &Letter<'_>) -> Option<Report> {
    if !(letter.from_mail_system || letter.null_path) {
        return None;
    }
    let message = letter.message;
    let mut parts = message.leaves().map(|id| message.part(id));
    let part = parts.find(|part| returned::is_returned(&part.content_type))?;
    let bytes = message.part_bytes(part);
    let inner = Message::read(&bytes, part.complete);
    if inner.unclear {
        return None;
    }
    delivery_status::read(&inner)
}
