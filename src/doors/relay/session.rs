//! One client's session: each command in turn, passed to the next hop at once, its reply passed back.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::behind::{self, Behind};
use super::command::{self, Command, LONGEST_COMMAND, PathCommand};
use super::data::BareNewline;
use super::extensions::Extensions;
use super::reply::{NoReply, Reply};
use super::transaction::{Open, Transaction};
use super::wire::{Line, Wire};
use crate::annotator::Annotator;
use crate::doors::listener::Stream;
use crate::event::{Event, Events};

/// How long the program goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Running,
    /// Messages under way may end; nothing new begins.
    Draining,
    /// All ends at once.
    Over,
}

impl Phase {
    /// Waits until it has come so far; a program that no longer tells is over.
    pub async fn reached(self, phase: &mut watch::Receiver<Phase>) {
        let _ = phase.wait_for(|now| *now >= self).await;
    }
}

/// What all sessions of a door work with; a session keeps what it began with.
pub struct Shared {
    pub door: &'static str,
    pub hostname: String,
    pub received: bool,
    pub bare_newline: BareNewline,
    pub max_recipients: usize,
    pub max_message_size: u64,
    pub client_timeout: Duration,
    pub behind: behind::Settings,
    pub head_size: usize,
    pub time_limit: Duration,
    pub annotator: Annotator,
    pub events: Events,
}

pub struct Session {
    pub(super) shared: Arc<Shared>,
    pub(super) peer: Option<IpAddr>,
    pub(super) client: Wire,
    pub(super) behind: Option<Behind>,
    pub(super) hello: Option<Hello>,
    pub(super) transaction: Transaction,
    pub(super) phase: watch::Receiver<Phase>,
}

/// How the client named itself.
#[derive(Debug, Clone)]
pub(super) struct Hello {
    pub extended: bool,
    pub name: String,
}

/// What follows a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Then {
    GoOn,
    Close,
}

impl Session {
    pub fn new(
        shared: Arc<Shared>,
        stream: Stream,
        peer: Option<IpAddr>,
        phase: watch::Receiver<Phase>,
    ) -> Self {
        let client = Wire::new(stream, shared.client_timeout);
        let (behind, hello, transaction) = (None, None, Transaction::None);
        Self {
            shared,
            peer,
            client,
            behind,
            hello,
            transaction,
            phase,
        }
    }

    /// Until the client leaves, or is told to.
    pub async fn run(mut self) {
        let mut phase = self.phase.clone();
        let ended = tokio::select! {
            ended = self.converse() => ended,
            _ = Phase::Over.reached(&mut phase) => {
                // Whatever was under way at the next hop stays without its end.
                self.behind = None;
                self.client.put(b"421 4.3.2 Shutting down, please try again later\r\n");
                Ok(())
            }
        };
        if let Err(error) = ended
            && error.kind() == io::ErrorKind::TimedOut
        {
            self.client
                .put(b"421 4.4.2 Timeout, closing the connection\r\n");
        }
        match (self.behind.take(), &self.transaction) {
            (Some(behind), Transaction::None) => behind.quit(),
            (behind, _) => drop(behind),
        }
        self.client.close().await;
    }

    async fn converse(&mut self) -> io::Result<()> {
        let greeting = format!("{} ESMTP plainbounce", self.shared.hostname);
        self.say(&Reply::new(220, &greeting));
        loop {
            let Some(line) = self.next_line().await? else {
                self.say(&Reply::new(
                    421,
                    "4.3.2 Shutting down, please try again later",
                ));
                return Ok(());
            };
            let then = match line {
                Line::Overlong => {
                    self.say(&Reply::new(500, "5.5.2 The line is too long"));
                    Then::GoOn
                }
                Line::Whole(line) => match command::parse(&line) {
                    Ok(command) => self.obey(command).await?,
                    Err(reply) => {
                        self.say(&reply);
                        Then::GoOn
                    }
                },
            };
            if then == Then::Close {
                return Ok(());
            }
        }
    }

    /// The next command; none where no further one is to be waited for.
    async fn next_line(&mut self) -> io::Result<Option<Line>> {
        if !matches!(self.transaction, Transaction::None) {
            return self.client.line(LONGEST_COMMAND).await.map(Some);
        }
        tokio::select! {
            biased;
            _ = Phase::Draining.reached(&mut self.phase) => Ok(None),
            line = self.client.line(LONGEST_COMMAND) => line.map(Some),
        }
    }

    pub(super) fn say(&mut self, reply: &Reply) {
        reply.write(self.client.output());
    }

    async fn obey(&mut self, command: Command) -> io::Result<Then> {
        match command {
            Command::Hello { extended, name } => self.hello(Hello { extended, name }).await,
            Command::Mail(mail) => self.mail(mail).await,
            Command::Rcpt(rcpt) => self.rcpt(rcpt).await,
            Command::Data => return self.data().await,
            Command::Rset => self.rset().await,
            Command::Noop => self.say(&Reply::new(250, "2.0.0 Ok")),
            Command::Vrfy => {
                self.say(&Reply::new(
                    252,
                    "2.5.2 Cannot verify; the recipient's server will judge",
                ));
            }
            Command::Help => {
                let commands = "EHLO HELO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT";
                self.say(&Reply::new(214, &format!("2.0.0 Commands: {commands}")));
            }
            Command::Quit => {
                self.transaction = Transaction::None;
                self.say(&Reply::new(221, "2.0.0 Bye"));
                return Ok(Then::Close);
            }
            Command::Bdat(size) => {
                self.skip(size).await?;
                self.say(&Reply::new(502, "5.5.1 Command not implemented"));
            }
        }
        Ok(Then::GoOn)
    }

    /// A chunk that was not asked for (RFC 3030): were it left, it would be read as commands.
    async fn skip(&mut self, mut size: u64) -> io::Result<()> {
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

    async fn hello(&mut self, hello: Hello) {
        self.end_transaction().await;
        if self.behind.is_none() {
            // Not there, it is missed at MAIL; until then there is nothing to refuse.
            self.behind = Behind::connect(&self.shared.behind).await.ok();
        }
        let mut lines = vec![self.shared.hostname.clone().into_bytes()];
        if hello.extended {
            let none = Extensions::default();
            let extensions = self.behind.as_ref().map_or(&none, Behind::extensions);
            let offer = extensions.offer(self.shared.max_message_size);
            lines.extend(offer.into_iter().map(String::into_bytes));
        }
        self.hello = Some(hello);
        self.say(&Reply { code: 250, lines });
    }

    async fn mail(&mut self, mail: PathCommand) {
        if self.hello.is_none() {
            return self.say(&Reply::new(503, "5.5.1 EHLO or HELO first"));
        }
        if matches!(self.transaction, Transaction::Open(_)) {
            return self.say(&Reply::new(503, "5.5.1 A transaction is open already"));
        }
        let reply = match self.begin(mail).await {
            Ok((reply, open)) => {
                self.transaction = open.map_or(Transaction::None, Transaction::Open);
                self.heed(Ok(reply))
            }
            Err(no_reply) => self.heed(Err(no_reply)),
        };
        self.say(&reply);
    }

    /// The reply to MAIL, and the transaction where one has begun.
    async fn begin(&mut self, mail: PathCommand) -> Result<(Reply, Option<Open>), NoReply> {
        let was_there = self.behind.is_some();
        let extensions = match &self.behind {
            Some(behind) => behind.extensions(),
            None => {
                let connected = Behind::connect(&self.shared.behind).await;
                let connected = connected.map_err(|_| NoReply::Unreachable)?;
                self.behind.insert(connected).extensions()
            }
        };
        let mail = match self
            .shared
            .check_mail(mail)
            .and_then(|m| extensions.check(m, true))
        {
            Ok(mail) => mail,
            Err(refusal) => return Ok((refusal, None)),
        };
        let line = mail.line("MAIL FROM");
        let mut reply = self.ask_mail(&line).await;
        let gone = match &reply {
            Ok(reply) => reply.code == 421,
            Err(_) => true,
        };
        if gone && was_there {
            // What closed while it was idle is no fault of this mail.
            self.behind = None;
            let connected = Behind::connect(&self.shared.behind).await;
            self.behind = Some(connected.map_err(|_| NoReply::Unreachable)?);
            reply = self.ask_mail(&line).await;
        }
        let reply = reply?;
        let open = reply.is_positive().then(|| Open {
            mail,
            rcpt: Vec::new(),
        });
        Ok((reply, open))
    }

    async fn ask_mail(&mut self, line: &str) -> Result<Reply, NoReply> {
        match &mut self.behind {
            Some(behind) => behind.mail(line).await,
            None => Err(NoReply::Unreachable),
        }
    }

    async fn rcpt(&mut self, rcpt: PathCommand) {
        let reply = match (&mut self.transaction, &mut self.behind) {
            (Transaction::None, _) => Reply::new(503, "5.5.1 MAIL first"),
            (Transaction::Open(open), Some(behind)) => {
                match self
                    .shared
                    .check_rcpt(open, rcpt)
                    .and_then(|r| behind.extensions().check(r, false))
                {
                    Err(refusal) => refusal,
                    Ok(rcpt) => {
                        let reply = behind.rcpt(&rcpt.line("RCPT TO")).await;
                        if reply.as_ref().is_ok_and(Reply::is_positive) {
                            open.rcpt.push(rcpt);
                        }
                        self.heed(reply)
                    }
                }
            }
            (Transaction::Broken | Transaction::Open(_), _) => Reply::next_hop_gone(),
        };
        self.say(&reply);
    }

    async fn rset(&mut self) {
        self.transaction = Transaction::None;
        let reply = match &mut self.behind {
            Some(behind) => behind.reset().await.ok(),
            None => None,
        };
        if reply.as_ref().is_none_or(|reply| reply.code == 421) {
            self.behind = None;
        }
        // The client's transaction is gone, whatever has become of the next hop.
        let reply = reply.filter(Reply::is_positive);
        self.say(&reply.unwrap_or_else(|| Reply::new(250, "2.0.0 Ok")));
    }

    /// RFC 5321 §4.1.4: EHLO in a transaction is also a RSET.
    async fn end_transaction(&mut self) {
        let open = std::mem::take(&mut self.transaction);
        if let (Transaction::Open(_), Some(behind)) = (open, &mut self.behind)
            && !behind.reset().await.is_ok_and(|reply| reply.is_positive())
        {
            self.behind = None;
        }
    }

    /// The reply for the client; where the next hop is lost, so is what was begun with it.
    pub(super) fn heed(&mut self, reply: Result<Reply, NoReply>) -> Reply {
        let gone = match &reply {
            Ok(reply) => reply.code == 421,
            Err(_) => true,
        };
        if gone {
            self.behind = None;
            self.transaction = Transaction::Broken;
        }
        self.shared.answer(reply)
    }
}

impl Shared {
    /// The reply for the client; where there is none, listeners hear why.
    pub(super) fn answer(&self, reply: Result<Reply, NoReply>) -> Reply {
        reply.unwrap_or_else(|no_reply| {
            self.events.send(&Event::NextHopFailed {
                door: self.door,
                why: no_reply.why(),
            });
            no_reply.for_client()
        })
    }

    fn check_mail(&self, mail: PathCommand) -> Result<PathCommand, Reply> {
        let utf8 = mail.parameter("SMTPUTF8").is_some();
        check_ascii(&mail, utf8)?;
        let Some(size) = mail.parameter("SIZE") else {
            return Ok(mail);
        };
        match size.value.as_deref().map(str::parse::<u64>) {
            Some(Ok(size)) if size > self.max_message_size => Err(Reply::new(552, TOO_BIG)),
            Some(Ok(_)) => Ok(mail),
            _ => Err(Reply::new(501, "5.5.4 SIZE is not a number")),
        }
    }

    fn check_rcpt(&self, open: &Open, rcpt: PathCommand) -> Result<PathCommand, Reply> {
        if open.rcpt.len() >= self.max_recipients {
            return Err(Reply::new(452, "4.5.3 Too many recipients"));
        }
        check_ascii(&rcpt, open.is_utf8())?;
        Ok(rcpt)
    }
}

pub(super) const TOO_BIG: &str = "5.3.4 The message is too big";

/// RFC 6531 §3.1: only in a transaction that says so.
fn check_ascii(command: &PathCommand, utf8: bool) -> Result<(), Reply> {
    let ascii = command.path.is_ascii() && command.parameters.iter().all(|p| p.raw.is_ascii());
    if ascii || utf8 {
        return Ok(());
    }
    Err(Reply::new(
        553,
        "5.6.7 An address beyond ASCII needs SMTPUTF8",
    ))
}

/// Who may not come in is told so, and why.
pub async fn turn_away(stream: Stream, reply: &'static str) {
    let mut client = Wire::new(stream, Duration::from_secs(5));
    client.put(reply.as_bytes());
    client.put(b"\r\n");
    client.close().await;
}
