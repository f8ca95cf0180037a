//! A connection with buffers and time limits, read in lines (RFC 5321 §2.3.8) or in pieces.

use std::io;
use std::time::Duration;

use memchr::memchr_iter;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::alarm::{Alarm, Limit};
use crate::doors::listener::Stream;

/// What is read at once, and written at once where more is waiting.
pub const PIECE: usize = 64 << 10;

/// What is read at first, and what a session at rest may hold in a buffer: most messages fit into it.
pub const AT_REST: usize = 16 << 10;

pub struct Wire {
    stream: Stream,
    input: Vec<u8>,
    /// What of `input` is read already.
    at: usize,
    output: Vec<u8>,
    /// How much the last read brought.
    came: usize,
    alarm: Alarm,
    /// How long to wait for the other side, each time.
    pub patience: Duration,
    /// When all waiting ends, whatever has come by then.
    pub deadline: Option<Instant>,
}

#[derive(Debug, Clone, Copy)]
pub enum Line<'w> {
    /// Without its CR LF.
    Whole(&'w [u8]),
    /// Longer than it may be; it is forgotten.
    Overlong,
}

impl Wire {
    pub fn new(stream: Stream, patience: Duration) -> Self {
        Self {
            stream,
            input: Vec::new(),
            at: 0,
            output: Vec::new(),
            came: 0,
            alarm: Alarm::default(),
            patience,
            deadline: None,
        }
    }

    /// Nobody on the other side: stands in where a connection is taken out.
    pub fn closed() -> Self {
        Self::new(Stream::Closed, Duration::ZERO)
    }

    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// What was read and not used is gone with the buffers.
    pub fn into_stream(self) -> Stream {
        self.stream
    }

    pub fn moved_to(self, runtime: &Handle) -> io::Result<Self> {
        let stream = self.stream.moved_to(runtime)?;
        let alarm = Alarm::default();
        Ok(Self {
            stream,
            alarm,
            ..self
        })
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
        }
    }

    /// For one wait, or several that are one to the other side.
    pub fn limit(&self) -> Limit {
        Limit::new(self.patience, self.deadline)
    }

    /// Adds to `unread`, first sending what waits: the other side may be waiting for it.
    /// The end of the stream is an error.
    pub async fn fill(&mut self) -> io::Result<()> {
        // Where so much came at once, more will come.
        let most = if self.came >= AT_REST { PIECE } else { AT_REST };
        self.fill_until(&mut self.limit(), most).await
    }

    async fn fill_until(&mut self, limit: &mut Limit, most: usize) -> io::Result<()> {
        self.flush().await?;
        if self.at > 0 {
            self.input.drain(..self.at);
            self.at = 0;
        }
        if self.input.is_empty() {
            // A session at rest holds no buffer of a piece.
            self.input.shrink_to(most);
        }
        self.input
            .reserve(most.saturating_sub(self.input.len()).max(1024));
        let before = self.input.len();
        let read = self.stream.read_buf(&mut self.input);
        match self.alarm.within(limit, read).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => {
                self.came = self.input.len() - before;
                Ok(())
            }
        }
    }

    /// Whether nothing has come, without waiting for it. The end of the stream is an error.
    pub async fn is_silent(&mut self) -> io::Result<bool> {
        if !self.unread().is_empty() {
            return Ok(false);
        }
        self.input.clear();
        self.at = 0;
        self.input.reserve(1024);
        match self.stream.read_at_once(&mut self.input).await {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
            Err(error) => Err(error),
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => Ok(false),
        }
    }

    /// A line to its CR LF, all of it within the patience; a lone CR or LF ends none, and stays in
    /// it. One that is too long is read to its end.
    pub async fn line(&mut self, longest: usize) -> io::Result<Line<'_>> {
        self.line_within(&mut self.limit(), longest, true).await
    }

    /// The same within what is left of a limit; `to_its_end`: or only until it is too long.
    pub async fn line_within(
        &mut self,
        limit: &mut Limit,
        longest: usize,
        to_its_end: bool,
    ) -> io::Result<Line<'_>> {
        let mut searched = 0;
        let mut overlong = false;
        loop {
            let unread = self.unread();
            let end = memchr_iter(b'\n', &unread[searched..])
                .map(|found| searched + found)
                .find(|&lf| lf > 0 && unread[lf - 1] == b'\r');
            if let Some(lf) = end {
                let start = self.at;
                // Not consumed: it stays where it is until more is read.
                self.at += lf + 1;
                return Ok(if overlong || lf - 1 > longest {
                    Line::Overlong
                } else {
                    Line::Whole(&self.input[start..start + lf - 1])
                });
            }
            searched = unread.len();
            if searched > longest + 2 {
                if !to_its_end {
                    return Ok(Line::Overlong);
                }
                // All but what may be the CR of its end.
                overlong = true;
                self.consume(searched - 1);
                searched = 1;
            }
            self.fill_until(limit, AT_REST).await?;
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
        // Nearly always all of it.
        let mut sent = match self.stream.write_at_once(&self.output) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            sent => sent?,
        };
        // The rest by pieces, so that the limit is for each, and a slow peer that takes bytes is no dead one.
        while sent < self.output.len() {
            let mut limit = self.limit();
            let end = self.output.len().min(sent + PIECE);
            let write = self.stream.write_all(&self.output[sent..end]);
            self.alarm.within(&mut limit, write).await?;
            sent = end;
        }
        if self.stream.is_tls() {
            // TLS may still hold some of it.
            let mut limit = self.limit();
            self.alarm.within(&mut limit, self.stream.flush()).await?;
        }
        self.output.clear();
        self.output.shrink_to(AT_REST);
        Ok(())
    }

    /// Ends the connection so that what was sent last arrives: closed with something unread, TCP
    /// would reset it, and the other side might never see our last words.
    pub async fn close(mut self) {
        const LINGER: Duration = Duration::from_secs(2);
        self.deadline = Some(Instant::now() + LINGER);
        let _ = tokio::time::timeout(LINGER, async {
            self.flush().await?;
            self.stream.shutdown().await?;
            let mut unheard = [0; 4096];
            while self.stream.read(&mut unheard).await? > 0 {}
            io::Result::Ok(())
        })
        .await;
    }

    /// Ends the connection at once, where the other side said that it has no more to say.
    pub async fn part(mut self) {
        let silent = self.unread().is_empty() && !self.stream.is_tls();
        if self.flush().await.is_err() || silent && self.is_silent().await.is_ok_and(|is| is) {
            return;
        }
        self.close().await;
    }
}
