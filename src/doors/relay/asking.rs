//! The question that a door asks the annotator, for as long as the answer may take.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::annotator::{Annotator, Outcome, Summary};
use crate::mail::Envelope;

/// So little is looked at sooner than another thread could be asked to.
pub const AT_ONCE: usize = 64 << 10;

/// What the annotator is shown.
pub struct Question {
    pub annotator: Annotator,
    pub envelope: Envelope,
    pub head: Arc<Vec<u8>>,
    pub head_size: usize,
    pub whole: bool,
}

impl Question {
    /// Asked once. Past the limit the message goes on as it came.
    pub async fn ask(self, limit: Duration) -> Outcome {
        if self.head.len() <= AT_ONCE {
            let began = Instant::now();
            let outcome = self.answer();
            let in_time = began.elapsed() <= limit;
            let late = || untouched("time-limit");
            return if in_time { outcome } else { late() };
        }
        let asked = tokio::task::spawn_blocking(move || self.answer());
        match tokio::time::timeout(limit, asked).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => untouched("annotator-failed"),
            Err(_) => untouched("time-limit"),
        }
    }

    fn answer(self) -> Outcome {
        // To the byte, however the network cut the pieces: the same message, the same answer.
        let seen = &self.head[..self.head.len().min(self.head_size)];
        self.annotator.annotate(&self.envelope, seen, self.whole)
    }
}

pub fn untouched(note: &'static str) -> Outcome {
    Outcome::Untouched(Summary {
        kind: "ordinary",
        note: Some(note),
        ..Summary::default()
    })
}
