//! One line as `key=value`.

use std::fmt::Write as _;
use std::time::Duration;

use super::AddressesInLog;
use crate::event::{Event, MessagePassed};
use crate::mail::{ReversePath, put_ip};

/// Recipients named in a line; of more, only the number is said.
pub(super) const MOST_NAMED: usize = 10;

/// Most lines are no longer.
const USUAL_LENGTH: usize = 512;

pub(super) fn line(event: &Event, addresses: AddressesInLog) -> Option<String> {
    if super::is_quiet(event) {
        return None;
    }
    let mut line = String::with_capacity(USUAL_LENGTH);
    line.push_str("plainbounce: ");
    write(&mut line, event, addresses).expect("writing to a string cannot fail");
    line.push('\n');
    Some(line)
}

fn write(line: &mut String, event: &Event, addresses: AddressesInLog) -> std::fmt::Result {
    match event {
        Event::MessagePassed(passed) => message_passed(line, passed, addresses),
        Event::NextHopFailed { door, stage, why } => {
            let stage = stage.name();
            write!(line, "door={door} next_hop=failed stage={stage} why={why}")
        }
        Event::NextHopBack { door } => write!(line, "door={door} next_hop=back"),
        Event::Opened { door, place, tls } => {
            let tls = if *tls { ", with TLS" } else { "" };
            match *door {
                "console" => write!(line, "console open on {place}"),
                door => write!(line, "{door} door open on {place}{tls}"),
            }
        }
        Event::TurnedAway { door, why } => {
            write!(line, "door={door} client=turned-away why={}", why.name())
        }
        Event::SessionBroken { door, why } => write!(line, "door={door} client=left why={why}"),
        Event::Reloaded {
            refused: Some(why), ..
        } => {
            let why = why.replace(['\r', '\n'], " ");
            write!(line, "settings not reloaded, the old ones stay: {why}")
        }
        Event::Reloaded { needs_restart, .. } if needs_restart.is_empty() => {
            line.write_str("settings reloaded")
        }
        Event::Reloaded { needs_restart, .. } => {
            let keys = needs_restart.join(", ");
            write!(line, "settings reloaded; only after a restart: {keys}")
        }
        Event::SessionOpened { .. } | Event::SessionClosed { .. } => Ok(()),
    }
}

fn message_passed(
    line: &mut String,
    passed: &MessagePassed,
    addresses: AddressesInLog,
) -> std::fmt::Result {
    line.push_str("id=");
    line.push_str(&passed.id);
    if let Some(id) = &passed.client_id {
        pair(line, " client_id=", &addresses.shown_in(id));
    }
    if let Some(id) = passed.next_hop_id() {
        pair(line, " next_hop_id=", &addresses.shown_in(id));
    }
    pair(line, " door=", passed.door);
    if let Some(peer) = passed.peer {
        line.push_str(" peer=");
        put_ip(line, peer);
    }
    match &passed.reverse_path {
        Some(ReversePath::Null) => line.push_str(" from=<>"),
        Some(ReversePath::Mailbox(mailbox)) => {
            address(line, " from=<", &addresses.shown(mailbox));
        }
        None => {}
    }
    for recipient in passed.forward_paths.iter().take(MOST_NAMED) {
        address(line, " to=<", &addresses.shown(recipient));
    }
    number(line, " recipients=", passed.forward_paths.len());
    number(line, " size=", passed.size_bytes);
    number(line, " added=", passed.added_bytes);
    pair(line, " kind=", passed.summary.kind);
    if let Some(cause) = passed.summary.cause {
        pair(line, " cause=", cause);
    }
    if let Some(rule) = &passed.summary.rule {
        pair(line, " rule=", rule);
    }
    if let Some(note) = passed.summary.note {
        pair(line, " note=", note);
    }
    pair(line, " outcome=", passed.outcome.name());
    if let Some((code, text)) = &passed.reply {
        number(line, " reply=", *code);
        pair(line, " said=", &addresses.shown_in(text));
    }
    let took = passed.durations;
    duration(line, " received=", took.receiving);
    duration(line, " annotated=", took.annotating);
    duration(line, " next_hop=", took.next_hop);
    duration(line, " took=", took.whole);
    Ok(())
}

// Without `write!`, as there is a line for each message.

fn pair(line: &mut String, key: &str, value: &str) {
    line.push_str(key);
    escape(line, value);
}

fn address(line: &mut String, key: &str, address: &str) {
    pair(line, key, address);
    line.push('>');
}

fn number(line: &mut String, key: &str, number: impl itoa::Integer) {
    line.push_str(key);
    line.push_str(itoa::Buffer::new().format(number));
}

fn duration(line: &mut String, key: &str, duration: Duration) {
    number(line, key, super::micros(duration));
    line.push_str("us");
}

/// What may stand in a value as it is.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        plain[byte as usize] = !matches!(byte, b'"' | b'=' | b'\\');
        byte += 1;
    }
    plain
};

/// No space, quote, `=` or control character is left; a long value is cut.
fn escape(line: &mut String, text: &str) {
    const LONGEST: usize = 320;
    if !text.is_empty() && text.len() <= LONGEST && text.bytes().all(|b| PLAIN[usize::from(b)]) {
        return line.push_str(text);
    }
    for c in text.chars().take(LONGEST) {
        match c {
            ' ' => line.push_str("\\s"),
            '\\' => line.push_str("\\\\"),
            '!'..='~' if !matches!(c, '"' | '=') => line.push(c),
            c => line.extend(c.escape_unicode()),
        }
    }
    if text.is_empty() {
        line.push('-');
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn escaped() {
        let check = |text: &str, expected: &str| {
            let mut line = String::new();
            super::escape(&mut line, text);
            assert_eq!(line, expected);
        };
        check("bob@example.org", "bob@example.org");
        check("a b=c\r\n\u{202e}", "a\\sb\\u{3d}c\\u{d}\\u{a}\\u{202e}");
        check("", "-");
    }
}
