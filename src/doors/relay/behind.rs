//! The next hop of a session, whatever it is: commands and content in, its replies out.

use std::path::PathBuf;

use super::client::{self, Client};
use super::extensions::Extensions;
use super::maildir::{self, Delivery};
use super::reply::{NoReply, Reply};

/// How the next hop is reached.
#[derive(Debug, Clone)]
pub enum Settings {
    Smtp(client::Settings),
    Maildir { folder: PathBuf, hostname: String },
}

pub enum Behind {
    Smtp(Box<Client>),
    Maildir(Folder),
}

/// A Maildir as it answers commands.
pub struct Folder {
    folder: PathBuf,
    hostname: String,
    extensions: Extensions,
    delivery: Option<Delivery>,
}

impl Behind {
    pub async fn connect(settings: &Settings) -> Result<Self, NoReply> {
        match settings {
            Settings::Smtp(smtp) => Ok(Self::Smtp(Box::new(Client::connect(smtp).await?))),
            Settings::Maildir { folder, hostname } => {
                let offered = ["8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"];
                let extensions = Extensions::named(offered.into_iter());
                let (folder, hostname) = (folder.clone(), hostname.clone());
                Ok(Self::Maildir(Folder {
                    folder,
                    hostname,
                    extensions,
                    delivery: None,
                }))
            }
        }
    }

    pub fn extensions(&self) -> &Extensions {
        match self {
            Self::Smtp(client) => client.extensions(),
            Self::Maildir(folder) => &folder.extensions,
        }
    }

    /// MAIL, as the client's command was read.
    pub async fn mail(&mut self, line: &str) -> Result<Reply, NoReply> {
        match self {
            Self::Smtp(client) => client.command(line).await,
            Self::Maildir(_) => Ok(Reply::new(250, "2.1.0 Ok")),
        }
    }

    pub async fn rcpt(&mut self, line: &str) -> Result<Reply, NoReply> {
        match self {
            Self::Smtp(client) => client.command(line).await,
            Self::Maildir(_) => Ok(Reply::new(250, "2.1.5 Ok")),
        }
    }

    pub async fn reset(&mut self) -> Result<Reply, NoReply> {
        match self {
            Self::Smtp(client) => client.command("RSET").await,
            Self::Maildir(folder) => {
                folder.delivery = None;
                Ok(Reply::new(250, "2.0.0 Ok"))
            }
        }
    }

    pub async fn data(&mut self) -> Result<Reply, NoReply> {
        match self {
            Self::Smtp(client) => client.data().await,
            Self::Maildir(folder) => Ok(folder.begin().await),
        }
    }

    /// Content, without transparency, in pieces cut anywhere.
    pub async fn write(&mut self, content: &[u8]) -> Result<(), NoReply> {
        match self {
            Self::Smtp(client) => client.write(content).await,
            Self::Maildir(Folder {
                delivery: Some(delivery),
                ..
            }) => Ok(delivery.write(content).await?),
            Self::Maildir(_) => Err(NoReply::Garbage),
        }
    }

    /// 250 from here on means that somebody else, or the disk, has the message.
    pub async fn end(&mut self) -> Result<Reply, NoReply> {
        match self {
            Self::Smtp(client) => client.end().await,
            Self::Maildir(folder) => match folder.delivery.take() {
                Some(delivery) => Ok(match delivery.end().await {
                    Ok(name) => Reply::new(250, &format!("2.0.0 Ok: delivered as {name}")),
                    Err(error) => maildir::refusal(&error),
                }),
                None => Err(NoReply::Garbage),
            },
        }
    }

    /// Takes leave politely; dropped instead, it is left in the middle of whatever it was at.
    pub fn quit(self) {
        if let Self::Smtp(client) = self {
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
}
