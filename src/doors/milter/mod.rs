//! The milter door: an MTA shows each message, and changes it as it is told (Sendmail's mail filter
//! protocol, versions 2 to 6, as its libmilter and Postfix's `milter8.c` speak it).
//!
//! The codec is our own. `miltr-common` and `miltr-server` (MIT) answer every command, those too for
//! which silence was agreed, so that the two sides fall out of step; they make header values text, so
//! that a byte that is no UTF-8 is lost; and they wait for ever. What would be left of them is the
//! table of letters. Sendmail's libmilter is C, and calls back from threads of its own.
//!
//! What costs a message its time is a question that waits for an answer. An MTA that can is asked to
//! be silent about whatever is of no interest (`SMFIP_NO…`), and to expect no answer where there is
//! nothing to say (`SMFIP_NR_…`): ordinary mail then takes one answer, accept, at the end of its header
//! section. Only `SMFIP_NR_BODY` is not asked for, since who says nothing cannot say that it is enough;
//! there `accept` says more than `SMFIR_SKIP`, as it spares the end, too. Of macros those alone are
//! asked for that the log and the notice name: for `{mail_host}` Postfix asks another process of its own.
//!
//! Nothing is ever rejected, deferred or discarded: no such answer is written anywhere in this folder.

mod actions;
mod command;
mod deciding;
mod macros;
mod message;
mod negotiation;
mod session;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::task::JoinSet;

use session::Session;

use super::listener::{Listener, Stream};
use super::relay::Phase;
use crate::annotator::Annotator;
use crate::event::{Event, Events, TurnedAway};

/// As events name it.
const NAME: &str = "milter";

pub struct Settings {
    pub limits: Limits,
    pub senders: Senders,
    /// Bytes.
    pub head_size: usize,
    /// For annotating one message.
    pub time_limit: Duration,
    /// The one in force: each message asks anew which that is.
    pub annotator: watch::Receiver<Annotator>,
    pub events: Events,
}

/// Whose mail is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Senders {
    #[default]
    All,
    /// The null reverse path, and those that mail systems write under; all others are let go at MAIL,
    /// before the MTA has to take the message to a second process with us.
    Systems,
}

#[derive(Debug, Clone)]
pub struct Limits {
    /// At a time.
    pub connections: usize,
    /// What is collected of a message; a bigger one goes on as it is.
    pub message_bytes: usize,
    /// For the next command of the MTA.
    pub silence: Duration,
}

impl Default for Limits {
    /// As long as libmilter waits: an MTA is silent while its client sends a message.
    fn default() -> Self {
        Self {
            connections: 1000,
            message_bytes: 10 << 20,
            silence: Duration::from_secs(2 * 60 * 60),
        }
    }
}

/// Takes connections until told to stop; returns when the last session has ended. New sessions work
/// with what `settings` says by then.
pub async fn run(
    settings: watch::Receiver<Arc<Settings>>,
    listener: Listener,
    shutdown: watch::Receiver<Phase>,
) {
    let mut sessions = JoinSet::new();
    let mut phase = shutdown.clone();
    let mut draining = std::pin::pin!(Phase::Draining.reached(&mut phase));
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let peer = peer.map(|peer| peer.ip().to_canonical());
                    let settings = settings.borrow().clone();
                    if let Some(stream) = has_room(&sessions, &settings, stream) {
                        sessions.spawn(Session::new(settings, stream, peer).run(shutdown.clone()));
                    }
                }
                // Out of file descriptors, mostly: sessions that end give some back.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            },
            Some(_) = sessions.join_next() => {}
            () = &mut draining => break,
        }
    }
    drop(listener);
    while sessions.join_next().await.is_some() {}
}

/// The stream comes back, unless it is one too many: the MTA then does what it does without us.
fn has_room(sessions: &JoinSet<()>, settings: &Settings, stream: Stream) -> Option<Stream> {
    if sessions.len() < settings.limits.connections {
        return Some(stream);
    }
    let (door, why) = (NAME, TurnedAway::TooManyConnections);
    settings.events.send(&Event::TurnedAway { door, why });
    None
}
