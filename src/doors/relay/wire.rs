//! A connection with buffers and time limits, read in lines (RFC 5321 §2.3.8) or in pieces.

use std::io;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use memchr::memchr_iter;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::doors::listener::Stream;

/// What is read at once, and written at once where more is waiting.
pub const PIECE: usize = 64 << 10;

pub struct Wire {
    stream: Stream,
    input: Vec<u8>,
    /// What of `input` is read already.
    at: usize,
    output: Vec<u8>,
    /// How long to wait for the other side, each time.
    pub patience: Duration,
}

#[derive(Debug)]
pub enum Line {
    /// Without its CR LF.
    Whole(Vec<u8>),
    /// Longer than it may be; it was read to its end, and forgotten.
    Overlong,
}

impl Wire {
    pub fn new(stream: Stream, patience: Duration) -> Self {
        Self {
            stream,
            input: Vec::new(),
            at: 0,
            output: Vec::new(),
            patience,
        }
    }

    pub fn into_stream(self) -> Stream {
        self.stream
    }

    /// What has come and is not read.
    pub fn unread(&self) -> &[u8] {
        &self.input[self.at..]
    }

    pub fn consume(&mut self, count: usize) {
        self.at += count;
        if self.at == self.input.len() {
            self.input.clear();
            self.at = 0;
            // A session at rest holds no buffer of a piece.
            self.input.shrink_to(4096);
        }
    }

    /// Adds to `unread`, first sending what waits: the other side may be waiting for it.
    /// The end of the stream is an error.
    pub async fn fill(&mut self) -> io::Result<()> {
        self.flush().await?;
        if self.at > 0 {
            self.input.drain(..self.at);
            self.at = 0;
        }
        let spare = if self.input.capacity() == 0 {
            4096
        } else {
            PIECE
        };
        self.input
            .reserve(spare.saturating_sub(self.input.len()).max(1024));
        let read = self.stream.read_buf(&mut self.input);
        match timeout(self.patience, read)
            .await
            .map_err(|_| io::ErrorKind::TimedOut)??
        {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Whether nothing has come, without waiting for it. The end of the stream is an error.
    pub async fn is_silent(&mut self) -> io::Result<bool> {
        if !self.unread().is_empty() {
            return Ok(false);
        }
        let read = std::pin::pin!(self.stream.read_buf(&mut self.input));
        match now(read).await {
            Some(count) => match count? {
                0 => Err(io::ErrorKind::UnexpectedEof.into()),
                _ => Ok(false),
            },
            None => Ok(true),
        }
    }

    /// A line to its CR LF; a lone CR or LF ends none, and stays in it.
    pub async fn line(&mut self, longest: usize) -> io::Result<Line> {
        let mut searched = 0;
        let mut overlong = false;
        loop {
            let unread = self.unread();
            let end = memchr_iter(b'\n', &unread[searched..])
                .map(|found| searched + found)
                .find(|&lf| lf > 0 && unread[lf - 1] == b'\r');
            if let Some(lf) = end {
                let line = unread[..lf - 1].to_vec();
                self.consume(lf + 1);
                let overlong = overlong || line.len() > longest;
                return Ok(if overlong {
                    Line::Overlong
                } else {
                    Line::Whole(line)
                });
            }
            searched = unread.len();
            if searched > longest + 2 {
                // All but what may be the CR of its end.
                overlong = true;
                self.consume(searched - 1);
                searched = 1;
            }
            self.fill().await?;
        }
    }

    /// To be sent with the next flush.
    pub fn put(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
    }

    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    pub async fn flush_if_full(&mut self) -> io::Result<()> {
        if self.output.len() >= PIECE {
            self.flush().await
        } else {
            Ok(())
        }
    }

    pub async fn flush(&mut self) -> io::Result<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        // By pieces, so that the limit is for each, and a slow peer that takes bytes is no dead one.
        for piece in self.output.chunks(PIECE) {
            let write = self.stream.write_all(piece);
            timeout(self.patience, write)
                .await
                .map_err(|_| io::ErrorKind::TimedOut)??;
        }
        // Nothing for a socket; TLS may still hold some of it.
        timeout(self.patience, self.stream.flush())
            .await
            .map_err(|_| io::ErrorKind::TimedOut)??;
        self.output.clear();
        self.output.shrink_to(PIECE);
        Ok(())
    }

    /// Ends the connection so that what was sent last arrives: closed with something unread, TCP
    /// would reset it, and the other side might never see our last words.
    pub async fn close(mut self) {
        const LINGER: Duration = Duration::from_secs(2);
        let _ = timeout(LINGER, async {
            self.flush().await?;
            self.stream.shutdown().await?;
            let mut unheard = [0; 4096];
            while self.stream.read(&mut unheard).await? > 0 {}
            io::Result::Ok(())
        })
        .await;
    }
}

/// What a future gives if it need not wait.
async fn now<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
    std::future::poll_fn(|context| match Pin::new(&mut future).poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
