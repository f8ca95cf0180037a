//! All that can happen to a message in a door, as plain data for whoever listens.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use memchr::memmem::find;

use crate::annotator::Summary;
use crate::mail::{ForwardPath, ReversePath};

#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "events are lent, and messages are the most of them"
)]
pub enum Event {
    /// A whole message came in and was answered.
    MessagePassed(MessagePassed),
    /// The next hop was not there, or was lost; the client was told to come again.
    NextHopFailed {
        door: &'static str,
        stage: Stage,
        why: &'static str,
    },
    /// It answers again.
    NextHopBack {
        door: &'static str,
    },
    /// A door takes connections from now on; the console is one, too.
    Opened {
        door: &'static str,
        place: String,
        tls: bool,
    },
    SessionOpened {
        door: &'static str,
    },
    SessionClosed {
        door: &'static str,
    },
    /// A client was sent away before it could say anything.
    TurnedAway {
        door: &'static str,
        why: TurnedAway,
    },
    /// A client did what no protocol has, and was left.
    SessionBroken {
        door: &'static str,
        why: &'static str,
    },
    /// The settings were read anew, by whomever it was asked.
    Reloaded {
        /// What was wrong with them; the old ones stay in force.
        refused: Option<String>,
        /// Keys that count only after a restart.
        needs_restart: Vec<String>,
    },
}

/// Where a message, or its envelope, was when something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    Connect,
    Envelope,
    Data,
    End,
}

impl Stage {
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Envelope => "envelope",
            Self::Data => "data",
            Self::End => "end",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnedAway {
    TooManyConnections,
    NotAllowed,
    /// It came from where only connections with a PROXY header come from.
    NoProxyHeader,
}

impl TurnedAway {
    pub fn name(self) -> &'static str {
        match self {
            Self::TooManyConnections => "too-many-connections",
            Self::NotAllowed => "not-allowed",
            Self::NoProxyHeader => "no-proxy-header",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagePassed {
    /// Ours, the same as in the `Received` field.
    pub id: String,
    /// The client's, where it said so (XFORWARD; of a milter's MTA, the queue id).
    pub client_id: Option<String>,
    pub door: &'static str,
    /// The client; none on a pipe or a socket without an address.
    pub peer: Option<IpAddr>,
    pub reverse_path: Option<ReversePath>,
    /// Those that the next hop took.
    pub forward_paths: Vec<ForwardPath>,
    /// As it came, without SMTP's transparency.
    pub size_bytes: u64,
    /// By the edit; the `Received` field is not counted.
    pub added_bytes: i64,
    pub outcome: Outcome,
    pub summary: Summary,
    /// The code and first line that the client got; the worst, where it got one for each recipient.
    pub reply: Option<(u16, String)>,
    pub durations: Durations,
}

impl MessagePassed {
    /// The next hop's id of the message, where its reply names one.
    pub fn next_hop_id(&self) -> Option<&str> {
        let (_, text) = self.reply.as_ref().filter(|(code, _)| code / 100 == 2)?;
        // Sendmail and OpenSMTPD.
        if let Some(before) = text.strip_suffix(" Message accepted for delivery") {
            // Behind the status code, if there is one.
            return before.rsplit(' ').next().filter(|id| !id.contains('.'));
        }
        // Postfix and most others; Exim, Exchange and Dovecot.
        const MARKS: [&str; 5] = ["queued as ", "delivered as ", " id=", "InternalId=", "> "];
        let at = MARKS
            .iter()
            .find_map(|mark| Some(find(text.as_bytes(), mark.as_bytes())? + mark.len()))?;
        let id = text[at..].split([' ', ',', ';', '>']).next()?;
        (!id.is_empty()).then_some(id)
    }
}

/// How long it took, stage by stage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Durations {
    /// From the go-ahead for content to the reply.
    pub whole: Duration,
    /// Until the annotator could be asked: its head was in hand.
    pub receiving: Duration,
    pub annotating: Duration,
    /// From the last of the content to the next hop's word.
    pub next_hop: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It went on with the notice.
    Annotated,
    /// It went on as it came.
    Untouched,
    /// It did not go on.
    Failed,
}

impl Outcome {
    /// As the log and the metrics name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Annotated => "annotated",
            Self::Untouched => "untouched",
            Self::Failed => "failed",
        }
    }
}

/// Who hears of events. Cheap to clone; a listener must not wait.
#[derive(Clone, Default)]
pub struct Events {
    listeners: Vec<Listener>,
}

pub type Listener = Arc<dyn Fn(&Event) + Send + Sync>;

impl Events {
    pub fn heard_by(listeners: Vec<Listener>) -> Self {
        Self { listeners }
    }

    pub fn send(&self, event: &Event) {
        self.listeners.iter().for_each(|listener| listener(event));
    }
}
