//! What becomes of a message: let go as early as it can be, or asked about and sent back with its
//! edit. Whatever goes wrong here, the answer is to accept it as it is.

use std::time::{Duration, Instant};

use super::message::{Message, Stage};
use super::negotiation::Agreed;
use super::session::{CONTINUE, Session, under_way};
use super::wire::Fault;
use super::{NAME, actions};
use crate::annotator::{Outcome, Summary};
use crate::doors::message_id;
use crate::doors::relay::{Question, untouched};
use crate::event::{self, Durations, Event, MessagePassed};

const ACCEPT: u8 = b'a';
const PROGRESS: u8 = b'p';

/// So often an MTA hears that it is not forgotten; Sendmail waits ten seconds, if not told otherwise.
const PROGRESS_EVERY: Duration = Duration::from_secs(2);

impl Session {
    /// Most mail is let go here.
    pub(super) async fn end_of_header(&mut self, agreed: Agreed) -> Result<(), Fault> {
        let most = self.most_bytes();
        let message = under_way(&mut self.message, Stage::Header)?;
        message.end_header(most);
        let summary = match message {
            Message { too_big: true, .. } => Some(noted("too-big")),
            _ if !agreed.changes => Some(noted("the-mta-takes-no-changes")),
            message => {
                let seen = message.bytes.len().min(self.settings.head_size);
                let annotator = self.settings.annotator.borrow().clone();
                annotator.glance(&message.envelope, &message.bytes[..seen])
            }
        };
        match summary {
            Some(summary) => self.let_go(summary).await,
            None => self.answer(CONTINUE).await,
        }
    }

    pub(super) async fn body(&mut self, piece: &[u8]) -> Result<(), Fault> {
        let (most, head_size) = (self.most_bytes(), self.settings.head_size);
        let message = under_way(&mut self.message, Stage::Body)?;
        message.add_body(piece, most);
        if message.too_big {
            return self.let_go(noted("too-big")).await;
        }
        // What its head does not make a bounce need not be collected.
        if message.bytes.len() > head_size && message.outcome.is_none() {
            let outcome = self.ask(false).await;
            if let Outcome::Untouched(summary) = outcome {
                return self.let_go(summary).await;
            }
            under_way(&mut self.message, Stage::Body)?.outcome = Some(outcome);
        }
        self.answer(CONTINUE).await
    }

    pub(super) async fn end_of_body(&mut self, agreed: Agreed, piece: &[u8]) -> Result<(), Fault> {
        let most = self.most_bytes();
        let message = under_way(&mut self.message, Stage::Body)?;
        message.add_body(piece, most);
        if message.too_big {
            return self.let_go(noted("too-big")).await;
        }
        let asked = Instant::now();
        let outcome = match message.outcome.take() {
            Some(outcome) => outcome,
            None => self.ask_with_progress().await?,
        };
        let took = asked.elapsed();
        let (edit, summary) = match outcome {
            Outcome::Untouched(summary) => return self.pass(summary, None, took).await,
            Outcome::Annotated(edit, summary) => (edit, summary),
        };
        let message = under_way(&mut self.message, Stage::Body)?;
        let Some(packets) = actions::of(&edit, message, agreed.has_leading_space()) else {
            let note = Some("no-words-for-the-edit");
            return self.pass(Summary { note, ..summary }, None, took).await;
        };
        self.wire.put_all(&packets);
        self.pass(summary, Some(edit.growth()), took).await
    }

    /// The annotator's answer; the MTA hears meanwhile that it is being worked on.
    async fn ask_with_progress(&mut self) -> Result<Outcome, Fault> {
        let whole = self.message.as_ref();
        let whole = whole.is_some_and(|m| m.bytes.len() <= self.settings.head_size);
        let mut asked = std::pin::pin!(self.ask(whole));
        loop {
            match tokio::time::timeout(PROGRESS_EVERY, &mut asked).await {
                Ok(outcome) => return Ok(outcome),
                Err(_) => self.answer(PROGRESS).await?,
            }
        }
    }

    /// Of as much of the message as there is.
    fn ask(&self, whole: bool) -> impl Future<Output = Outcome> + use<> {
        let settings = self.settings.clone();
        let name = self.macros.hostname.clone();
        let seen = self
            .message
            .as_ref()
            .map(|m| (m.envelope.clone(), m.bytes.clone()));
        async move {
            let Some((envelope, head)) = seen else {
                return untouched("annotator-failed");
            };
            // The MTA's own name, as it was the MTA that asked for this.
            let annotator = match name {
                Some(name) => settings.annotator.borrow().signing_as(name),
                None => settings.annotator.borrow().clone(),
            };
            let question = Question {
                annotator,
                envelope,
                head,
                head_size: settings.head_size,
                whole,
            };
            question.ask(settings.time_limit).await
        }
    }

    pub(super) async fn let_go(&mut self, summary: Summary) -> Result<(), Fault> {
        self.pass(summary, None, Duration::ZERO).await
    }

    /// The last word on a message, behind what is to be done to it.
    async fn pass(
        &mut self,
        summary: Summary,
        added: Option<i64>,
        asked: Duration,
    ) -> Result<(), Fault> {
        self.answer(ACCEPT).await?;
        if let Some(message) = self.message.take() {
            self.tell(message, summary, added, asked);
        }
        self.macros.forget_message();
        Ok(())
    }

    fn tell(&self, message: Message, summary: Summary, added: Option<i64>, asked: Duration) {
        let whole = message.began.elapsed();
        let outcome = match added {
            None => event::Outcome::Untouched,
            Some(_) => event::Outcome::Annotated,
        };
        self.settings
            .events
            .send(&Event::MessagePassed(MessagePassed {
                id: message_id(),
                client_id: self.macros.queue_id.clone(),
                door: NAME,
                peer: self.macros.client.or(self.peer),
                reverse_path: message.envelope.reverse_path,
                forward_paths: message.envelope.forward_paths,
                size_bytes: message.size,
                added_bytes: added.unwrap_or(0),
                outcome,
                summary,
                reply: None,
                durations: Durations {
                    whole,
                    receiving: whole.saturating_sub(asked),
                    annotating: asked,
                    next_hop: Duration::ZERO,
                },
            }));
    }
}

pub(super) fn noted(note: &'static str) -> Summary {
    Summary {
        kind: "ordinary",
        note: Some(note),
        ..Summary::default()
    }
}
