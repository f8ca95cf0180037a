//! The head of a message: as much as is looked at before anything is passed on.

use std::io;
use std::sync::Arc;

use memchr::memmem;

use super::Passage;
use crate::annotator::Summary;
use crate::doors::relay::asking::AT_ONCE;
use crate::doors::relay::session::Session;
use crate::doors::relay::wire::AT_REST;

impl Session {
    /// As much as is looked at; less, with what is known of it, where its header shows that it is no
    /// bounce: then it need not wait for its body.
    pub(super) async fn read_head(
        &mut self,
        passage: &mut Passage,
    ) -> io::Result<(Vec<u8>, Option<Summary>)> {
        let mut head = std::mem::take(&mut self.head);
        let mut header_ended = false;
        while !passage.source.ended() && head.len() <= self.settings.head_size {
            let unseen = head.len().saturating_sub(3);
            passage.read(self, &mut head).await?;
            if header_ended || passage.source.ended() || !ends_header(&head, unseen) {
                continue;
            }
            header_ended = true;
            if head.len() <= AT_ONCE {
                let annotator = self.settings.annotator.borrow().clone();
                let summary = annotator.glance(&passage.open.envelope(), &head);
                if summary.is_some() {
                    return Ok((head, summary));
                }
            }
        }
        Ok((head, None))
    }

    /// The buffer is for the next message; a big one is given back at once.
    pub(super) fn keep(&mut self, head: Arc<Vec<u8>>) {
        self.head = Arc::into_inner(head).unwrap_or_default();
        self.head.clear();
        self.head.shrink_to(AT_REST);
    }
}

/// Whether the empty line behind the header section is in it, not looked for in what was seen.
fn ends_header(head: &[u8], unseen: usize) -> bool {
    let unseen = unseen.min(head.len());
    head.starts_with(b"\r\n") || memmem::find(&head[unseen..], b"\r\n\r\n").is_some()
}
