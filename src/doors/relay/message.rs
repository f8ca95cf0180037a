//! One message, from DATA to the reply: its head looked at, all of it passed on as it comes.
//!
//! Nothing is kept here beyond the head, and nothing is answered 250 that the next hop did not.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use time::OffsetDateTime;

use super::behind::Behind;
use super::data::{BareNewline, Decoder};
use super::received::Received;
use super::reply::{NoReply, Reply};
use super::session::{Session, Shared, TOO_BIG, Then};
use super::transaction::{Open, Transaction};
use crate::annotator::{Annotator, Outcome, Summary};
use crate::doors::message_id;
use crate::event::{self, Event, MessagePassed};
use crate::mail::Envelope;
use crate::rewrite::Edit;

/// A message under way.
struct Passage {
    id: String,
    decoder: Decoder,
    size: u64,
    received: String,
    open: Open,
    /// Why it is not passed on (any more); it is still read to its end.
    refusal: Option<Reply>,
    began: Instant,
}

impl Session {
    pub(super) async fn data(&mut self) -> io::Result<Then> {
        let (reply, open) = match (std::mem::take(&mut self.transaction), &mut self.behind) {
            (Transaction::None, _) => (Reply::new(503, "5.5.1 MAIL first"), None),
            (Transaction::Open(open), _) if open.rcpt.is_empty() => {
                self.transaction = Transaction::Open(open);
                (Reply::new(554, "5.5.1 No valid recipients"), None)
            }
            (Transaction::Open(open), Some(behind)) => {
                let reply = behind.data().await;
                if reply.as_ref().is_ok_and(|reply| reply.code == 354) {
                    (self.heed(reply), Some(open))
                } else {
                    self.transaction = Transaction::Open(open);
                    (self.heed(reply), None)
                }
            }
            (Transaction::Broken | Transaction::Open(_), _) => {
                self.transaction = Transaction::Broken;
                (Reply::next_hop_gone(), None)
            }
        };
        self.say(&reply);
        if let Some(open) = open {
            // Should the client vanish in the middle, the next hop is left there as well.
            self.transaction = Transaction::Broken;
            self.message(open).await?;
            self.transaction = Transaction::None;
        }
        Ok(Then::GoOn)
    }

    async fn message(&mut self, open: Open) -> io::Result<()> {
        let id = message_id();
        let received = self.received(&id, &open);
        let mut passage = Passage {
            id,
            decoder: Decoder::default(),
            size: 0,
            received,
            open,
            refusal: None,
            began: Instant::now(),
        };
        let mut head = Vec::new();
        let head_size = self.shared.head_size;
        while !passage.decoder.ended && head.len() <= head_size {
            passage.read(self, &mut head).await?;
        }
        let whole = passage.decoder.ended && head.len() <= head_size;
        let (head, outcome) = self.annotate(&passage, head, whole).await;
        let (edit, summary) = match outcome {
            Outcome::Annotated(edit, summary) => (Some(edit), summary),
            Outcome::Untouched(summary) => (None, summary),
        };
        let edit = edit.filter(|edit| self.fits(&passage, edit, whole));
        let (reply, annotated) = self
            .pass_on(&mut passage, &head, edit.as_ref(), whole)
            .await?;
        // Whoever hears of it first, it is true by now.
        let added = edit.filter(|_| annotated).map(|edit| growth(&edit));
        self.tell(&passage, summary, added, &reply);
        self.say(&reply);
        Ok(())
    }

    fn received(&self, id: &str, open: &Open) -> String {
        let Some(hello) = self.hello.as_ref().filter(|_| self.shared.received) else {
            return String::new();
        };
        let protocol = match (hello.extended, open.is_utf8()) {
            (_, true) => "UTF8SMTP", // RFC 6531 §4.3
            (true, _) => "ESMTP",
            (false, _) => "SMTP",
        };
        let at = OffsetDateTime::now_utc();
        let hostname = &self.shared.hostname;
        Received {
            hello: &hello.name,
            peer: self.peer,
            hostname,
            protocol,
            id,
            at,
        }
        .field()
    }

    /// Asks the annotator, once, for as long as it may take. The head comes back.
    async fn annotate(
        &self,
        passage: &Passage,
        head: Vec<u8>,
        whole: bool,
    ) -> (Arc<Vec<u8>>, Outcome) {
        let head = Arc::new(head);
        if passage.refusal.is_some() {
            return (head, Outcome::Untouched(Summary::default()));
        }
        let seen = Seen {
            annotator: self.shared.annotator.clone(),
            envelope: passage.open.envelope(),
            head: head.clone(),
            head_size: self.shared.head_size,
            whole,
        };
        let asked = tokio::task::spawn_blocking(move || seen.annotate());
        let outcome = match tokio::time::timeout(self.shared.time_limit, asked).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => untouched("annotator-failed"),
            Err(_) => untouched("time-limit"),
        };
        (head, outcome)
    }

    /// Whether the edit does not make the message too big for the next hop.
    fn fits(&self, passage: &Passage, edit: &Edit, whole: bool) -> bool {
        let limit = self
            .behind
            .as_ref()
            .and_then(|behind| behind.extensions().size_limit());
        let size = if whole {
            Some(passage.size)
        } else {
            passage.open.declared_size()
        };
        let (Some(limit), Some(size)) = (limit, size) else {
            return true;
        };
        let grown = size.saturating_add_signed(growth(edit));
        grown.saturating_add(passage.received.len() as u64) <= limit
    }

    /// Passes on what is in hand and what still comes. The reply, and whether the edit went along.
    async fn pass_on(
        &mut self,
        passage: &mut Passage,
        head: &[u8],
        edit: Option<&Edit>,
        whole: bool,
    ) -> io::Result<(Reply, bool)> {
        // Taken: whatever breaks from here on, it is dropped without the end of data.
        let mut behind = self.behind.take();
        let mut sent = match &mut behind {
            Some(behind) if passage.refusal.is_none() => {
                begin(behind, passage, head, edit, self.shared.head_size).await
            }
            _ => Ok(()),
        };
        let mut piece = Vec::new();
        while !passage.decoder.ended {
            piece.clear();
            passage.read(self, &mut piece).await?;
            if passage.refusal.is_some() || sent.is_err() {
                behind = None;
            } else if let Some(behind) = &mut behind {
                sent = behind.write(&piece).await;
            }
        }
        if let Some(refusal) = passage.refusal.take() {
            return Ok((refusal, false));
        }
        let Some(mut behind) = behind else {
            return Ok((self.shared.answer(Err(NoReply::Gone)), false));
        };
        let mut reply = match sent {
            Ok(()) => end(&mut behind, edit).await,
            Err(no_reply) => Err(no_reply),
        };
        let refused = reply.as_ref().is_ok_and(Reply::is_permanent);
        let again = edit.is_some() && whole && refused;
        if again {
            reply = once_more(&self.shared, &mut behind, passage, head).await;
        }
        if reply.as_ref().is_ok_and(|reply| reply.code != 421) {
            self.behind = Some(behind);
        }
        let reply = self.shared.answer(reply);
        Ok((reply, edit.is_some() && !again))
    }

    fn tell(&self, passage: &Passage, summary: Summary, added: Option<i64>, reply: &Reply) {
        let outcome = match (reply.is_positive(), added) {
            (false, _) => event::Outcome::Failed,
            (true, Some(_)) => event::Outcome::Annotated,
            (true, None) => event::Outcome::Untouched,
        };
        self.shared
            .events
            .send(&Event::MessagePassed(MessagePassed {
                id: passage.id.clone(),
                door: self.shared.door,
                peer: self.peer,
                reverse_path: passage.open.envelope().reverse_path,
                forward_paths: passage.open.rcpt.len(),
                size_bytes: passage.size,
                added_bytes: added.unwrap_or(0),
                outcome,
                summary,
                reply: Some((reply.code, reply.text())),
                duration: passage.began.elapsed(),
            }));
    }
}

impl Passage {
    /// Adds to `content` what the client sends next.
    async fn read(&mut self, session: &mut Session, content: &mut Vec<u8>) -> io::Result<()> {
        if session.client.unread().is_empty() {
            session.client.fill().await?;
        }
        let before = content.len();
        let used = self.decoder.decode(session.client.unread(), content);
        session.client.consume(used);
        self.size += (content.len() - before) as u64;
        if self.size > session.shared.max_message_size {
            self.refusal.get_or_insert_with(|| Reply::new(552, TOO_BIG));
        }
        if self.decoder.bare_newline && session.shared.bare_newline == BareNewline::Reject {
            let text = "5.5.2 A lone CR or LF in the message; lines end with CR LF";
            self.refusal.get_or_insert_with(|| Reply::new(550, text));
        }
        if self.refusal.is_some() {
            content.clear();
            // The next hop need not wait for what it will never get.
            session.behind = None;
        }
        Ok(())
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

fn growth(edit: &Edit) -> i64 {
    let splices = edit
        .splices
        .iter()
        .map(|s| s.with.len() as i64 - s.range.len() as i64);
    splices.sum::<i64>() + edit.end.len() as i64
}

async fn begin(
    behind: &mut Behind,
    passage: &Passage,
    head: &[u8],
    edit: Option<&Edit>,
    head_size: usize,
) -> Result<(), NoReply> {
    behind.write(passage.received.as_bytes()).await?;
    let Some(edit) = edit else {
        return behind.write(head).await;
    };
    let (seen, unseen) = head.split_at(head.len().min(head_size));
    behind.write(&edit.apply_to_head(seen)).await?;
    behind.write(unseen).await
}

async fn end(behind: &mut Behind, edit: Option<&Edit>) -> Result<Reply, NoReply> {
    if let Some(edit) = edit {
        behind.write(&edit.end).await?;
    }
    behind.end().await
}

/// Annotated it was refused: as it came it may not be.
async fn once_more(
    shared: &Shared,
    behind: &mut Behind,
    passage: &Passage,
    head: &[u8],
) -> Result<Reply, NoReply> {
    match as_it_came(behind, passage, head).await {
        // Some close the connection after a refusal.
        Ok(reply) if reply.code == 421 => {}
        Err(_) => {}
        answered => return answered,
    }
    *behind = Behind::connect(&shared.behind)
        .await
        .map_err(|_| NoReply::Unreachable)?;
    as_it_came(behind, passage, head).await
}

async fn as_it_came(behind: &mut Behind, passage: &Passage, head: &[u8]) -> Result<Reply, NoReply> {
    let mut reply = behind.mail(&passage.open.mail.line("MAIL FROM")).await?;
    for rcpt in &passage.open.rcpt {
        if reply.is_positive() {
            reply = behind.rcpt(&rcpt.line("RCPT TO")).await?;
        }
    }
    if reply.is_positive() {
        reply = behind.data().await?;
    }
    if reply.code != 354 {
        behind.reset().await?;
        return Ok(reply);
    }
    begin(behind, passage, head, None, head.len()).await?;
    behind.end().await
}
