//! Time limits that cost little where nobody has to wait long: one timer for a connection, set anew
//! only when it rings too early, or would ring too late.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// When waiting ends; the clock is asked once somebody has to wait.
pub struct Limit {
    patience: Duration,
    deadline: Option<Instant>,
    at: Option<Instant>,
}

impl Limit {
    pub fn new(patience: Duration, deadline: Option<Instant>) -> Self {
        Self {
            patience,
            deadline,
            at: None,
        }
    }

    /// Whether it counts already.
    pub fn has_begun(&self) -> bool {
        self.at.is_some()
    }

    /// Whether it was reached before anybody had to wait for it again.
    pub fn is_over(&self) -> bool {
        self.at.is_some_and(|at| at <= Instant::now())
    }

    /// It counts from now on at the latest.
    pub fn at(&mut self) -> Instant {
        *self.at.get_or_insert_with(|| {
            let patience = Instant::now() + self.patience;
            let deadline = self.deadline.unwrap_or(patience);
            deadline.min(patience)
        })
    }
}

#[derive(Default)]
pub struct Alarm {
    sleep: Option<Pin<Box<Sleep>>>,
    /// Whom it wakes.
    waker: Option<Waker>,
}

impl Alarm {
    /// What the work gives, or that it took too long.
    pub async fn within<T>(
        &mut self,
        limit: &mut Limit,
        work: impl Future<Output = io::Result<T>>,
    ) -> io::Result<T> {
        let mut work = pin!(work);
        poll_fn(|context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(done);
            }
            let rung = self.poll(limit.at(), context);
            rung.map(|()| Err(io::ErrorKind::TimedOut.into()))
        })
        .await
    }

    fn poll(&mut self, limit: Instant, context: &mut Context<'_>) -> Poll<()> {
        let sleep = self
            .sleep
            .get_or_insert_with(|| Box::pin(sleep_until(limit)));
        let wakes_us = |waker: &Waker| waker.will_wake(context.waker());
        if self.waker.as_ref().is_some_and(wakes_us)
            && !sleep.is_elapsed()
            && sleep.deadline() <= limit
        {
            // It is set, and rings in time.
            return Poll::Pending;
        }
        if sleep.deadline() > limit {
            sleep.as_mut().reset(limit);
        }
        while sleep.as_mut().poll(context).is_ready() {
            if sleep.deadline() >= limit {
                self.waker = None;
                return Poll::Ready(());
            }
            // It was set for an earlier wait.
            sleep.as_mut().reset(limit);
        }
        self.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
