//! The next hop by SMTP or LMTP: a thin client that keeps replies as they came.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{timeout, timeout_at};

use super::alarm::Limit;
use super::command::PathCommand;
use super::data::Encoder;
use super::extensions::Extensions;
use super::reply::{self, Expected, NoReply, Reply};
use super::tls::Tls;
use super::wire::Wire;
use crate::doors::listener::{Address, Destination, Stream};

/// Where, and how long to wait.
#[derive(Debug, Clone)]
pub struct Settings {
    /// In the order in which they are tried.
    pub hops: Vec<Hop>,
    /// Our name in EHLO.
    pub hostname: String,
    pub connect_timeout: Duration,
    pub timeout: Duration,
    pub data_timeout: Duration,
}

/// One of the servers that may take the mail.
#[derive(Debug, Clone)]
pub struct Hop {
    pub address: Address,
    /// RFC 2033: LHLO, and a reply for each recipient.
    pub lmtp: bool,
    pub encryption: Encryption,
}

#[derive(Debug, Clone)]
pub enum Encryption {
    None,
    /// By STARTTLS, where it is offered; or else not at all, if `Tls::required`.
    Later(Tls),
    FromStart(Tls),
}

/// Messages in one session, whoever they are from.
const MOST_MESSAGES: u32 = 1000;
/// Exim delivers at once only so many of one connection (`smtp_accept_queue_per_connection`); more
/// would wait there for its next queue run.
const MOST_MESSAGES_FOR_EXIM: u32 = 10;

pub struct Client {
    wire: Wire,
    encoder: Encoder,
    extensions: Arc<Extensions>,
    data_timeout: Duration,
    lmtp: bool,
    /// Encrypted, and the other side is known to be who it should be.
    pub verified: bool,
    /// Every reply so far was a yes: nobody behind us holds anything against this session.
    pub spotless: bool,
    /// How many messages it is still good for.
    messages_left: u32,
}

impl Client {
    /// The first of the servers that takes us.
    pub async fn connect(settings: &Settings) -> Result<Self, NoReply> {
        for hop in &settings.hops {
            let looked_up = timeout(settings.connect_timeout, hop.address.look_up()).await;
            for destination in looked_up.ok().and_then(Result::ok).unwrap_or_default() {
                if let Ok(client) = Self::session(settings, hop, &destination).await {
                    return Ok(client);
                }
            }
        }
        Err(NoReply::Unreachable)
    }

    async fn session(
        settings: &Settings,
        hop: &Hop,
        destination: &Destination,
    ) -> Result<Self, NoReply> {
        let clear = Self::greeted(settings, hop, destination).await?;
        let Encryption::Later(tls) = &hop.encryption else {
            return Ok(clear);
        };
        match clear.secured(settings, tls).await {
            // RFC 7435: encryption that fails is no reason to keep the mail from going.
            Err(_) if !tls.required => Self::greeted(settings, hop, destination).await,
            secured => secured,
        }
    }

    async fn greeted(
        settings: &Settings,
        hop: &Hop,
        destination: &Destination,
    ) -> Result<Self, NoReply> {
        let connecting = Stream::connect(destination);
        let connected = timeout(settings.connect_timeout, connecting).await;
        let mut stream = connected.map_err(|_| NoReply::Unreachable)??;
        let mut verified = false;
        if let Encryption::FromStart(tls) = &hop.encryption {
            stream = handshake(settings, tls, stream).await?;
            verified = tls.required;
        }
        let mut client = Self::over(stream, settings, hop.lmtp);
        client.verified = verified;
        let greeting = reply::read(&mut client.wire, Expected::Completion).await?;
        if !greeting.is_positive() {
            return Err(NoReply::Unreachable);
        }
        if greeting.text().contains(" Exim ") {
            client.messages_left = MOST_MESSAGES_FOR_EXIM;
        }
        client.hello(&settings.hostname).await?;
        Ok(client)
    }

    fn over(stream: Stream, settings: &Settings, lmtp: bool) -> Self {
        Self {
            wire: Wire::new(stream, settings.timeout),
            encoder: Encoder::default(),
            extensions: Arc::default(),
            data_timeout: settings.data_timeout,
            lmtp,
            verified: false,
            spotless: true,
            messages_left: MOST_MESSAGES,
        }
    }

    /// The same session encrypted; as it is where that is not offered and not required.
    async fn secured(mut self, settings: &Settings, tls: &Tls) -> Result<Self, NoReply> {
        let offered = self.extensions.has("STARTTLS");
        if !offered || !self.command("STARTTLS").await?.is_positive() {
            return if tls.required {
                Err(NoReply::Unreachable)
            } else {
                Ok(self)
            };
        }
        // What came in clear behind the reply would else count as said under TLS (CVE-2011-0411).
        if !self.wire.unread().is_empty() {
            return Err(NoReply::Garbage);
        }
        let stream = handshake(settings, tls, self.wire.into_stream()).await?;
        let mut client = Self::over(stream, settings, self.lmtp);
        client.verified = tls.required;
        client.messages_left = self.messages_left;
        client.hello(&settings.hostname).await?;
        Ok(client)
    }

    async fn hello(&mut self, hostname: &str) -> Result<(), NoReply> {
        let verb = if self.lmtp { "LHLO" } else { "EHLO" };
        let hello = self.command(&format!("{verb} {hostname}")).await?;
        if hello.is_positive() {
            self.extensions = Arc::new(Extensions::of(&hello));
            return Ok(());
        }
        // RFC 5321 §3.2: who does not know EHLO is asked with HELO.
        let hello = match hello.is_permanent() && !self.lmtp {
            true => self.command(&format!("HELO {hostname}")).await?,
            false => hello,
        };
        self.spotless = hello.is_positive();
        if self.spotless {
            Ok(())
        } else {
            Err(NoReply::Unreachable)
        }
    }

    pub fn moved_to(self, runtime: &Handle) -> io::Result<Self> {
        let wire = self.wire.moved_to(runtime)?;
        Ok(Self { wire, ..self })
    }

    pub fn extensions(&self) -> &Arc<Extensions> {
        &self.extensions
    }

    /// Whether each recipient gets a reply of its own to the end of data.
    pub fn is_lmtp(&self) -> bool {
        self.lmtp
    }

    /// Whether who comes next could have it as well.
    pub fn is_like_new(&self) -> bool {
        self.spotless && self.messages_left > 0
    }

    /// Whether the other side has neither closed it nor said anything while nobody asked.
    pub async fn is_at_rest(&mut self) -> bool {
        self.wire.is_silent().await.is_ok_and(|silent| silent)
    }

    pub async fn command(&mut self, line: &str) -> Result<Reply, NoReply> {
        self.listen().await?;
        self.wire.put(line.as_bytes());
        self.ask(Expected::Completion).await
    }

    /// MAIL or RCPT.
    pub async fn path(&mut self, verb: &str, command: &PathCommand) -> Result<Reply, NoReply> {
        self.listen().await?;
        command.write(verb, self.wire.output());
        self.ask(Expected::Completion).await
    }

    pub async fn data(&mut self) -> Result<Reply, NoReply> {
        self.encoder = Encoder::default();
        self.listen().await?;
        self.wire.put(b"DATA");
        self.ask(Expected::Intermediate).await
    }

    /// A reply that came before its command is a reply to something else.
    async fn listen(&mut self) -> Result<(), NoReply> {
        let silent = self.wire.is_silent().await?;
        silent.then_some(()).ok_or(NoReply::Garbage)
    }

    /// Sends the command that was put, and waits for its reply.
    async fn ask(&mut self, expected: Expected) -> Result<Reply, NoReply> {
        self.wire.put(b"\r\n");
        self.wire.flush().await?;
        let reply = reply::read(&mut self.wire, expected).await?;
        self.spotless &= reply.code < 400;
        Ok(reply)
    }

    pub async fn write(&mut self, content: &[u8]) -> Result<(), NoReply> {
        self.encoder.encode(content, self.wire.output());
        Ok(self.wire.flush_if_full().await?)
    }

    pub async fn flush(&mut self) -> Result<(), NoReply> {
        Ok(self.wire.flush().await?)
    }

    /// How long the replies to the end of data may take, all of them and a second try as well.
    pub fn end_limit(&self) -> Limit {
        Limit::new(self.data_timeout, None)
    }

    /// The end of data, and the replies to it: one, or with LMTP one for each recipient
    /// (RFC 2033 §4.2), of which the last may be missing.
    pub async fn end(
        &mut self,
        recipients: usize,
        limit: &mut Limit,
    ) -> Vec<Result<Reply, NoReply>> {
        self.messages_left = self.messages_left.saturating_sub(1);
        let expected = if self.lmtp { recipients } else { 1 };
        let mut replies = Vec::with_capacity(expected);
        // Cut off in the middle, it has not been sent.
        let sent = match limit.has_begun() {
            true => timeout_at(limit.at(), self.send_end()).await,
            false => Ok(self.send_end().await),
        };
        if let Err(no_reply) = sent.unwrap_or(Err(NoReply::Silent)) {
            replies.push(Err(no_reply));
            return replies;
        }
        while replies.len() < expected {
            let reply = reply::read_within(limit, &mut self.wire, Expected::Completion).await;
            self.spotless &= reply.as_ref().is_ok_and(Reply::is_positive);
            let lost = reply.is_err();
            replies.push(reply);
            if lost {
                break;
            }
        }
        replies
    }

    async fn send_end(&mut self) -> Result<(), NoReply> {
        self.listen().await?;
        std::mem::take(&mut self.encoder).end(self.wire.output());
        Ok(self.wire.flush().await?)
    }

    /// Takes leave without making anybody wait.
    pub fn quit(mut self) {
        self.wire.put(b"QUIT\r\n");
        tokio::spawn(self.wire.close());
    }
}

async fn handshake(settings: &Settings, tls: &Tls, stream: Stream) -> Result<Stream, NoReply> {
    let handshake = timeout(settings.timeout, tls.connect(stream)).await;
    let stream = handshake
        .map_err(|_| NoReply::Unreachable)?
        .map_err(|_| NoReply::Unreachable)?;
    Ok(Stream::Tls(Box::new(stream)))
}
