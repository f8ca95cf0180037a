//! Receipts: that a message was displayed, deleted or otherwise disposed of (RFC 8098), in its own
//! format or in Exchange's (TNEF, \[MS-OXTNEF\]).
//!
//! A receipt that says "deleted" or "failed" is a receipt, too: the message was delivered.

use crate::mail::{Envelope, Message, Part};

use super::report::{Kind, Report, ReturnedMessage};
use super::{machine_part, returned};

const REPORT_TYPE: &str = "disposition-notification";

pub fn recognizes(_: &Envelope, message: &Message<'_>) -> bool {
    machine_part::is_report(message, REPORT_TYPE) || is_tnef(message)
}

pub fn read(message: &Message<'_>) -> Report {
    Report {
        original: original(message),
        ..Report::without_recipients(Kind::Receipt, "rfc8098")
    }
}

/// What came back, with the Message-ID that the machine's part names (RFC 8098 §3.2.5).
fn original(message: &Message<'_>) -> ReturnedMessage {
    let part = machine_part::find(message, REPORT_TYPE);
    let named = part.and_then(|part| machine_part::field(message, part, "Original-Message-ID"));
    let returned = returned::find(message, part.unwrap_or(Message::ROOT)).unwrap_or_default();
    ReturnedMessage {
        message_id: named.or(returned.message_id),
        ..returned
    }
}

/// Exchange to Exchange, and whoever else gets it: the whole receipt is a winmail.dat.
fn is_tnef(message: &Message<'_>) -> bool {
    message
        .leaves()
        .map(|id| message.part(id))
        .filter(|part| is_tnef_type(part))
        .filter_map(|part| message_class(&message.part_bytes(part)))
        .any(|class| {
            // REPORT.IPM.Note.IPNRN: read; .IPNNRN: not read; \[MS-OXTNEF\] 2.1.3.3.11 for the other
            class.starts_with("report.")
                && (class.ends_with(".ipnrn") || class.ends_with(".ipnnrn"))
                || class == "ipm.microsoft mail.read receipt"
        })
}

fn is_tnef_type(part: &Part) -> bool {
    part.content_type.is("application", "ms-tnef")
        || part.content_type.is("application", "vnd.ms-tnef")
}

/// The value of attMessageClass in lower case. It stands among the first attributes, each of which
/// is a level, an id, a length, so many bytes and a checksum, the numbers in little endian.
fn message_class(tnef: &[u8]) -> Option<String> {
    const SIGNATURE: [u8; 4] = [0x78, 0x9f, 0x3e, 0x22];
    const MESSAGE_CLASS: [u8; 4] = [0x08, 0x80, 0x07, 0x00];
    const FIRST_ATTRIBUTES: usize = 32;
    let mut rest = tnef.strip_prefix(&SIGNATURE)?.get(2..)?;
    for _ in 0..FIRST_ATTRIBUTES {
        let id = rest.get(1..5)?;
        let length = u32::from_le_bytes(rest.get(5..9)?.try_into().ok()?);
        let length = usize::try_from(length).ok()?;
        let data = rest.get(9..)?.get(..length)?;
        if id == MESSAGE_CLASS {
            let text = String::from_utf8_lossy(data);
            return Some(text.trim_end_matches('\0').to_ascii_lowercase());
        }
        rest = rest.get(9..)?.get(length..)?.get(2..)?;
    }
    None
}
