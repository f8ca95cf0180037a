//! A relaying door: takes connections, seats as many as it has room for, until told to stop.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::phase::Phase;
use super::session::{Session, turn_away};
use super::settings::Settings;
use super::workers::Workers;
use crate::doors::listener::{Listener, Stream};
use crate::event::{Event, TurnedAway};

/// Where it listens.
pub struct Entrance {
    pub listener: Listener,
    /// It begins with TLS (RFC 8314 §3).
    pub tls: bool,
}

/// Takes connections until told to stop; returns when the last session has ended. New sessions work
/// with what `settings` says by then.
pub async fn run(
    settings: watch::Receiver<Arc<Settings>>,
    entrances: Vec<Entrance>,
    shutdown: watch::Receiver<Phase>,
    workers: Arc<Workers>,
) {
    let seats = Arc::new(Seats::default());
    let mut open = JoinSet::new();
    for entrance in entrances {
        let mut door = Door {
            settings: settings.clone(),
            seats: seats.clone(),
            phase: shutdown.clone(),
            workers: workers.clone(),
            tls: entrance.tls,
            sessions: JoinSet::new(),
        };
        open.spawn(async move {
            door.take_connections(entrance.listener).await;
            door.settings.borrow().next_hop.close();
            while door.sessions.join_next().await.is_some() {}
        });
    }
    while open.join_next().await.is_some() {}
}

struct Door {
    settings: watch::Receiver<Arc<Settings>>,
    seats: Arc<Seats>,
    phase: watch::Receiver<Phase>,
    workers: Arc<Workers>,
    tls: bool,
    sessions: JoinSet<()>,
}

impl Door {
    async fn take_connections(&mut self, listener: Listener) {
        let mut shutdown = self.phase.clone();
        let mut draining = std::pin::pin!(Phase::Draining.reached(&mut shutdown));
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        self.open(stream, peer.map(|peer| peer.ip().to_canonical()));
                    }
                    // Out of file descriptors, mostly: sessions that end give some back.
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                },
                Some(_) = self.sessions.join_next() => {}
                _ = &mut draining => return,
            }
        }
    }

    fn open(&mut self, stream: Stream, peer: Option<IpAddr>) {
        let settings = self.settings.borrow().clone();
        match Seats::take(&self.seats, settings.limits.connections) {
            Some(seat) => {
                let worker = self.workers.least_busy();
                // It fails only for who is gone again.
                let Ok(stream) = stream.moved_to(&worker) else {
                    return;
                };
                let session = Session::new(settings, stream, peer, self.phase.clone(), seat);
                self.sessions.spawn_on(session.run(self.tls), &worker);
            }
            None => {
                let (door, why) = (settings.protocol.name(), TurnedAway::TooManyConnections);
                settings.events.send(&Event::TurnedAway { door, why });
                let reply = "421 4.3.2 Too many connections, try again later";
                // TLS has no words for it before its handshake.
                if !self.tls {
                    tokio::spawn(turn_away(stream, reply));
                }
            }
        }
    }
}

/// Who is in, in all and from each address.
#[derive(Debug, Default)]
pub struct Seats(Mutex<Taken>);

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One session's place, until it is dropped.
#[derive(Debug)]
pub struct Seat {
    seats: Arc<Seats>,
    address: Option<IpAddr>,
}

impl Seats {
    fn with<T>(&self, change: impl FnOnce(&mut Taken) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take(seats: &Arc<Self>, limit: usize) -> Option<Seat> {
        let free = seats.with(|taken| {
            let free = taken.all < limit;
            taken.all += usize::from(free);
            free
        });
        // Made only where there is one: it gives its place back when it is dropped.
        free.then(|| Seat {
            seats: seats.clone(),
            address: None,
        })
    }
}

impl Seat {
    /// Whether there is room for one more from this address; a session belongs to one at a time.
    pub fn is_of(&mut self, address: IpAddr, limit: usize) -> bool {
        self.leave_address();
        let free = self.seats.with(|taken| {
            let count = taken.by_address.entry(address).or_default();
            let free = *count < limit;
            *count += usize::from(free);
            free
        });
        self.address = Some(address).filter(|_| free);
        free
    }

    fn leave_address(&mut self) {
        let Some(address) = self.address.take() else {
            return;
        };
        self.seats.with(|taken| {
            if let Some(count) = taken.by_address.get_mut(&address) {
                *count -= 1;
                if *count == 0 {
                    taken.by_address.remove(&address);
                }
            }
        });
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.leave_address();
        self.seats.with(|taken| taken.all -= 1);
    }
}
