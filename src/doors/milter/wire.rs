//! Packets to and from the MTA: a length of four bytes, a letter, and what belongs to it.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::doors::listener::Stream;

/// The largest that the protocol knows (`SMFIP_MDS_1M`); without that flag, which is not asked for,
/// bodies come in pieces of 64 KiB, and header fields as long as the MTA takes them.
const MOST_BYTES: usize = 1 << 20;
const LENGTH_BYTES: usize = 4;
/// An MTA that asked reads the answer.
const WRITE_LIMIT: Duration = Duration::from_secs(300);
const PIECE: usize = 64 << 10;

/// A letter and its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    pub letter: u8,
    pub data: Vec<u8>,
}

/// Why a connection ends before the MTA says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It ended in the middle of a packet.
    Truncated,
    TooBig,
    Empty,
    UnknownCommand,
    /// A command whose data cannot be read.
    Malformed,
    OutOfOrder,
    /// It speaks a version that is not known here.
    Version,
    Silent,
    /// It does not read what it asked for.
    Stuck,
    Lost,
}

impl Fault {
    /// As the log and the metrics name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::TooBig => "too-big",
            Self::Empty => "empty",
            Self::UnknownCommand => "unknown-command",
            Self::Malformed => "malformed",
            Self::OutOfOrder => "out-of-order",
            Self::Version => "version",
            Self::Silent => "silent",
            Self::Stuck => "stuck",
            Self::Lost => "lost",
        }
    }
}

impl From<io::Error> for Fault {
    fn from(_: io::Error) -> Self {
        Self::Lost
    }
}

pub struct Wire {
    stream: Stream,
    silence: Duration,
    unread: Vec<u8>,
    /// How much of it is done with.
    done: usize,
    unsent: Vec<u8>,
    /// Something came, and nothing was said since.
    owes: bool,
}

impl Wire {
    pub fn new(stream: Stream, silence: Duration) -> Self {
        Self {
            stream,
            silence,
            unread: Vec::new(),
            done: 0,
            unsent: Vec::new(),
            owes: false,
        }
    }

    /// The next packet; none where the connection has ended. Nothing is lost when this is given up
    /// in the middle.
    pub async fn packet(&mut self) -> Result<Option<Packet>, Fault> {
        loop {
            if let Some(packet) = self.whole_packet()? {
                return Ok(Some(packet));
            }
            self.unread.drain(..self.done);
            self.done = 0;
            self.unread.reserve(PIECE);
            if std::mem::take(&mut self.owes) {
                self.stream.acknowledge();
            }
            let read = timeout(self.silence, self.stream.read_buf(&mut self.unread));
            if read.await.map_err(|_| Fault::Silent)?? == 0 {
                let between = self.unread.is_empty();
                return between.then_some(None).ok_or(Fault::Truncated);
            }
            self.owes = true;
        }
    }

    fn whole_packet(&mut self) -> Result<Option<Packet>, Fault> {
        let rest = &self.unread[self.done..];
        let Some((length, rest)) = rest.split_first_chunk::<LENGTH_BYTES>() else {
            return Ok(None);
        };
        let length = u32::from_be_bytes(*length) as usize;
        if length > MOST_BYTES {
            return Err(Fault::TooBig);
        }
        let Some(here) = rest.get(..length) else {
            return Ok(None);
        };
        let (letter, data) = here.split_first().ok_or(Fault::Empty)?;
        let packet = Packet {
            letter: *letter,
            data: data.to_vec(),
        };
        self.done += LENGTH_BYTES + length;
        Ok(Some(packet))
    }

    /// Waits for [`Self::send`].
    pub fn put(&mut self, letter: u8, data: &[&[u8]]) {
        put(&mut self.unsent, letter, data);
    }

    /// The same of packets that are ready.
    pub fn put_all(&mut self, packets: &[u8]) {
        self.unsent.extend_from_slice(packets);
    }

    pub async fn send(&mut self) -> Result<(), Fault> {
        let unsent = std::mem::take(&mut self.unsent);
        self.owes = false;
        let written = timeout(WRITE_LIMIT, async {
            self.stream.write_all(&unsent).await?;
            self.stream.flush().await
        });
        written.await.map_err(|_| Fault::Stuck)??;
        Ok(())
    }
}

/// Writes a packet behind others.
pub fn put(packets: &mut Vec<u8>, letter: u8, data: &[&[u8]]) {
    let length = 1 + data.iter().map(|piece| piece.len()).sum::<usize>();
    let length = u32::try_from(length).expect("packets of ours are small");
    packets.extend_from_slice(&length.to_be_bytes());
    packets.push(letter);
    data.iter()
        .for_each(|piece| packets.extend_from_slice(piece));
}
