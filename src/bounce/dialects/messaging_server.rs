//! Innosoft PMDF, and what Sun and Oracle made of it (iMS, Messaging Server), where only the words
//! arrived.
//!
//! ```text
//! This report relates to a message you sent with the following header fields:
//!
//!   Message-id: <1@example.org>
//!   Subject: Minutes
//!
//! Your message cannot be delivered to the following recipients:
//!
//!   Recipient address: bob@mailhost.example.net
//!   Original address: bob@example.net
//!   Reason: Remote SMTP server has rejected address
//!   Diagnostic code: smtp;550 5.1.1 User unknown
//!   Remote system: dns;mx.example.net (TCP|192.0.2.9|47323|192.0.2.1|25)
//! ```

use crate::bounce::notes::{Notes, lone_address};
use crate::bounce::report::{Action, Report, ReportedRecipient, ReturnedMessage};
use crate::bounce::text::one_line;

use super::Letter;

const OPENING: &str = "This report relates to a message you sent with the following header fields:";
const RECIPIENT: &str = "Recipient address";

pub fn recognizes(letter: &Letter<'_>) -> bool {
    let notes = letter.notes();
    notes.contains(OPENING)
        || notes.contains("  Recipient address: ") && notes.contains("  Reason: ")
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let mut notes = Notes::of(letter);
    let mut found: Vec<Vec<(&str, String)>> = Vec::new();
    let mut sent: Vec<(&str, String)> = Vec::new();
    for line in notes.text.lines() {
        let Some((label, value)) = line.trim().split_once(": ").filter(|_| is_field(line)) else {
            if line.starts_with("    ")
                && let Some((_, last)) = found.last_mut().and_then(|one| one.last_mut())
            {
                last.push(' ');
                last.push_str(line.trim());
            }
            continue;
        };
        if label == RECIPIENT {
            found.push(Vec::new());
        }
        let fields = found.last_mut().unwrap_or(&mut sent);
        fields.push((label, value.trim().to_owned()));
    }
    let waits = notes.text.contains("enqueued and undeliverable for")
        || notes.text.contains("will continue to try to deliver");
    let action = if waits {
        Action::Delayed
    } else {
        Action::Failed
    };
    let recipients = found.iter().filter_map(|fields| recipient(fields, action));
    let recipients = recipients.collect();
    if !notes.original.is_known() {
        notes.original = original(&sent);
    }
    let host = notes.sender_host();
    notes.report(host, recipients)
}

fn is_field(line: &str) -> bool {
    line.starts_with("  ") && !line.starts_with("    ")
}

fn value<'f>(fields: &'f [(&str, String)], name: &str) -> Option<&'f str> {
    let mut fields = fields.iter();
    fields
        .find(|(label, _)| label.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

fn recipient(fields: &[(&str, String)], action: Action) -> Option<ReportedRecipient> {
    let routed = |name| value(fields, name).and_then(unrouted);
    let address = routed(RECIPIENT);
    let original = routed("Original address");
    let untyped = |value: &str| {
        value
            .split_once(';')
            .map_or(value, |(_, said)| said)
            .to_owned()
    };
    let said = value(fields, "Diagnostic code").map(untyped);
    let reason = value(fields, "Reason").unwrap_or("");
    let said = match said {
        Some(said) => format!("{said} ({reason})"),
        None => reason.to_owned(),
    };
    let system = value(fields, "Remote system").map(untyped);
    let host = system.as_deref().and_then(|s| s.split([' ', '(']).next());
    let host = host.filter(|host| !host.is_empty());
    // the channel's address may be rewritten, to a host within or to none
    let told = ReportedRecipient::told(original.or(address)?, action, &one_line(&said));
    Some(told.from_host(host).sent_to(original))
}

/// `@relay.example.org:bob@example.net` is on its way through a host (RFC 5321 appendix C).
fn unrouted(address: &str) -> Option<&str> {
    let address = match address
        .strip_prefix('@')
        .and_then(|rest| rest.split_once(':'))
    {
        Some((_, address)) => address,
        None => address,
    };
    lone_address(address)
}

fn original(sent: &[(&str, String)]) -> ReturnedMessage {
    let get = |name| value(sent, name).map(str::to_owned);
    let bare = |name| get(name).map(|value| lone_address_in(&value).to_owned());
    ReturnedMessage {
        message_id: get("Message-id"),
        subject: get("Subject"),
        from: bare("From"),
        to: bare("To"),
        date: get("Date"),
        ..ReturnedMessage::default()
    }
}

/// `Bob <bob@example.net>` → `bob@example.net`
fn lone_address_in(value: &str) -> &str {
    let angle = value
        .rsplit_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    angle.map_or(value, |(address, _)| address)
}
