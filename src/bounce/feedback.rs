//! Abuse reports in the format of feedback loops (RFC 5965; RFC 6591 for failed authentication).
//!
//! Aggregate reports on DMARC (RFC 7489 §7.2) and TLS (RFC 8460) are statistics about many
//! messages, and ordinary mail here.

use crate::mail::{Envelope, Message, decode_header_text, parse_addresses};

use super::report::{Kind, Report, ReturnedMessage};
use super::{machine_part, returned};

const REPORT_TYPE: &str = "feedback-report";

pub fn recognizes(_: &Envelope, message: &Message<'_>) -> bool {
    machine_part::is_report(message, REPORT_TYPE) || is_hotmail(message) || is_xarf(message)
}

pub fn read(message: &Message<'_>) -> Report {
    let part = machine_part::find(message, REPORT_TYPE);
    let reporting_mta = part.and_then(|part| machine_part::field(message, part, "Reporting-MTA"));
    let name = |value: String| match value.split_once(';') {
        Some((_, name)) => name.trim().to_owned(),
        None => value,
    };
    Report {
        reporting_mta: reporting_mta.map(name).filter(|name| !name.is_empty()),
        original: original(message),
        ..Report::without_recipients(Kind::Feedback, "rfc5965")
    }
}

/// RFC 5965 §2: the third part is the message complained about. Some put it in front of the second.
fn original(message: &Message<'_>) -> ReturnedMessage {
    let returned = machine_part::find(message, REPORT_TYPE)
        .and_then(|part| returned::find(message, part))
        .or_else(|| returned::find(message, Message::ROOT));
    returned.unwrap_or_default()
}

/// Hotmail's and Outlook.com's reports (JMRP) are older than the RFC: the message complained about,
/// in a multipart/mixed of its own, `Subject: complaint about message from 192.0.2.1`.
fn is_hotmail(message: &Message<'_>) -> bool {
    let hosts = [
        "@hotmail.com",
        "@outlook.com",
        "@live.com",
        "@microsoft.com",
    ];
    let from_hotmail = || {
        let from = message.field("From").map(parse_addresses);
        from.unwrap_or_default().iter().any(|address| {
            let address = address.to_ascii_lowercase();
            address.starts_with("staff@") && hosts.iter().any(|host| address.ends_with(host))
        })
    };
    let complains = || {
        let subject = message.field("Subject").map(decode_header_text);
        subject
            .unwrap_or_default()
            .to_ascii_lowercase()
            .starts_with("complaint about message from ")
    };
    let mut leaves = message.leaves().map(|id| message.part(id));
    let has_message = leaves.any(|part| part.content_type.is("message", "rfc822"));
    has_message && complains() && from_hotmail()
}

/// Network abuse in XARF (xarf.org), which has a field of its own; its name had one X more before.
fn is_xarf(message: &Message<'_>) -> bool {
    let kinds = ["yes", "plain", "secure", "bulk"];
    let said = ["X-XARF", "X-ARF"]
        .iter()
        .find_map(|name| message.field(name));
    let said = said.map(|value| value.trim_ascii().to_ascii_lowercase());
    said.is_some_and(|said| kinds.iter().any(|kind| kind.as_bytes() == said))
        && message.root().content_type.is_multipart()
}
