//! One client's session: each command in turn, passed to the next hop at once, its reply passed back.

mod access;
mod envelope;
mod forwarding;
mod hello;
mod obeying;
mod proxy;
mod transaction;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

pub(super) use envelope::TOO_BIG;
pub use transaction::{Open, Transaction};

use super::behind::Behind;
use super::command::{self, Attribute, Verb};
use super::door::Seat;
use super::phase::Phase;
use super::pool::Offer;
use super::reply::{NoReply, Reply};
use super::settings::{Protocol, Settings};
use super::wire::{Line, Wire};
use crate::doors::listener::Stream;
use crate::event::{Event, Stage};

pub struct Session {
    pub(super) settings: Arc<Settings>,
    pub(super) peer: Peer,
    pub(super) client: Wire,
    /// Whom the connection is from, whatever XCLIENT says.
    connected_from: Option<IpAddr>,
    /// The session with the next hop, while it is needed.
    pub(super) behind: Option<Behind>,
    pub(super) hello: Option<Hello>,
    /// What of the next hop's the client was offered.
    offered: Offer,
    pub(super) transaction: Transaction,
    /// Empty: where the head of the next message is put.
    pub(super) head: Vec<u8>,
    /// What the next hop was told in XFORWARD, and took; it clings to this one session with it.
    pub(super) forwarded: Vec<Attribute>,
    pub(super) phase: watch::Receiver<Phase>,
    /// It has had no message yet.
    pub(super) is_fresh: bool,
    seat: Seat,
    /// How many have come.
    pub(super) commands: usize,
    errors: usize,
    ends: Instant,
}

/// Whom we speak with.
#[derive(Debug, Clone, Default)]
pub(super) struct Peer {
    /// None on a Unix socket.
    pub address: Option<IpAddr>,
    /// Whether it may send mail, and not only say hello.
    pub admitted: bool,
    /// Whether it may say XCLIENT: decided once, by the address that came first.
    pub speaks_for_others: bool,
    /// The id of the message at the client, as XFORWARD IDENT says it.
    pub queue_id: Option<String>,
}

/// How the client named itself.
#[derive(Debug, Clone)]
pub(super) struct Hello {
    pub verb: Verb,
    pub name: String,
}

/// What follows a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Then {
    GoOn,
    /// It is over, and the client said so.
    Quit,
    Close,
}

impl Session {
    pub fn new(
        settings: Arc<Settings>,
        stream: Stream,
        peer: Option<IpAddr>,
        phase: watch::Receiver<Phase>,
        seat: Seat,
    ) -> Self {
        let client = Wire::new(stream, settings.limits.client);
        let ends = Instant::now() + settings.limits.session;
        let peer = Peer {
            address: peer,
            ..Peer::default()
        };
        Self {
            settings,
            client,
            connected_from: peer.address,
            peer,
            behind: None,
            hello: None,
            offered: Offer::default(),
            transaction: Transaction::None,
            head: Vec::new(),
            forwarded: Vec::new(),
            phase,
            is_fresh: true,
            seat,
            commands: 0,
            errors: 0,
            ends,
        }
    }

    /// Until the client leaves, or is told to. `tls`: the connection begins with a handshake.
    pub async fn run(mut self, tls: bool) {
        let door = self.settings.protocol.name();
        self.settings.events.send(&Event::SessionOpened { door });
        let phase = self.phase.clone();
        let ended = match Phase::Over.or(&phase, self.converse(tls)).await {
            Some(ended) => ended,
            None => {
                // Whatever was under way at the next hop stays without its end.
                self.behind = None;
                self.say(&Reply::shutting_down());
                Ok(Then::Close)
            }
        };
        if let Err(error) = &ended
            && error.kind() == io::ErrorKind::TimedOut
        {
            let text = match Instant::now() < self.ends {
                true => "4.4.2 Timeout, closing the connection",
                false => "4.4.2 The session has lasted too long",
            };
            self.say(&Reply::new(421, text));
        }
        match (self.behind.take(), &self.transaction) {
            (Some(behind), Transaction::None) => self.settings.next_hop.give_back(behind),
            // It ends with its transaction, which nobody else is to find in it.
            (Some(behind), Transaction::Open(_)) => behind.quit(),
            (behind, _) => drop(behind),
        }
        let settings = self.settings.clone();
        drop(self.seat);
        match ended {
            Ok(Then::Quit) => self.client.part().await,
            _ => self.client.close().await,
        }
        settings.events.send(&Event::SessionClosed { door });
    }

    async fn converse(&mut self, tls: bool) -> io::Result<Then> {
        let phase = self.phase.clone();
        let come_in = self.come_in(tls);
        let Some(come) = Phase::Closing.or_at_a_glance(&phase, come_in).await else {
            self.say(&Reply::shutting_down());
            return Ok(Then::Close);
        };
        if come? == Then::Close {
            return Ok(Then::Close);
        }
        self.greet();
        loop {
            let Some(line) = self.next_line().await? else {
                self.say(&Reply::shutting_down());
                return Ok(Then::Close);
            };
            let command = command::read(line);
            self.commands += 1;
            let then = match command {
                Ok(command) => self.obey(command).await?,
                Err(reply) => self.refuse(&reply),
            };
            if then != Then::GoOn {
                return Ok(then);
            }
            if let Some(reply) = self.is_enough() {
                self.say(&reply);
                return Ok(Then::Close);
            }
        }
    }

    fn greet(&mut self) {
        let protocol = match self.settings.protocol {
            Protocol::Smtp => "ESMTP",
            Protocol::Lmtp => "LMTP",
        };
        let greeting = format!("{} {protocol} plainbounce", self.settings.hostname);
        self.say(&Reply::new(220, &greeting));
    }

    /// The next command; none where no further one is to be waited for.
    async fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        let longest = self.settings.limits.command_bytes;
        self.client.deadline = Some(self.ends);
        if matches!(self.transaction, Transaction::Open(_)) {
            return self.client.line(longest).await.map(Some);
        }
        let leave = self.leaves_in();
        let line = self.client.line(longest);
        // Each change of phase wakes us: `run` listens.
        let line = leave.or_at_a_glance(&self.phase, line).await;
        line.transpose()
    }

    /// From when on no further command is waited for. Who has only just come would find nobody better:
    /// a successor has not been there for it.
    pub(super) fn leaves_in(&self) -> Phase {
        match self.is_fresh {
            true => Phase::Closing,
            false => Phase::Draining,
        }
    }

    /// Why the session ends here, if it does.
    pub(super) fn is_enough(&self) -> Option<Reply> {
        let limits = &self.settings.limits;
        if self.errors >= limits.errors {
            return Some(Reply::new(421, "4.7.0 Too many errors"));
        }
        let enough = self.commands >= limits.commands;
        enough.then(|| Reply::new(421, "4.7.0 Too many commands in one session"))
    }

    /// The session with the next hop is for others now; after RSET, if it is in a transaction.
    pub(super) async fn rest_behind(&mut self) {
        let Some(mut behind) = self.behind.take() else {
            return;
        };
        if behind.reset().await.is_ok_and(|reply| reply.is_positive()) {
            self.settings.next_hop.give_back(behind);
        }
    }

    pub(super) fn say(&mut self, reply: &Reply) {
        reply.write(self.client.output());
    }

    /// What we say no to, without having asked the next hop.
    pub(super) fn refuse(&mut self, reply: &Reply) -> Then {
        self.errors += 1;
        self.say(reply);
        Then::GoOn
    }

    /// The reply for the client; where the next hop is lost, so is what was begun with it.
    pub(super) fn heed(&mut self, reply: Result<Reply, NoReply>, stage: Stage) -> Reply {
        let gone = match &reply {
            Ok(reply) => reply.code == 421,
            Err(_) => true,
        };
        if gone {
            self.behind = None;
            let recipients = self.transaction.recipients();
            self.transaction = Transaction::Broken { recipients };
        }
        self.settings.answer(reply, stage)
    }
}

impl Settings {
    /// The reply for the client; where there is none, listeners hear why.
    pub(super) fn answer(&self, reply: Result<Reply, NoReply>, stage: Stage) -> Reply {
        let door = self.protocol.name();
        match reply {
            Ok(reply) => {
                if self.next_hop.has_answered() {
                    self.events.send(&Event::NextHopBack { door });
                }
                reply
            }
            Err(no_reply) => {
                self.next_hop.has_failed();
                let why = no_reply.why();
                self.events.send(&Event::NextHopFailed { door, stage, why });
                no_reply.for_client()
            }
        }
    }
}

/// Who may not come in is told so, and why.
pub async fn turn_away(stream: Stream, reply: &'static str) {
    let mut client = Wire::new(stream, Duration::from_secs(5));
    client.put(reply.as_bytes());
    client.put(b"\r\n");
    client.close().await;
}
