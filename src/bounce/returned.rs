//! The returned message, or the header section of it (RFC 6522 §3).

use std::ops::Range;

use crate::mail::{ContentType, HeaderSection, Message, PartId};
use crate::mail::{decode_header_text, parse_addresses, unfold};

use super::report::ReturnedMessage;

/// No header section is longer.
const MOST_HEADER: usize = 64 << 10;

/// The returned message that stands in a part behind the delivery status part.
pub fn find(message: &Message<'_>, status_part: PartId) -> Option<ReturnedMessage> {
    let part = message
        .leaves()
        .filter(|&id| id > status_part)
        .map(|id| message.part(id))
        .find(|part| is_returned(&part.content_type))?;
    let bytes = message.part_start(part, MOST_HEADER);
    Some(read(&bytes, 0..bytes.len()))
}

/// Whether a part holds a returned message or its header section.
pub fn is_returned(content_type: &ContentType) -> bool {
    let sub = content_type.sub.as_str();
    match content_type.main.as_str() {
        "message" => matches!(
            sub,
            "rfc822" | "global" | "global-headers" | "rfc822-headers" | "partial" | "news"
        ),
        // `rfc822-header` is a slip that some feedback loops make
        "text" => matches!(
            sub,
            "rfc822-headers" | "rfc822-header" | "rfc822" | "global-headers"
        ),
        _ => false,
    }
}

/// Reads the fields of a returned message that lies at `range`; empty lines in front do not count.
pub fn read(bytes: &[u8], range: Range<usize>) -> ReturnedMessage {
    let start = bytes[range.clone()]
        .iter()
        .position(|b| !b.is_ascii_whitespace());
    let start = range.start + start.unwrap_or(range.len());
    let section = HeaderSection::read(bytes, start..range.end);
    let mut out = ReturnedMessage::default();
    for field in &section.fields {
        let value = &bytes[field.value.clone()];
        out.take(&bytes[field.name.clone()], value);
    }
    out
}

impl ReturnedMessage {
    fn take(&mut self, name: &[u8], value: &[u8]) {
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted.as_bytes());
        if is("Message-ID") {
            keep(&mut self.message_id, value, unfold);
        } else if is("Subject") {
            keep(&mut self.subject, value, decode_header_text);
        } else if is("From") {
            keep(&mut self.from, value, addresses);
        } else if is("To") {
            keep(&mut self.to, value, addresses);
        } else if is("Date") {
            keep(&mut self.date, value, unfold);
        } else if is("Received") {
            self.take_received(value);
        } else if is("Delivered-To") || is("X-Original-To") || is("Envelope-To") {
            self.take_sent_for(&addresses(value));
        } else if is("Content-Language") || is("Accept-Language") {
            self.take_languages(&unfold(value));
        }
    }

    /// RFC 5321 §4.4: `from … by … for <bob@example.net>; date`
    fn take_received(&mut self, value: &[u8]) {
        let Some(at) = memchr::memmem::find(value, b"for <") else {
            return;
        };
        let rest = &value[at + 5..];
        if let Some(end) = memchr::memchr(b'>', rest) {
            self.take_sent_for(&String::from_utf8_lossy(&rest[..end]));
        }
    }

    fn take_sent_for(&mut self, address: &str) {
        let known = self.sent_for.iter().any(|one| one == address);
        if !known && self.sent_for.len() < 8 {
            self.sent_for.push(address.to_owned());
        }
    }

    fn take_languages(&mut self, list: &str) {
        for one in list.split(',') {
            let tag = one.split(';').next().unwrap_or("").trim();
            let plausible = tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            if !tag.is_empty() && plausible && self.languages.len() < 8 {
                self.languages.push(tag.to_owned());
            }
        }
    }
}

/// The first field of a name counts.
fn keep(slot: &mut Option<String>, value: &[u8], read: fn(&[u8]) -> String) {
    if slot.is_none() {
        *slot = Some(read(value)).filter(|value| !value.is_empty());
    }
}

fn addresses(value: &[u8]) -> String {
    let list = parse_addresses(value);
    if list.is_empty() {
        decode_header_text(value)
    } else {
        list.join(", ")
    }
}
