//! Asking the annotator, once, for as long as it may take.

use std::sync::Arc;
use std::time::Instant;

use super::Passage;
use crate::annotator::{Annotator, Outcome, Summary};
use crate::doors::relay::session::Session;
use crate::mail::Envelope;
use crate::rewrite::Edit;

/// So little is looked at sooner than another thread could be asked to.
const AT_ONCE: usize = 64 << 10;

impl Session {
    /// The head comes back.
    pub(super) async fn annotate(
        &self,
        passage: &Passage,
        head: Vec<u8>,
        whole: bool,
    ) -> (Arc<Vec<u8>>, Outcome) {
        let head = Arc::new(head);
        if passage.refusal.is_some() {
            return (head, untouched("refused"));
        }
        let seen = Seen {
            annotator: self.settings.annotator.borrow().clone(),
            envelope: passage.open.envelope(),
            head: head.clone(),
            head_size: self.settings.head_size,
            whole,
        };
        let limit = self.settings.time_limit;
        if head.len() <= AT_ONCE {
            let began = Instant::now();
            let outcome = seen.annotate();
            let in_time = began.elapsed() <= limit;
            let late = || untouched("time-limit");
            return (head, if in_time { outcome } else { late() });
        }
        let asked = tokio::task::spawn_blocking(move || seen.annotate());
        let outcome = match tokio::time::timeout(limit, asked).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => untouched("annotator-failed"),
            Err(_) => untouched("time-limit"),
        };
        (head, outcome)
    }

    /// Whether the edit does not make the message too big for the next hop.
    pub(super) fn fits(&self, passage: &Passage, edit: &Edit, whole: bool) -> bool {
        let behind = self.behind.as_ref();
        let limit = behind.and_then(|behind| behind.extensions().size_limit());
        let size = if whole {
            Some(passage.size)
        } else {
            passage.open.declared_size()
        };
        let (Some(limit), Some(size)) = (limit, size) else {
            return true;
        };
        let grown = size.saturating_add_signed(edit.growth());
        grown.saturating_add(passage.received.len() as u64) <= limit
    }
}

/// What the annotator is shown.
struct Seen {
    annotator: Annotator,
    envelope: Envelope,
    head: Arc<Vec<u8>>,
    head_size: usize,
    whole: bool,
}

impl Seen {
    fn annotate(self) -> Outcome {
        // To the byte, however the network cut the pieces: the same message, the same answer.
        let seen = &self.head[..self.head.len().min(self.head_size)];
        self.annotator.annotate(&self.envelope, seen, self.whole)
    }
}

fn untouched(note: &'static str) -> Outcome {
    Outcome::Untouched(Summary {
        note: Some(note),
        ..Summary::default()
    })
}
