//! The SMTP door (RFC 5321): who may come in, how many at a time, until when.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::listener::{Listener, Stream};
use super::relay::{BareNewline, BehindSettings, Networks, Phase, Session, Shared, turn_away};
use crate::annotator::Annotator;
use crate::event::Events;

pub struct Settings {
    pub hostname: String,
    pub allow_from: Networks,
    pub received: bool,
    pub bare_newline: BareNewline,
    pub max_connections: usize,
    pub max_recipients: usize,
    pub max_message_size: u64,
    pub client_timeout: Duration,
    pub behind: BehindSettings,
    pub head_size: usize,
    pub time_limit: Duration,
}

/// Takes connections until told to stop; returns when the last session has ended.
pub async fn run(
    settings: Settings,
    listener: Listener,
    annotator: Annotator,
    events: Events,
    mut shutdown: watch::Receiver<Phase>,
) {
    let phase = shutdown.clone();
    let mut door = Door {
        allow_from: settings.allow_from,
        max_connections: settings.max_connections,
        sessions: JoinSet::new(),
        phase,
        shared: Arc::new(Shared {
            door: "smtp",
            hostname: settings.hostname,
            received: settings.received,
            bare_newline: settings.bare_newline,
            max_recipients: settings.max_recipients,
            max_message_size: settings.max_message_size,
            client_timeout: settings.client_timeout,
            behind: settings.behind,
            head_size: settings.head_size,
            time_limit: settings.time_limit,
            annotator,
            events,
        }),
    };
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => door.open(stream, peer),
                // Out of file descriptors, mostly: sessions that end give some back.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            },
            Some(_) = door.sessions.join_next() => {}
            _ = Phase::Draining.reached(&mut shutdown) => break,
        }
    }
    drop(listener);
    while door.sessions.join_next().await.is_some() {}
}

struct Door {
    allow_from: Networks,
    max_connections: usize,
    sessions: JoinSet<()>,
    phase: watch::Receiver<Phase>,
    shared: Arc<Shared>,
}

impl Door {
    fn open(&mut self, stream: Stream, peer: Option<SocketAddr>) {
        let peer = peer.map(|peer| peer.ip().to_canonical());
        if peer.is_some_and(|peer| !self.allow_from.contains(peer)) {
            tokio::spawn(turn_away(
                stream,
                "550 5.7.1 This address may not send mail here",
            ));
        } else if self.sessions.len() >= self.max_connections {
            tokio::spawn(turn_away(
                stream,
                "421 4.3.2 Too many connections, try again later",
            ));
        } else {
            let session = Session::new(self.shared.clone(), stream, peer, self.phase.clone());
            self.sessions.spawn(session.run());
        }
    }
}
