//! Asking the annotator, once, for as long as it may take.

use std::sync::Arc;

use super::Passage;
use crate::annotator::Outcome;
use crate::doors::relay::asking::{Question, untouched};
use crate::doors::relay::session::Session;
use crate::rewrite::Edit;

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
        let question = Question {
            annotator: self.settings.annotator.borrow().clone(),
            envelope: passage.open.envelope(),
            head: head.clone(),
            head_size: self.settings.head_size,
            whole,
        };
        let outcome = question.ask(self.settings.time_limit).await;
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
