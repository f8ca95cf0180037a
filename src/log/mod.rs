//! Hears events and writes the one log line per message to standard error, as text or as JSON.
//!
//! No text of a message is in it, and nothing that a peer sent can end the line or look like a key
//! of ours.

mod json;
mod text;

use std::borrow::Cow;
use std::io::Write as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::event::{Event, Listener};

/// Lines that may wait for a slow standard error before they are lost: mail does not wait for them.
const WAITING_LINES: usize = 16_384;
/// Those that come meanwhile are written together.
const TOGETHER: Duration = Duration::from_millis(5);
/// The buffer for lines, where they are few.
const MOST_KEPT: usize = 64 << 10;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// `key=value`, one space between them.
    #[default]
    Text,
    /// One object a line.
    Json,
}

/// How addresses of people are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AddressesInLog {
    #[default]
    Full,
    /// The local part as the beginning of its SHA-256.
    Hashed,
    None,
}

impl AddressesInLog {
    fn shown(self, address: &str) -> Cow<'_, str> {
        match self {
            Self::Full => address.into(),
            Self::None => "-".into(),
            Self::Hashed => {
                let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
                let digest = ring::digest::digest(&ring::digest::SHA256, local.as_bytes());
                let start = &digest.as_ref()[..8];
                let hash: String = start.iter().map(|byte| format!("{byte:02x}")).collect();
                if domain.is_empty() {
                    hash.into()
                } else {
                    format!("{hash}@{domain}").into()
                }
            }
        }
    }
}

/// Writes from a thread of its own, so that no message waits for its line.
pub struct Log {
    waiting: Arc<Waiting>,
    writer: JoinHandle<()>,
    format: LogFormat,
    addresses: AddressesInLog,
}

/// Lines on their way to the writer, one behind the other.
#[derive(Default)]
struct Waiting {
    lines: Mutex<Lines>,
    changed: Condvar,
}

#[derive(Default)]
struct Lines {
    text: String,
    count: usize,
    lost: u64,
    /// No more are to come.
    finished: bool,
}

impl Log {
    pub fn start(format: LogFormat, addresses: AddressesInLog) -> Self {
        let waiting = Arc::<Waiting>::default();
        let written = waiting.clone();
        let writer = std::thread::spawn(move || write(&written));
        Self {
            waiting,
            writer,
            format,
            addresses,
        }
    }

    pub fn listener(&self) -> Listener {
        let waiting = self.waiting.clone();
        let (format, addresses) = (self.format, self.addresses);
        Arc::new(move |event| {
            let line = match format {
                LogFormat::Text => text::line(event, addresses),
                LogFormat::Json => json::line(event, addresses),
            };
            if let Some(line) = line {
                waiting.add(&line);
            }
        })
    }

    /// Waits until every line is written; what listeners hear later is lost.
    pub fn finish(self) {
        self.waiting.lines().finished = true;
        self.waiting.changed.notify_one();
        let _ = self.writer.join();
    }
}

impl Waiting {
    fn lines(&self) -> MutexGuard<'_, Lines> {
        // What is in it is whole between any two statements.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, line: &str) {
        let mut lines = self.lines();
        if lines.count >= WAITING_LINES {
            lines.lost += 1;
            return;
        }
        lines.text += line;
        lines.count += 1;
        if lines.count == 1 {
            drop(lines);
            self.changed.notify_one();
        }
    }

    /// Takes all of them into `text`; how many are lost, or none where no more are to come.
    fn take(&self, text: &mut String) -> Option<u64> {
        let idle = |lines: &mut Lines| lines.count == 0 && !lines.finished;
        let lines = self.changed.wait_while(self.lines(), idle);
        let mut lines = lines.unwrap_or_else(PoisonError::into_inner);
        if lines.count == 0 {
            return None;
        }
        lines.count = 0;
        std::mem::swap(&mut lines.text, text);
        Some(std::mem::take(&mut lines.lost))
    }
}

fn write(waiting: &Waiting) {
    let mut text = String::new();
    while let Some(lost) = waiting.take(&mut text) {
        if lost > 0 {
            text += &format!("plainbounce: {lost} lines of the log are lost\n");
        }
        // A closed standard error is no reason to stop carrying mail.
        let _ = std::io::stderr().write_all(text.as_bytes());
        text.clear();
        text.shrink_to(MOST_KEPT);
        std::thread::sleep(TOGETHER);
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// What no format writes a line about: there would be many, and they say little.
fn is_quiet(event: &Event) -> bool {
    matches!(
        event,
        Event::SessionOpened { .. } | Event::SessionClosed { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let check = |how: AddressesInLog, expected: &str| {
            assert_eq!(how.shown("bob@example.org"), expected);
        };
        check(AddressesInLog::Full, "bob@example.org");
        // printf %s bob | sha256sum
        check(AddressesInLog::Hashed, "81b637d8fcd2c6da@example.org");
        check(AddressesInLog::None, "-");
    }
}
