//! What a relaying door works with. A session keeps what it began with, whatever is read
//! anew; its next message has the new rules and words.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::command::Verb;
use super::data::BareNewline;
use super::networks::Networks;
use super::pool::Pool;
use super::tls::{Fingerprint, TlsForClients};
use crate::annotator::Annotator;
use crate::event::Events;

/// What the client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// RFC 5321
    Smtp,
    /// RFC 2033
    Lmtp,
}

impl Protocol {
    /// RFC 2033 §4.1: one protocol is not taken for the other.
    pub fn greets_with(self, verb: Verb) -> bool {
        (self == Self::Lmtp) == (verb == Verb::Lhlo)
    }

    /// As events name the door.
    pub fn name(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Lmtp => "lmtp",
        }
    }
}

pub struct Settings {
    pub protocol: Protocol,
    pub hostname: String,
    /// Put a `Received` field in front.
    pub received: bool,
    pub bare_newline: BareNewline,
    pub access: Access,
    pub limits: Limits,
    /// None: STARTTLS is not offered.
    pub tls: Option<TlsForClients>,
    pub next_hop: Arc<Pool>,
    /// Take several recipients for a next hop that may answer differently for each, though our
    /// client hears one reply for all.
    pub trust_next_hop_replies: bool,
    /// Bytes.
    pub head_size: usize,
    /// For annotating one message.
    pub time_limit: Duration,
    /// The one in force: each message asks anew which that is.
    pub annotator: watch::Receiver<Annotator>,
    pub events: Events,
}

/// Who may speak, and who may say whom they speak for.
#[derive(Debug, Clone)]
pub struct Access {
    pub allow_from: Networks,
    /// Of client certificates; who has one may speak from anywhere.
    pub allow_certificates: Vec<Fingerprint>,
    pub proxy_protocol_from: Networks,
    pub xclient_from: Networks,
}

#[derive(Debug, Clone)]
pub struct Limits {
    /// At a time.
    pub connections: usize,
    pub connections_per_address: usize,
    pub commands: usize,
    /// Commands that we refused, without those that the next hop did.
    pub errors: usize,
    pub recipients: usize,
    pub message_bytes: u64,
    pub command_bytes: usize,
    /// For each command or piece of content.
    pub client: Duration,
    pub message: Duration,
    pub session: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        Self {
            connections: 1000,
            connections_per_address: 1000,
            commands: 100_000,
            errors: 100,
            recipients: 1000,
            message_bytes: 50 << 20,
            command_bytes: 2048,
            client: 5 * MINUTE,
            message: 60 * MINUTE,
            session: 24 * 60 * MINUTE,
        }
    }
}
