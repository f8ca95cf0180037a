//! What a message leaves behind: its `Received` field, and what is told of it at its end.

use std::io;

use time::OffsetDateTime;

use super::Passage;
use crate::annotator::Summary;
use crate::doors::relay::command::Verb;
use crate::doors::relay::received::Received;
use crate::doors::relay::reply::Reply;
use crate::doors::relay::session::{Open, Session};
use crate::event::{self, Event, MessagePassed};

impl Session {
    /// Of a message that never came to its end.
    pub(super) fn tell_of_a_torso(&mut self, passage: &mut Passage, note: &'static str) {
        let summary = Summary {
            kind: "ordinary",
            note: Some(note),
            ..Summary::default()
        };
        passage.durations.whole = passage.began.elapsed();
        passage.durations.receiving = passage.durations.whole;
        self.tell(passage, summary, None, &[]);
    }

    pub(super) fn received(&self, id: &str, open: &Open) -> String {
        let Some(hello) = self.hello.as_ref().filter(|_| self.settings.received) else {
            return String::new();
        };
        let at = OffsetDateTime::now_utc();
        Received {
            hello: &hello.name,
            peer: self.peer.address,
            hostname: &self.settings.hostname,
            protocol: protocol(hello.verb, open.is_utf8(), self.client.stream().is_tls()),
            id,
            at,
        }
        .field()
    }

    /// The last that is done with a message: what is known of it goes into the event.
    pub(super) fn tell(
        &mut self,
        passage: &mut Passage,
        summary: Summary,
        added: Option<i64>,
        replies: &[Reply],
    ) {
        let worst = replies.iter().max_by_key(|reply| reply.gravity());
        let passed = replies.iter().any(Reply::is_positive);
        let outcome = match (passed, added) {
            (false, _) => event::Outcome::Failed,
            (true, Some(_)) => event::Outcome::Annotated,
            (true, None) => event::Outcome::Untouched,
        };
        let envelope = std::mem::take(&mut passage.open).into_envelope();
        let passed = MessagePassed {
            id: std::mem::take(&mut passage.id),
            // What XFORWARD says is of one message.
            client_id: self.peer.queue_id.take(),
            door: self.settings.protocol.name(),
            peer: self.peer.address,
            reverse_path: envelope.reverse_path,
            forward_paths: envelope.forward_paths,
            size_bytes: passage.size,
            added_bytes: added.filter(|_| passed).unwrap_or(0),
            outcome,
            summary,
            reply: worst.map(|reply| (reply.code, reply.text())),
            durations: passage.durations,
        };
        self.settings.events.send(&Event::MessagePassed(passed));
    }
}

/// Why a message never came to its end.
pub(super) fn torso_note(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::TimedOut => "client-timeout",
        // It was sent away.
        io::ErrorKind::InvalidData => "too-many-errors",
        _ => "client-gone",
    }
}

/// RFC 3848, RFC 6531 §4.3.
fn protocol(verb: Verb, utf8: bool, tls: bool) -> &'static str {
    match (verb, utf8, tls) {
        (Verb::Lhlo, false, false) => "LMTP",
        (Verb::Lhlo, false, true) => "LMTPS",
        (Verb::Lhlo, true, false) => "UTF8LMTP",
        (Verb::Lhlo, true, true) => "UTF8LMTPS",
        (_, true, false) => "UTF8SMTP",
        (_, true, true) => "UTF8SMTPS",
        (Verb::Ehlo, false, true) => "ESMTPS",
        (Verb::Ehlo, false, false) => "ESMTP",
        (Verb::Helo, false, _) => "SMTP",
    }
}
