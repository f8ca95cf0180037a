//! Sessions with the next hop that are kept open, and used again by whoever comes next.
//!
//! Only those are kept to which the next hop said nothing but yes, and which carried nothing of
//! their client (XFORWARD): nothing in them depends on whose they were.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::behind::{Behind, Settings};
use super::extensions::Extensions;
use super::reply::NoReply;

/// Longer than a busy relay pauses, and shorter than any server waits (RFC 5321 §4.5.3.2.7: five
/// minutes).
const IDLE: Duration = Duration::from_secs(10);
/// More are closed.
const MOST: usize = 64;
/// How long it counts what the next hop offered.
const OFFER: Duration = Duration::from_secs(60);

pub struct Pool {
    settings: Settings,
    inner: Mutex<Inner>,
    /// It failed when it was last needed.
    down: AtomicBool,
}

#[derive(Default)]
struct Inner {
    /// The one used last at the end, so that those too many grow old.
    idle: Vec<Idle>,
    /// Since when it counts; it does not where the next hop could not be reached since.
    offer: Option<(Offer, Option<Instant>)>,
    reaped: bool,
    closed: bool,
}

struct Idle {
    behind: Behind,
    since: Instant,
    /// Which worker hears of it.
    thread: ThreadId,
}

impl Idle {
    fn is_old(&self) -> bool {
        self.since.elapsed() >= IDLE
    }

    /// Heard by the thread that wants it.
    fn moved_here(self) -> Option<Behind> {
        if self.thread == thread::current().id() {
            return Some(self.behind);
        }
        self.behind.moved_to(&Handle::current()).ok()
    }
}

/// What the next hop offers in EHLO, and where.
#[derive(Debug, Clone, Default)]
pub struct Offer {
    pub extensions: Arc<Extensions>,
    pub verified: bool,
    pub answers_each: bool,
}

/// A session, and whether somebody had it before: the next hop may have closed it by now.
pub struct Taken {
    pub behind: Behind,
    pub used: bool,
}

impl Pool {
    pub fn new(settings: Settings) -> Arc<Self> {
        Arc::new(Self {
            settings,
            inner: Mutex::default(),
            down: AtomicBool::new(false),
        })
    }

    /// Takes over what was known of the same next hop, from the settings of before.
    pub fn follow(&self, before: &Self) {
        if self.settings.servers() != before.settings.servers() {
            return;
        }
        let offer = before.inner().offer.clone();
        // To be asked again: it may be under other terms now.
        self.inner().offer = offer.map(|(offer, _)| (offer, None));
        let down = before.down.load(Ordering::Relaxed);
        self.down.store(down, Ordering::Relaxed);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // What is in it is whole between any two statements.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether that is news: it answers now and did not before.
    pub fn has_answered(&self) -> bool {
        self.down.load(Ordering::Relaxed) && self.down.swap(false, Ordering::Relaxed)
    }

    pub fn has_failed(&self) {
        self.down.store(true, Ordering::Relaxed);
    }

    /// What the next hop offers; asked again from time to time. Where it cannot be asked, what it
    /// offered last: to a client that misses an extension its mail may seem undeliverable.
    pub async fn offer(self: &Arc<Self>) -> Result<Offer, NoReply> {
        let known = self.inner().offer.clone();
        if let Some((offer, at)) = &known
            && at.is_some_and(|at| at.elapsed() < OFFER)
        {
            return Ok(offer.clone());
        }
        match self.connect().await {
            Ok(behind) => {
                let offer = Offer::of(&behind);
                self.give_back(behind);
                Ok(offer)
            }
            Err(no_reply) => known.map(|(offer, _)| offer).ok_or(no_reply),
        }
    }

    pub async fn take(&self) -> Result<Taken, NoReply> {
        while let Some(mut idle) = self.pop() {
            // Asked before it is moved: only who heard it all the time knows what it said.
            if !idle.is_old()
                && idle.behind.is_at_rest().await
                && let Some(behind) = idle.moved_here()
            {
                return Ok(Taken { behind, used: true });
            }
        }
        let behind = self.connect().await?;
        Ok(Taken {
            behind,
            used: false,
        })
    }

    /// The one used last; of this thread, if there is one.
    fn pop(&self) -> Option<Idle> {
        let thread = thread::current().id();
        let idle = &mut self.inner().idle;
        match idle.iter().rposition(|idle| idle.thread == thread) {
            Some(place) => Some(idle.remove(place)),
            None => idle.pop(),
        }
    }

    pub async fn connect(&self) -> Result<Behind, NoReply> {
        match Behind::connect(&self.settings).await {
            Ok(behind) => {
                self.inner().offer = Some((Offer::of(&behind), Some(Instant::now())));
                Ok(behind)
            }
            Err(no_reply) => {
                if let Some((_, asked)) = &mut self.inner().offer {
                    *asked = None;
                }
                Err(no_reply)
            }
        }
    }

    /// A session in no transaction.
    pub fn give_back(self: &Arc<Self>, behind: Behind) {
        let mut inner = self.inner();
        if !behind.is_like_new() || inner.closed || inner.idle.len() >= MOST {
            drop(inner);
            return behind.quit();
        }
        inner.idle.push(Idle {
            behind,
            since: Instant::now(),
            thread: thread::current().id(),
        });
        if !std::mem::replace(&mut inner.reaped, true) {
            tokio::spawn(reap(self.clone()));
        }
    }

    /// Takes leave of the next hop; what comes back later goes too.
    pub fn close(&self) {
        let mut inner = self.inner();
        inner.closed = true;
        let idle = std::mem::take(&mut inner.idle);
        drop(inner);
        idle.into_iter().for_each(|idle| idle.behind.quit());
    }
}

impl Offer {
    fn of(behind: &Behind) -> Self {
        Self {
            extensions: behind.extensions().clone(),
            verified: behind.is_verified(),
            answers_each: behind.answers_each(),
        }
    }
}

/// Closes what nobody has used for a while, until nothing is left.
async fn reap(pool: Arc<Pool>) {
    loop {
        tokio::time::sleep(IDLE / 4).await;
        let mut inner = pool.inner();
        let count = inner.idle.iter().take_while(|idle| idle.is_old()).count();
        let gone: Vec<_> = inner.idle.drain(..count).collect();
        let last = inner.idle.is_empty();
        inner.reaped = !last;
        drop(inner);
        gone.into_iter().for_each(|idle| idle.behind.quit());
        if last {
            return;
        }
    }
}
