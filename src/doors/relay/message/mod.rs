//! One message, from DATA or BDAT to the reply: its head looked at, all of it passed on as it comes.
//!
//! Nothing is kept here beyond the head, and nothing is answered 250 that the next hop did not.

mod annotating;
mod head;
mod passing;
mod source;
mod telling;

use std::io;
use std::sync::Arc;
use std::time::Instant;

use source::Source;

use super::command::Chunk;
use super::data::BareNewline;
use super::phase::Phase;
use super::reply::{NoReply, Reply};
use super::session::{Open, Session, TOO_BIG, Then, Transaction};
use super::settings::{Protocol, Settings};
use crate::annotator::Outcome;
use crate::doors::message_id;
use crate::event::{Durations, Stage};

/// A message under way.
struct Passage {
    id: String,
    source: Source,
    size: u64,
    most_bytes: u64,
    received: String,
    open: Open,
    /// Why it is not passed on (any more); it is still read to its end.
    refusal: Option<Reply>,
    began: Instant,
    durations: Durations,
}

/// Why no content is asked for.
enum NoGo {
    Ours(Reply),
    Theirs(Reply),
}

impl Session {
    pub(super) async fn data(&mut self) -> io::Result<Then> {
        match self.start().await {
            Ok((go_ahead, open)) => {
                self.say(&go_ahead);
                self.message(open, Source::data()).await
            }
            Err(refusal) => Ok(self.pass_no_message(&refusal)),
        }
    }

    fn pass_no_message(&mut self, refusal: &NoGo) -> Then {
        match refusal {
            NoGo::Ours(reply) => self.refuse(reply),
            NoGo::Theirs(reply) => {
                self.say(reply);
                Then::GoOn
            }
        }
    }

    /// RFC 3030 §2: the chunk comes, whatever we will say to it.
    pub(super) async fn bdat(&mut self, chunk: Chunk) -> io::Result<Then> {
        let recipients = self.transaction.recipients();
        match self.start().await {
            Ok((_, open)) => self.message(open, Source::bdat(chunk)).await,
            Err(refusal) => {
                // The chunks behind this one belong to no transaction.
                if matches!(self.transaction, Transaction::Open(_)) {
                    self.rest_behind().await;
                    self.transaction = Transaction::None;
                }
                self.skip(chunk.size).await?;
                let then = self.pass_no_message(&refusal);
                // RFC 2033 §4.2: it was the end of the message, for each of them.
                if chunk.last && self.settings.protocol == Protocol::Lmtp {
                    let (NoGo::Ours(reply) | NoGo::Theirs(reply)) = &refusal;
                    (1..recipients).for_each(|_| self.say(reply));
                }
                Ok(then)
            }
        }
    }

    /// The next hop's go-ahead for content; or what the client is to hear instead.
    async fn start(&mut self) -> Result<(Reply, Open), NoGo> {
        match (std::mem::take(&mut self.transaction), &mut self.behind) {
            (Transaction::None, _) => {
                let reply = Reply::new(503, "5.5.1 MAIL first");
                Err(NoGo::Ours(reply))
            }
            (Transaction::Open(open), _) if open.rcpt.is_empty() => {
                self.transaction = Transaction::Open(open);
                let code = match self.settings.protocol {
                    Protocol::Smtp => 554,
                    Protocol::Lmtp => 503, // RFC 2033 §4.2
                };
                let reply = Reply::new(code, "5.5.1 No valid recipients");
                Err(NoGo::Ours(reply))
            }
            (Transaction::Open(open), Some(behind)) => {
                let reply = behind.data().await;
                let go_ahead = reply.as_ref().is_ok_and(|reply| reply.code == 354);
                if go_ahead {
                    // Should the client vanish in the middle, the next hop is left there as well.
                    let recipients = open.rcpt.len();
                    self.transaction = Transaction::Broken { recipients };
                    return Ok((self.settings.answer(reply, Stage::Data), open));
                }
                self.transaction = Transaction::Open(open);
                Err(NoGo::Theirs(self.heed(reply, Stage::Data)))
            }
            (broken @ (Transaction::Broken { .. } | Transaction::Open(_)), _) => {
                let recipients = broken.recipients();
                self.transaction = Transaction::Broken { recipients };
                Err(NoGo::Theirs(Reply::next_hop_gone()))
            }
        }
    }

    /// A chunk that is not wanted: were it left, it would be read as commands.
    async fn skip(&mut self, size: u64) -> io::Result<()> {
        self.client.deadline = Some((Instant::now() + self.settings.limits.message).into());
        let skipped = self.skip_within(size).await;
        self.client.deadline = None;
        skipped
    }

    async fn skip_within(&mut self, mut size: u64) -> io::Result<()> {
        while size > 0 {
            if self.client.unread().is_empty() {
                self.client.fill().await?;
            }
            let here = self.client.unread().len();
            let skipped = usize::try_from(size).map_or(here, |size| size.min(here));
            self.client.consume(skipped);
            size -= skipped as u64;
        }
        Ok(())
    }

    async fn message(&mut self, open: Open, source: Source) -> io::Result<Then> {
        let id = message_id();
        let received = self.received(&id, &open);
        let ours = self.settings.limits.message_bytes;
        let behind = self.behind.as_ref();
        let mut passage = Passage {
            id,
            source,
            size: 0,
            most_bytes: behind.map_or(ours, |behind| self.most_bytes(behind)),
            received,
            open,
            refusal: None,
            began: Instant::now(),
            durations: Durations::default(),
        };
        self.client.deadline = Some((passage.began + self.settings.limits.message).into());
        let phase = self.phase.clone();
        // A reply that is here is the client's.
        let passed = Phase::Over.or_done(&phase, self.pass(&mut passage));
        let replies = match passed.await {
            Some(Ok(replies)) => replies,
            Some(Err(error)) => {
                self.tell_of_a_torso(&mut passage, telling::torso_note(&error));
                return Err(error);
            }
            None => {
                // Whatever was under way at the next hop stays without its end.
                self.behind = None;
                self.tell_of_a_torso(&mut passage, "shutdown");
                self.say(&Reply::shutting_down());
                return Ok(Then::Close);
            }
        };
        self.is_fresh = false;
        self.client.deadline = None;
        if let Some(command) = passage.source.given_up() {
            self.transaction = Transaction::None;
            self.peer.queue_id = None;
            return Box::pin(self.obey(command)).await;
        }
        replies.iter().for_each(|reply| self.say(reply));
        self.transaction = Transaction::None;
        Ok(Then::GoOn)
    }

    /// The replies for the client: one, or with LMTP one for each recipient; none to a message that
    /// it gave up.
    async fn pass(&mut self, passage: &mut Passage) -> io::Result<Vec<Reply>> {
        let (head, glanced) = self.read_head(passage).await?;
        if passage.source.is_given_up() {
            self.behind = None;
            return Ok(Vec::new());
        }
        let whole = passage.source.ended() && head.len() <= self.settings.head_size;
        passage.durations.receiving = passage.began.elapsed();
        let (head, outcome) = match glanced {
            Some(summary) if passage.refusal.is_none() => {
                (Arc::new(head), Outcome::Untouched(summary))
            }
            _ => self.annotate(passage, head, whole).await,
        };
        passage.durations.annotating = passage.began.elapsed() - passage.durations.receiving;
        let (edit, mut summary) = match outcome {
            Outcome::Annotated(edit, summary) => (Some(edit), summary),
            Outcome::Untouched(summary) => (None, summary),
        };
        let has_edit = edit.is_some();
        let edit = edit.filter(|edit| self.fits(passage, edit, whole));
        if has_edit && edit.is_none() {
            summary.note = Some("no-room-for-the-notice");
        }
        let (answers, annotated) = self.pass_on(passage, &head, edit.as_ref(), whole).await?;
        self.keep(head);
        if passage.source.is_given_up() {
            return Ok(Vec::new());
        }
        if edit.is_some() && !annotated && passage.refusal.is_none() {
            summary.note = Some("the-next-hop-refused-the-notice");
        }
        let recipients = if passage.source.ends_the_message() {
            passage.open.rcpt.len()
        } else {
            1
        };
        let replies = match passage.refusal.take() {
            // Ours, and no sign of the next hop.
            Some(refusal) if self.settings.protocol == Protocol::Smtp => vec![refusal],
            Some(refusal) => vec![refusal; recipients],
            None => self.replies(answers, recipients),
        };
        let added = edit.filter(|_| annotated).map(|edit| edit.growth());
        passage.durations.whole = passage.began.elapsed();
        self.tell(passage, summary, added, &replies);
        Ok(replies)
    }

    /// What the client hears: never better than it is.
    fn replies(&self, answers: Vec<Result<Reply, NoReply>>, recipients: usize) -> Vec<Reply> {
        let mut replies: Vec<Reply> = answers
            .into_iter()
            .map(|answer| self.settings.answer(answer, Stage::End))
            .collect();
        match self.settings.protocol {
            Protocol::Smtp => {
                let worst = replies.iter().enumerate().max_by_key(|(_, r)| r.gravity());
                let worst = worst.map_or(0, |(number, _)| number);
                replies.swap(0, worst);
                replies.truncate(1);
                replies
            }
            Protocol::Lmtp => {
                // One for all, or the last word before the connection was lost.
                if let Some(last) = replies.last().cloned() {
                    replies.resize(recipients, last);
                }
                replies
            }
        }
    }
}

impl Passage {
    /// Adds to `content` what the client sends next.
    async fn read(&mut self, session: &mut Session, content: &mut Vec<u8>) -> io::Result<()> {
        let before = content.len();
        let refused = self.refusal.is_some();
        self.source.read(session, content, refused).await?;
        self.size += (content.len() - before) as u64;
        if let Some(refusal) = self.fault(&session.settings) {
            self.refusal.get_or_insert(refusal);
        }
        if self.refusal.is_some() {
            content.clear();
            // The next hop need not wait for what it will never get.
            session.behind = None;
        }
        Ok(())
    }

    fn fault(&self, settings: &Settings) -> Option<Reply> {
        if self.size > self.most_bytes {
            return Some(Reply::new(552, TOO_BIG));
        }
        let bare = self.source.bare_newline() && settings.bare_newline == BareNewline::Reject;
        let text = "5.5.2 A lone CR or LF in the message; lines end with CR LF";
        bare.then(|| Reply::new(550, text))
    }
}
