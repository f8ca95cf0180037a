//! Where content comes from: the stream after DATA, or the chunks of BDAT.

use std::io;

use crate::doors::relay::chunks::Chunks;
use crate::doors::relay::command::{self, Chunk, Command};
use crate::doors::relay::data::Decoder;
use crate::doors::relay::reply::Reply;
use crate::doors::relay::session::Session;

pub enum Source {
    Data(Decoder),
    Bdat(Chunked),
}

/// A message in chunks: the one that is coming, and what is left of it.
pub struct Chunked {
    chunks: Chunks,
    last: bool,
    left: u64,
    /// All of it is read, or it was given up.
    ended: bool,
    /// What the client said instead of its next chunk.
    given_up: Option<Command>,
}

impl Source {
    pub fn data() -> Self {
        Self::Data(Decoder::default())
    }

    pub fn bdat(chunk: Chunk) -> Self {
        Self::Bdat(Chunked {
            chunks: Chunks::default(),
            last: chunk.last,
            left: chunk.size,
            ended: false,
            given_up: None,
        })
    }

    /// No more is to come.
    pub fn ended(&self) -> bool {
        match self {
            Self::Data(decoder) => decoder.ended,
            Self::Bdat(chunked) => chunked.ended,
        }
    }

    /// A lone CR or LF was in it.
    pub fn bare_newline(&self) -> bool {
        match self {
            Self::Data(decoder) => decoder.bare_newline,
            Self::Bdat(chunked) => chunked.chunks.bare_newline,
        }
    }

    /// Whether it ended as the client would have it: a chunk that is not the last may be refused.
    pub fn ends_the_message(&self) -> bool {
        match self {
            Self::Data(_) => true,
            Self::Bdat(chunked) => chunked.last,
        }
    }

    pub fn is_given_up(&self) -> bool {
        matches!(self, Self::Bdat(chunked) if chunked.given_up.is_some())
    }

    /// The command with which the client gave the message up.
    pub fn given_up(&mut self) -> Option<Command> {
        match self {
            Self::Data(_) => None,
            Self::Bdat(chunked) => chunked.given_up.take(),
        }
    }

    /// Adds to `content` what comes next. With `refused` there is no use in further chunks.
    pub async fn read(
        &mut self,
        session: &mut Session,
        content: &mut Vec<u8>,
        refused: bool,
    ) -> io::Result<()> {
        match self {
            Self::Data(decoder) => {
                if session.client.unread().is_empty() {
                    session.client.fill().await?;
                }
                content.reserve(session.client.unread().len());
                let used = decoder.decode(session.client.unread(), content);
                session.client.consume(used);
                Ok(())
            }
            Self::Bdat(chunked) => chunked.read(session, content, refused).await,
        }
    }
}

impl Chunked {
    async fn read(
        &mut self,
        session: &mut Session,
        content: &mut Vec<u8>,
        refused: bool,
    ) -> io::Result<()> {
        if self.left > 0 {
            if session.client.unread().is_empty() {
                session.client.fill().await?;
            }
            let unread = session.client.unread();
            let here = usize::try_from(self.left).map_or(unread.len(), |n| n.min(unread.len()));
            self.chunks.decode(&unread[..here], content);
            session.client.consume(here);
            self.left -= here as u64;
        } else if self.last {
            self.chunks.end(content);
            self.ended = true;
        } else if refused {
            self.ended = true;
        } else {
            session.say(&Reply::new(250, "2.0.0 Chunk taken"));
            self.next_chunk(session).await?;
        }
        Ok(())
    }

    /// Whatever is no chunk, and does not end the transaction, is refused (RFC 3030 §2).
    async fn next_chunk(&mut self, session: &mut Session) -> io::Result<()> {
        loop {
            let line = session
                .client
                .line(session.settings.limits.command_bytes)
                .await?;
            let command = command::read(line);
            session.commands += 1;
            match command {
                Ok(Command::Bdat(chunk)) if session.is_enough().is_none() => {
                    (self.left, self.last) = (chunk.size, chunk.last);
                    return Ok(());
                }
                Ok(command @ (Command::Noop | Command::Vrfy | Command::Help)) => {
                    session.aside(&command);
                }
                Ok(command) if session.is_an_end(&command) => {
                    self.given_up = Some(command);
                    self.ended = true;
                    return Ok(());
                }
                Ok(Command::Bdat(_)) => {}
                Ok(_) => {
                    session.refuse(&Reply::new(503, "5.5.1 BDAT or RSET"));
                }
                Err(reply) => {
                    session.refuse(&reply);
                }
            }
            if let Some(reply) = session.is_enough() {
                session.say(&reply);
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
    }
}
