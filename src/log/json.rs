//! One line as a JSON object, its keys those of the text form.

use std::borrow::Cow;

use serde::Serialize;

use super::text::MOST_NAMED;
use super::{AddressesInLog, micros};
use crate::event::{Event, MessagePassed};
use crate::mail::ReversePath;

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[expect(clippy::large_enum_variant, reason = "messages are the most of them")]
enum Line<'a> {
    Message(Message<'a>),
    NextHopFailed {
        door: &'a str,
        stage: &'a str,
        why: &'a str,
    },
    NextHopBack {
        door: &'a str,
    },
    Opened {
        door: &'a str,
        on: &'a str,
        tls: bool,
    },
    TurnedAway {
        door: &'a str,
        why: &'a str,
    },
    SessionBroken {
        door: &'a str,
        why: &'a str,
    },
    Reloaded {
        refused: Option<&'a str>,
        needs_restart: &'a [String],
    },
}

#[derive(Serialize)]
struct Message<'a> {
    id: &'a str,
    client_id: Option<Cow<'a, str>>,
    next_hop_id: Option<Cow<'a, str>>,
    door: &'a str,
    peer: Option<String>,
    /// Empty: the null reverse path.
    from: Option<Cow<'a, str>>,
    /// The first of them.
    to: Vec<Cow<'a, str>>,
    recipients: usize,
    size: u64,
    added: i64,
    kind: &'a str,
    cause: Option<&'a str>,
    rule: Option<&'a str>,
    note: Option<&'a str>,
    outcome: &'a str,
    reply: Option<u16>,
    said: Option<Cow<'a, str>>,
    received_us: u64,
    annotated_us: u64,
    next_hop_us: u64,
    took_us: u64,
}

pub(super) fn line(event: &Event, addresses: AddressesInLog) -> Option<String> {
    let line = match event {
        Event::MessagePassed(passed) => Line::Message(message(passed, addresses)),
        Event::NextHopFailed { door, stage, why } => Line::NextHopFailed {
            door,
            stage: stage.name(),
            why,
        },
        Event::NextHopBack { door } => Line::NextHopBack { door },
        Event::Opened { door, place, tls } => Line::Opened {
            door,
            on: place,
            tls: *tls,
        },
        Event::TurnedAway { door, why } => Line::TurnedAway {
            door,
            why: why.name(),
        },
        Event::SessionBroken { door, why } => Line::SessionBroken { door, why },
        Event::Reloaded {
            refused,
            needs_restart,
        } => Line::Reloaded {
            refused: refused.as_deref(),
            needs_restart,
        },
        Event::SessionOpened { .. } | Event::SessionClosed { .. } => return None,
    };
    let json = serde_json::to_string(&line).expect("a line has string keys only");
    Some(in_ascii(&json) + "\n")
}

/// JSON stays what it is, and a terminal shows nothing that turns or hides what stands beside it.
fn in_ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() && c != '\x7f' {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

fn message(passed: &MessagePassed, addresses: AddressesInLog) -> Message<'_> {
    let from = passed.reverse_path.as_ref().map(|path| match path {
        ReversePath::Null => Cow::Borrowed(""),
        ReversePath::Mailbox(mailbox) => addresses.shown(mailbox),
    });
    let named = passed.forward_paths.iter().take(MOST_NAMED);
    let reply = passed.reply.as_ref();
    let took = passed.durations;
    Message {
        id: &passed.id,
        client_id: passed.client_id.as_deref().map(|id| addresses.shown_in(id)),
        next_hop_id: passed.next_hop_id().map(|id| addresses.shown_in(id)),
        door: passed.door,
        peer: passed.peer.map(|peer| peer.to_string()),
        from,
        to: named.map(|path| addresses.shown(path)).collect(),
        recipients: passed.forward_paths.len(),
        size: passed.size_bytes,
        added: passed.added_bytes,
        kind: passed.summary.kind,
        cause: passed.summary.cause,
        rule: passed.summary.rule.as_deref(),
        note: passed.summary.note,
        outcome: passed.outcome.name(),
        reply: reply.map(|(code, _)| *code),
        said: reply.map(|(_, text)| addresses.shown_in(text)),
        received_us: micros(took.receiving),
        annotated_us: micros(took.annotating),
        next_hop_us: micros(took.next_hop),
        took_us: micros(took.whole),
    }
}
