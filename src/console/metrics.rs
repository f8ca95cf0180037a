//! Hears events and counts them, for Prometheus (OpenMetrics text).

use std::sync::{Arc, OnceLock};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::event::{Event, Listener, MessagePassed, Outcome};

pub struct Metrics {
    registry: Registry,
    counts: Counts,
}

#[derive(Clone)]
struct Counts {
    messages: Family<Message, Counter>,
    bytes: Family<Door, Counter>,
    sessions: Family<Door, Counter>,
    open_sessions: Family<Door, Gauge>,
    turned_away: Family<Reason, Counter>,
    broken_sessions: Family<Reason, Counter>,
    next_hop_errors: Family<Failure, Counter>,
    next_hop_up: Family<Door, Gauge>,
    reloads: Family<Reload, Counter>,
    whole: Histogram,
    next_hop: Histogram,
    annotating: Histogram,
    /// Found once for each door: looked up for each message, they would cost more than the counting.
    ordinary: Arc<[OnceLock<Ordinary>; DOORS]>,
}

/// SMTP, LMTP, milter and pipe.
const DOORS: usize = 4;

/// Where mail is counted that went on as it came, as nearly all does.
struct Ordinary {
    door: &'static str,
    messages: Counter,
    bytes: Counter,
    next_hop_up: Option<Gauge>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Message {
    door: &'static str,
    kind: &'static str,
    cause: &'static str,
    outcome: &'static str,
}

impl Message {
    fn of(passed: &MessagePassed) -> Self {
        Self {
            door: passed.door,
            kind: passed.summary.kind,
            cause: passed.summary.cause.unwrap_or_default(),
            outcome: passed.outcome.name(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Door {
    door: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    door: &'static str,
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Failure {
    door: &'static str,
    stage: &'static str,
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reload {
    result: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    pub fn new() -> Self {
        // From a tenth of a millisecond to what a client waits at most, ten minutes.
        let latency = || Histogram::new(exponential_buckets(0.0001, 3.0, 15));
        let counts = Counts {
            messages: Family::default(),
            bytes: Family::default(),
            sessions: Family::default(),
            open_sessions: Family::default(),
            turned_away: Family::default(),
            broken_sessions: Family::default(),
            next_hop_errors: Family::default(),
            next_hop_up: Family::default(),
            reloads: Family::default(),
            whole: latency(),
            next_hop: latency(),
            annotating: latency(),
            ordinary: Arc::default(),
        };
        let registry = registry(&counts);
        Self { registry, counts }
    }

    pub fn listener(self: &Arc<Self>) -> Listener {
        let metrics = self.clone();
        Arc::new(move |event| metrics.counts.hear(event))
    }

    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

fn registry(counts: &Counts) -> Registry {
    let mut registry = Registry::with_prefix("plainbounce");
    let r = &mut registry;
    r.register("messages", "Messages answered", counts.messages.clone());
    r.register(
        "message_bytes",
        "Content of these, as it came",
        counts.bytes.clone(),
    );
    r.register("sessions", "Sessions begun", counts.sessions.clone());
    r.register(
        "open_sessions",
        "Sessions at the moment",
        counts.open_sessions.clone(),
    );
    r.register(
        "turned_away",
        "Clients sent away at once",
        counts.turned_away.clone(),
    );
    let text = "Sessions of a milter's MTA that ended without its saying so";
    r.register("broken_sessions", text, counts.broken_sessions.clone());
    let text = "Commands and messages that the next hop failed to answer";
    r.register("next_hop_errors", text, counts.next_hop_errors.clone());
    let text = "Whether the next hop answered when it was last needed";
    r.register("next_hop_up", text, counts.next_hop_up.clone());
    r.register(
        "reloads",
        "Times the settings were read anew",
        counts.reloads.clone(),
    );
    let seconds = Unit::Seconds;
    let text = "From the go-ahead for a message to its reply";
    r.register_with_unit(
        "message_duration",
        text,
        seconds.clone(),
        counts.whole.clone(),
    );
    let text = "From the last of a message to the next hop's reply";
    r.register_with_unit(
        "next_hop_duration",
        text,
        seconds.clone(),
        counts.next_hop.clone(),
    );
    let text = "Reading a message, and writing its notice";
    r.register_with_unit(
        "annotating_duration",
        text,
        seconds,
        counts.annotating.clone(),
    );
    registry
}

impl Counts {
    fn hear(&self, event: &Event) {
        match event {
            Event::MessagePassed(passed) => self.message(passed),
            Event::NextHopFailed { door, stage, why } => {
                let (stage, reason) = (stage.name(), *why);
                let failure = Failure {
                    door,
                    stage,
                    reason,
                };
                self.next_hop_errors.get_or_create(&failure).inc();
                self.next_hop_up.get_or_create(&Door { door }).set(0);
            }
            Event::NextHopBack { door } => {
                self.next_hop_up.get_or_create(&Door { door }).set(1);
            }
            Event::SessionOpened { door } => {
                self.sessions.get_or_create(&Door { door }).inc();
                self.open_sessions.get_or_create(&Door { door }).inc();
            }
            Event::SessionClosed { door } => {
                self.open_sessions.get_or_create(&Door { door }).dec();
            }
            Event::TurnedAway { door, why } => {
                let reason = why.name();
                self.turned_away
                    .get_or_create(&Reason { door, reason })
                    .inc();
            }
            Event::SessionBroken { door, why } => {
                let reason = why;
                self.broken_sessions
                    .get_or_create(&Reason { door, reason })
                    .inc();
            }
            Event::Opened { .. } => {}
            Event::Reloaded { refused, .. } => {
                let result = if refused.is_some() { "refused" } else { "done" };
                self.reloads.get_or_create(&Reload { result }).inc();
            }
        }
    }

    fn message(&self, passed: &MessagePassed) {
        match self.ordinary(passed) {
            Some(ordinary) => {
                ordinary.messages.inc();
                ordinary.bytes.inc_by(passed.size_bytes);
                if let Some(up) = &ordinary.next_hop_up {
                    up.set(1);
                }
            }
            None => self.other_message(passed),
        }
        let took = passed.durations;
        self.whole.observe(took.whole.as_secs_f64());
        self.next_hop.observe(took.next_hop.as_secs_f64());
        self.annotating.observe(took.annotating.as_secs_f64());
    }

    fn other_message(&self, passed: &MessagePassed) {
        let door = Door { door: passed.door };
        self.messages.get_or_create(&Message::of(passed)).inc();
        self.bytes.get_or_create(&door).inc_by(passed.size_bytes);
        if passed.outcome != Outcome::Failed
            && let Some(up) = self.up(&door)
        {
            up.set(1);
        }
    }

    /// A milter has no next hop.
    fn up(&self, door: &Door) -> Option<Gauge> {
        let has_one = matches!(door.door, "smtp" | "lmtp");
        has_one.then(|| self.next_hop_up.get_or_create(door).clone())
    }

    fn ordinary(&self, passed: &MessagePassed) -> Option<&Ordinary> {
        if passed.summary.kind != "ordinary" || passed.outcome != Outcome::Untouched {
            return None;
        }
        let door = Door { door: passed.door };
        let find = || Ordinary {
            door: passed.door,
            messages: self.messages.get_or_create(&Message::of(passed)).clone(),
            bytes: self.bytes.get_or_create(&door).clone(),
            next_hop_up: self.up(&door),
        };
        let mut doors = self.ordinary.iter().map(|place| place.get_or_init(find));
        doors.find(|ordinary| ordinary.door == passed.door)
    }
}
