//! The next hop by SMTP: a thin client that keeps replies as they came.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::data::Encoder;
use super::extensions::Extensions;
use super::reply::{self, Expected, NoReply, Reply};
use super::tls::Tls;
use super::wire::Wire;
use crate::doors::listener::Stream;

/// Where, and how long to wait.
#[derive(Debug, Clone)]
pub struct Settings {
    pub address: String,
    /// Our name in EHLO.
    pub hostname: String,
    pub connect_timeout: Duration,
    pub timeout: Duration,
    pub data_timeout: Duration,
    /// None: in clear.
    pub tls: Option<Tls>,
}

pub struct Client {
    wire: Wire,
    encoder: Encoder,
    extensions: Extensions,
    data_timeout: Duration,
}

impl Client {
    pub async fn connect(settings: &Settings) -> Result<Self, NoReply> {
        let clear = Self::greeted(settings).await?;
        let Some(tls) = &settings.tls else {
            return Ok(clear);
        };
        match clear.secured(settings, tls).await {
            // RFC 7435: encryption that fails is no reason to keep the mail from going.
            Err(_) if !tls.required => Self::greeted(settings).await,
            secured => secured,
        }
    }

    async fn greeted(settings: &Settings) -> Result<Self, NoReply> {
        let connecting = TcpStream::connect(settings.address.as_str());
        let connected = timeout(settings.connect_timeout, connecting).await;
        let stream = connected.map_err(|_| NoReply::Unreachable)??;
        // It fails only for who is gone again.
        let _ = stream.set_nodelay(true);
        let mut client = Self::over(Stream::Tcp(stream), settings);
        let greeting = reply::read(&mut client.wire, Expected::Completion).await?;
        if !greeting.is_positive() {
            return Err(NoReply::Unreachable);
        }
        client.hello(&settings.hostname).await?;
        Ok(client)
    }

    fn over(stream: Stream, settings: &Settings) -> Self {
        Self {
            wire: Wire::new(stream, settings.timeout),
            encoder: Encoder::default(),
            extensions: Extensions::default(),
            data_timeout: settings.data_timeout,
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
        let Stream::Tcp(stream) = self.wire.into_stream() else {
            return Err(NoReply::Unreachable);
        };
        let handshake = timeout(settings.timeout, tls.connect(stream)).await;
        let stream = handshake
            .map_err(|_| NoReply::Unreachable)?
            .map_err(|_| NoReply::Unreachable)?;
        let mut client = Self::over(Stream::Tls(Box::new(stream)), settings);
        client.hello(&settings.hostname).await?;
        Ok(client)
    }

    async fn hello(&mut self, hostname: &str) -> Result<(), NoReply> {
        let hello = self.command(&format!("EHLO {hostname}")).await?;
        if hello.is_positive() {
            self.extensions = Extensions::of(&hello);
            return Ok(());
        }
        // RFC 5321 §3.2: who does not know EHLO is asked with HELO.
        match self.command(&format!("HELO {hostname}")).await? {
            hello if hello.is_positive() => Ok(()),
            _ => Err(NoReply::Unreachable),
        }
    }

    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    pub async fn command(&mut self, line: &str) -> Result<Reply, NoReply> {
        self.ask(line, Expected::Completion).await
    }

    pub async fn data(&mut self) -> Result<Reply, NoReply> {
        self.encoder = Encoder::default();
        self.ask("DATA", Expected::Intermediate).await
    }

    async fn ask(&mut self, line: &str, expected: Expected) -> Result<Reply, NoReply> {
        // A reply that came before its command is a reply to something else.
        if !self.wire.is_silent().await? {
            return Err(NoReply::Garbage);
        }
        self.wire.put(line.as_bytes());
        self.wire.put(b"\r\n");
        self.wire.flush().await?;
        reply::read(&mut self.wire, expected).await
    }

    pub async fn write(&mut self, content: &[u8]) -> Result<(), NoReply> {
        self.encoder.encode(content, self.wire.output());
        Ok(self.wire.flush_if_full().await?)
    }

    pub async fn end(&mut self) -> Result<Reply, NoReply> {
        if !self.wire.is_silent().await? {
            return Err(NoReply::Garbage);
        }
        std::mem::take(&mut self.encoder).end(self.wire.output());
        self.wire.flush().await?;
        let patience = std::mem::replace(&mut self.wire.patience, self.data_timeout);
        let reply = reply::read(&mut self.wire, Expected::Completion).await;
        self.wire.patience = patience;
        reply
    }

    /// Takes leave without making anybody wait.
    pub fn quit(mut self) {
        self.wire.put(b"QUIT\r\n");
        tokio::spawn(self.wire.close());
    }
}
