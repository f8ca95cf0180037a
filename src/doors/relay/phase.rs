//! How far the program has come in stopping, and waiting for that beside other work.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use tokio::sync::watch;

/// How long the program goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Running,
    /// No connection is taken any more. Messages under way may end, and who has just come may have
    /// one.
    Draining,
    /// Messages under way may end; nothing new begins.
    Closing,
    /// All ends at once.
    Over,
}

impl Phase {
    /// Waits until it has come so far; a program that no longer tells is over.
    pub async fn reached(self, phase: &mut watch::Receiver<Phase>) {
        let _ = phase.wait_for(|now| *now >= self).await;
    }

    /// Whether it has come so far: a glance, for who is woken when it changes.
    pub fn is_reached(self, phase: &watch::Receiver<Phase>) -> bool {
        phase.has_changed().unwrap_or(true)
            && (*phase.borrow() >= self || phase.has_changed().is_err())
    }

    /// What the work gives; none if it has come so far before, as seen by a task that each change
    /// wakes anyway.
    pub async fn or_at_a_glance<T>(
        self,
        phase: &watch::Receiver<Phase>,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let mut work = pin!(work);
        poll_fn(|context| {
            if self.is_reached(phase) {
                return Poll::Ready(None);
            }
            work.as_mut().poll(context).map(Some)
        })
        .await
    }

    /// The same, but what is done by then counts.
    pub async fn or_done<T>(
        self,
        phase: &watch::Receiver<Phase>,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let mut work = pin!(work);
        poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if self.is_reached(phase) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        })
        .await
    }

    /// What the work gives; none if it has come so far before. The task is woken by each change of
    /// phase, and works on then.
    ///
    /// To be awaited by a task itself, as it is listened to in the name of the first who asks:
    /// asked at each step of a session, the `watch` would cost more than the steps.
    pub async fn or<T>(
        self,
        phase: &watch::Receiver<Phase>,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let mut heard = phase.clone();
        let mut reached = pin!(self.reached(&mut heard));
        let mut work = pin!(work);
        let (mut listening, mut over) = (false, false);
        poll_fn(|context| {
            // In front of the work, which may leave nothing of what a task may do at once.
            if !listening || phase.has_changed().unwrap_or(true) {
                listening = true;
                over |= reached.as_mut().poll(context).is_ready();
            }
            // It may have a word to say about its end.
            match work.as_mut().poll(context) {
                Poll::Ready(done) => Poll::Ready(Some(done)),
                Poll::Pending if over => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }
}
