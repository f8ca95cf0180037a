//! One line as `key=value`.

use std::fmt::Write as _;

use super::AddressesInLog;
use crate::event::{Event, MessagePassed};
use crate::mail::ReversePath;

/// Recipients named in a line; of more, only the number is said.
pub(super) const MOST_NAMED: usize = 10;

pub(super) fn line(event: &Event, addresses: AddressesInLog) -> Option<String> {
    if super::is_quiet(event) {
        return None;
    }
    let mut line = "plainbounce: ".to_owned();
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
    write!(line, "id={}", passed.id)?;
    if let Some(id) = &passed.client_id {
        write!(line, " client_id={}", escaped(id))?;
    }
    if let Some(id) = passed.next_hop_id() {
        write!(line, " next_hop_id={}", escaped(id))?;
    }
    write!(line, " door={}", passed.door)?;
    if let Some(peer) = passed.peer {
        write!(line, " peer={peer}")?;
    }
    match &passed.reverse_path {
        Some(ReversePath::Null) => line.push_str(" from=<>"),
        Some(ReversePath::Mailbox(mailbox)) => {
            write!(line, " from=<{}>", escaped(&addresses.shown(mailbox)))?;
        }
        None => {}
    }
    for recipient in passed.forward_paths.iter().take(MOST_NAMED) {
        write!(line, " to=<{}>", escaped(&addresses.shown(recipient)))?;
    }
    let (recipients, size) = (passed.forward_paths.len(), passed.size_bytes);
    write!(line, " recipients={recipients} size={size}")?;
    let kind = escaped(passed.summary.kind);
    write!(line, " added={} kind={kind}", passed.added_bytes)?;
    if let Some(cause) = passed.summary.cause {
        write!(line, " cause={}", escaped(cause))?;
    }
    if let Some(rule) = &passed.summary.rule {
        write!(line, " rule={}", escaped(rule))?;
    }
    if let Some(note) = passed.summary.note {
        write!(line, " note={}", escaped(note))?;
    }
    write!(line, " outcome={}", passed.outcome.name())?;
    if let Some((code, text)) = &passed.reply {
        write!(line, " reply={code} said={}", escaped(text))?;
    }
    let took = passed.durations;
    write!(line, " received={}us", took.receiving.as_micros())?;
    write!(line, " annotated={}us", took.annotating.as_micros())?;
    write!(line, " next_hop={}us", took.next_hop.as_micros())?;
    write!(line, " took={}us", took.whole.as_micros())
}

/// No space, quote, `=` or control character is left; a long value is cut.
fn escaped(text: &str) -> String {
    const LONGEST: usize = 320;
    let mut out = String::with_capacity(text.len());
    for c in text.chars().take(LONGEST) {
        match c {
            ' ' => out.push_str("\\s"),
            '\\' => out.push_str("\\\\"),
            '!'..='~' if !matches!(c, '"' | '=') => out.push(c),
            c => out.extend(c.escape_unicode()),
        }
    }
    if text.is_empty() {
        out.push('-');
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn escaped() {
        let check = |text: &str, expected: &str| assert_eq!(super::escaped(text), expected);
        check("bob@example.org", "bob@example.org");
        check("a b=c\r\n\u{202e}", "a\\sb\\u{3d}c\\u{d}\\u{a}\\u{202e}");
        check("", "-");
    }
}
