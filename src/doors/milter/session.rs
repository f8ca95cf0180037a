//! A connection of the MTA: one client's session there, with any number of messages. What becomes of
//! each is decided in `deciding.rs`.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::watch;

use super::command::Command;
use super::deciding::noted;
use super::macros::Macros;
use super::message::{Message, Stage};
use super::negotiation::{Agreed, Answered};
use super::wire::{Fault, Packet, Wire};
use super::{NAME, Senders, Settings};
use crate::bounce::may_report;
use crate::doors::listener::Stream;
use crate::doors::relay::Phase;
use crate::event::Event;

pub(super) const CONTINUE: u8 = b'c';

pub struct Session {
    pub(super) settings: Arc<Settings>,
    pub(super) wire: Wire,
    /// Who connected to us: the MTA.
    pub(super) peer: Option<IpAddr>,
    agreed: Option<Agreed>,
    /// QUIT_NC was the last word: another connection of the MTA's comes next.
    anew: bool,
    pub(super) macros: Macros,
    /// The one under way, until something is decided about it.
    pub(super) message: Option<Message>,
}

/// What follows a command.
#[derive(Debug, PartialEq, Eq)]
enum Then {
    GoOn,
    Quit,
}

impl Session {
    pub fn new(settings: Arc<Settings>, stream: Stream, peer: Option<IpAddr>) -> Self {
        let wire = Wire::new(stream, settings.limits.silence);
        Self {
            settings,
            wire,
            peer,
            agreed: None,
            anew: false,
            macros: Macros::default(),
            message: None,
        }
    }

    /// Until the MTA leaves, or does what nobody could follow.
    pub async fn run(mut self, phase: watch::Receiver<Phase>) {
        let (door, settings) = (NAME, self.settings.clone());
        settings.events.send(&Event::SessionOpened { door });
        let mut over = phase.clone();
        let ended = tokio::select! {
            ended = self.converse(phase) => ended,
            () = Phase::Over.reached(&mut over) => Ok(()),
        };
        drop(self);
        if let Err(fault) = ended {
            let why = fault.name();
            settings.events.send(&Event::SessionBroken { door, why });
        }
        settings.events.send(&Event::SessionClosed { door });
    }

    async fn converse(&mut self, mut phase: watch::Receiver<Phase>) -> Result<(), Fault> {
        loop {
            let Some(packet) = self.next_packet(&mut phase).await? else {
                return Ok(());
            };
            if self.obey(Command::read(packet)?).await? == Then::Quit {
                return Ok(());
            }
        }
    }

    /// None where no further one is to be waited for.
    async fn next_packet(
        &mut self,
        phase: &mut watch::Receiver<Phase>,
    ) -> Result<Option<Packet>, Fault> {
        if self.message.is_some() {
            return self.wire.packet().await;
        }
        tokio::select! {
            // What is there already may begin a message.
            biased;
            packet = self.wire.packet() => packet,
            () = Phase::Draining.reached(phase) => Ok(None),
        }
    }

    async fn obey(&mut self, command: Command) -> Result<Then, Fault> {
        let Some(agreed) = self.agreed else {
            return self.negotiate(command).await;
        };
        let anew = std::mem::take(&mut self.anew);
        match command {
            // Behind QUIT_NC it may be somebody else.
            Command::Negotiate(_) if anew => {
                self.agreed = None;
                return self.negotiate(command).await;
            }
            Command::Negotiate(_) => return Err(Fault::OutOfOrder),
            Command::Macros(pairs) => self.macros.take(&pairs),
            Command::Connect => self.between(Answered::Connect).await?,
            Command::Hello => self.between(Answered::Hello).await?,
            Command::Unknown => self.go_on(Answered::Unknown).await?,
            Command::Mail(path) => {
                let message = Message::begin(&path, &self.macros);
                let looked_at = self.is_looked_at(&message);
                self.message = Some(message);
                match looked_at {
                    true => self.go_on(Answered::Mail).await?,
                    false => self.let_go(noted("sender")).await?,
                }
            }
            Command::Rcpt(path) => {
                let message = under_way(&mut self.message, Stage::Envelope)?;
                message.add_recipient(&path, &self.macros);
                self.go_on(Answered::Rcpt).await?;
            }
            Command::Data => {
                under_way(&mut self.message, Stage::Envelope)?;
                self.go_on(Answered::Data).await?;
            }
            Command::Header { name, value } => {
                let (most, space) = (self.most_bytes(), agreed.has_leading_space());
                let message = under_way(&mut self.message, Stage::Header)?;
                message.add_field(&name, &value, space, most);
                self.go_on(Answered::Header).await?;
            }
            Command::EndOfHeader => self.end_of_header(agreed).await?,
            Command::Body(piece) => self.body(&piece).await?,
            Command::EndOfBody(piece) => self.end_of_body(agreed, &piece).await?,
            Command::Abort => self.forget_message(),
            Command::Quit => return Ok(Then::Quit),
            Command::QuitNewConnection => {
                self.message = None;
                self.macros = Macros::default();
                self.anew = true;
            }
        }
        Ok(Then::GoOn)
    }

    fn is_looked_at(&self, message: &Message) -> bool {
        self.settings.senders == Senders::All || may_report(&message.envelope)
    }

    async fn negotiate(&mut self, command: Command) -> Result<Then, Fault> {
        match command {
            Command::Negotiate(offer) => {
                self.agreed = Some(Agreed::with(offer, self.settings.senders, &mut self.wire)?);
                self.wire.send().await?;
                Ok(Then::GoOn)
            }
            Command::Quit => Ok(Then::Quit),
            _ => Err(Fault::OutOfOrder),
        }
    }

    /// What is not said in the middle of a message ends one that nobody aborted.
    async fn between(&mut self, command: Answered) -> Result<(), Fault> {
        self.message = None;
        self.go_on(command).await
    }

    async fn go_on(&mut self, command: Answered) -> Result<(), Fault> {
        match self.agreed {
            Some(agreed) if agreed.waits_after(command) => self.answer(CONTINUE).await,
            _ => Ok(()),
        }
    }

    pub(super) async fn answer(&mut self, letter: u8) -> Result<(), Fault> {
        self.wire.put(letter, &[]);
        self.wire.send().await
    }

    pub(super) fn most_bytes(&self) -> usize {
        self.settings.limits.message_bytes
    }

    fn forget_message(&mut self) {
        self.message = None;
        self.macros.forget_message();
    }
}

/// The message that a command belongs to, if it is not further than that.
pub(super) fn under_way(
    message: &mut Option<Message>,
    stage: Stage,
) -> Result<&mut Message, Fault> {
    let message = message.as_mut().ok_or(Fault::OutOfOrder)?;
    let fits = match stage {
        Stage::Body => message.stage == Stage::Body,
        _ => message.stage <= stage,
    };
    fits.then_some(message).ok_or(Fault::OutOfOrder)
}
