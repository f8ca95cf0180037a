//! The next hop of a session, whatever it is: commands and content in, its replies out.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::alarm::Limit;
use super::client::{self, Client};
use super::command::PathCommand;
use super::extensions::Extensions;
use super::maildir::{self, Delivery};
use super::reply::{NoReply, Reply};
use crate::doors::listener::Address;

/// How the next hop is reached.
#[derive(Debug, Clone)]
pub enum Settings {
    Relay(client::Settings),
    Maildir { folder: PathBuf, hostname: String },
}

impl Settings {
    /// Which servers they are, whatever else is said of them: two that are equal offer the same.
    pub fn servers(&self) -> Vec<(&Address, bool)> {
        match self {
            Self::Relay(relay) => {
                let hops = relay.hops.iter();
                hops.map(|hop| (&hop.address, hop.lmtp)).collect()
            }
            Self::Maildir { .. } => Vec::new(),
        }
    }
}

pub enum Behind {
    Relay(Box<Client>),
    Maildir(Folder),
}

/// A Maildir as it answers commands.
pub struct Folder {
    folder: PathBuf,
    hostname: String,
    extensions: Arc<Extensions>,
    delivery: Option<Delivery>,
    /// Why the message cannot be stored, said at its end.
    failed: Option<io::Error>,
}

impl Behind {
    pub async fn connect(settings: &Settings) -> Result<Self, NoReply> {
        match settings {
            Settings::Relay(relay) => Ok(Self::Relay(Box::new(Client::connect(relay).await?))),
            Settings::Maildir { folder, hostname } => {
                let offered = ["8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"];
                Ok(Self::Maildir(Folder {
                    folder: folder.clone(),
                    hostname: hostname.clone(),
                    extensions: Arc::new(Extensions::named(offered.into_iter())),
                    delivery: None,
                    failed: None,
                }))
            }
        }
    }

    /// Heard by another runtime from now on.
    pub fn moved_to(self, runtime: &Handle) -> io::Result<Self> {
        match self {
            Self::Relay(client) => Ok(Self::Relay(Box::new(client.moved_to(runtime)?))),
            folder @ Self::Maildir(_) => Ok(folder),
        }
    }

    pub fn extensions(&self) -> &Arc<Extensions> {
        match self {
            Self::Relay(client) => client.extensions(),
            Self::Maildir(folder) => &folder.extensions,
        }
    }

    /// Whether it is encrypted towards somebody whose name was verified; a folder is nobody else.
    pub fn is_verified(&self) -> bool {
        match self {
            Self::Relay(client) => client.verified,
            Self::Maildir(_) => true,
        }
    }

    /// Whether recipients of one message may get different replies.
    pub fn answers_each(&self) -> bool {
        matches!(self, Self::Relay(client) if client.is_lmtp())
    }

    /// Whether nobody can tell it from a new one.
    pub fn is_like_new(&self) -> bool {
        match self {
            Self::Relay(client) => client.is_like_new(),
            Self::Maildir(folder) => folder.delivery.is_none(),
        }
    }

    pub async fn is_at_rest(&mut self) -> bool {
        match self {
            Self::Relay(client) => client.is_at_rest().await,
            Self::Maildir(_) => true,
        }
    }

    /// MAIL, as the client's command was read.
    pub async fn mail(&mut self, mail: &PathCommand) -> Result<Reply, NoReply> {
        match self {
            Self::Relay(client) => client.path("MAIL FROM", mail).await,
            Self::Maildir(_) => Ok(Reply::new(250, "2.1.0 Ok")),
        }
    }

    pub async fn rcpt(&mut self, rcpt: &PathCommand) -> Result<Reply, NoReply> {
        match self {
            Self::Relay(client) => client.path("RCPT TO", rcpt).await,
            Self::Maildir(_) => Ok(Reply::new(250, "2.1.5 Ok")),
        }
    }

    /// XFORWARD; what was said so clings to the session.
    pub async fn forward(&mut self, line: &str) -> Result<Reply, NoReply> {
        match self {
            Self::Relay(client) => {
                let reply = client.command(line).await;
                client.spotless = false;
                reply
            }
            Self::Maildir(_) => Ok(Reply::new(250, "2.0.0 Ok")),
        }
    }

    pub async fn reset(&mut self) -> Result<Reply, NoReply> {
        match self {
            Self::Relay(client) => client.command("RSET").await,
            Self::Maildir(folder) => {
                folder.delivery = None;
                Ok(Reply::new(250, "2.0.0 Ok"))
            }
        }
    }

    pub async fn data(&mut self) -> Result<Reply, NoReply> {
        match self {
            Self::Relay(client) => client.data().await,
            Self::Maildir(folder) => Ok(folder.begin().await),
        }
    }

    /// Content, without transparency, in pieces cut anywhere.
    pub async fn write(&mut self, content: &[u8]) -> Result<(), NoReply> {
        match self {
            Self::Relay(client) => client.write(content).await,
            Self::Maildir(folder) => {
                folder.write(content).await;
                Ok(())
            }
        }
    }

    /// So that it need not wait for what has come.
    pub async fn flush(&mut self) -> Result<(), NoReply> {
        match self {
            Self::Relay(client) => client.flush().await,
            Self::Maildir(_) => Ok(()),
        }
    }

    /// For [`Self::end`]: how long it may take.
    pub fn end_limit(&self) -> Limit {
        match self {
            Self::Relay(client) => client.end_limit(),
            // A disk is not asked to hurry.
            Self::Maildir(_) => Limit::new(Duration::from_secs(24 * 60 * 60), None),
        }
    }

    /// 250 from here on means that somebody else, or the disk, has the message. One reply for all
    /// recipients, or one for each; after an error there are no more.
    pub async fn end(
        &mut self,
        recipients: usize,
        limit: &mut Limit,
    ) -> Vec<Result<Reply, NoReply>> {
        match self {
            Self::Relay(client) => client.end(recipients, limit).await,
            Self::Maildir(folder) => vec![folder.end().await],
        }
    }

    /// Takes leave politely; dropped instead, it is left in the middle of whatever it was at.
    pub fn quit(self) {
        if let Self::Relay(client) = self {
            client.quit();
        }
    }
}

impl Folder {
    async fn begin(&mut self) -> Reply {
        match Delivery::begin(self.folder.clone(), self.hostname.clone()).await {
            Ok(delivery) => {
                self.delivery = Some(delivery);
                Reply::new(354, "End data with <CR><LF>.<CR><LF>")
            }
            Err(error) => maildir::refusal(&error),
        }
    }

    async fn write(&mut self, content: &[u8]) {
        if let (Some(delivery), None) = (&mut self.delivery, &self.failed) {
            self.failed = delivery.write(content).await.err();
        }
    }

    async fn end(&mut self) -> Result<Reply, NoReply> {
        if let Some(error) = self.failed.take() {
            self.delivery = None;
            return Ok(maildir::refusal(&error));
        }
        let delivery = self.delivery.take().ok_or(NoReply::Garbage)?;
        Ok(match delivery.end().await {
            Ok(name) => Reply::new(250, &format!("2.0.0 Ok: delivered as {name}")),
            Err(error) => maildir::refusal(&error),
        })
    }
}
