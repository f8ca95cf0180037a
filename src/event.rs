//! All that can happen to a message in a door, as plain data for whoever listens.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::annotator::Summary;
use crate::mail::ReversePath;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A whole message came in and was answered.
    MessagePassed(MessagePassed),
    /// The next hop was not there, or was lost; the client was told to come again.
    NextHopFailed {
        door: &'static str,
        why: &'static str,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagePassed {
    /// Ours, the same as in the `Received` field.
    pub id: String,
    pub door: &'static str,
    /// The client; none on a pipe or a socket without an address.
    pub peer: Option<IpAddr>,
    pub reverse_path: Option<ReversePath>,
    /// How many recipients the next hop took.
    pub forward_paths: usize,
    /// As it came, without SMTP's transparency.
    pub size_bytes: u64,
    /// By the edit; the `Received` field is not counted.
    pub added_bytes: i64,
    pub outcome: Outcome,
    pub summary: Summary,
    /// The code and first line that the client got.
    pub reply: Option<(u16, String)>,
    /// From the end of DATA's dialogue to the reply.
    pub duration: Duration,
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
