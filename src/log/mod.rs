//! Hears events and writes the one log line per message to standard error, as text or as JSON.
//!
//! No text of a message is in it, and nothing that a peer sent can end the line or look like a key
//! of ours.

mod json;
mod text;

use std::borrow::Cow;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::event::{Event, Listener};

/// Lines that may wait for a slow standard error before they are lost: mail does not wait for them.
const WAITING_LINES: usize = 16_384;
/// Written together, where they come thick and fast.
const TOGETHER: Duration = Duration::from_millis(5);
const MOST_TOGETHER: usize = 1000;

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
    lines: SyncSender<String>,
    lost: Arc<AtomicU64>,
    writer: JoinHandle<()>,
    format: LogFormat,
    addresses: AddressesInLog,
}

impl Log {
    pub fn start(format: LogFormat, addresses: AddressesInLog) -> Self {
        let (lines, waiting) = sync_channel::<String>(WAITING_LINES);
        let lost = Arc::new(AtomicU64::new(0));
        let counted = lost.clone();
        let writer = std::thread::spawn(move || write(&waiting, &counted));
        Self {
            lines,
            lost,
            writer,
            format,
            addresses,
        }
    }

    pub fn listener(&self) -> Listener {
        let (lines, lost) = (self.lines.clone(), self.lost.clone());
        let (format, addresses) = (self.format, self.addresses);
        Arc::new(move |event| {
            let line = match format {
                LogFormat::Text => text::line(event, addresses),
                LogFormat::Json => json::line(event, addresses),
            };
            let Some(line) = line else { return };
            if let Err(TrySendError::Full(_)) = lines.try_send(line) {
                lost.fetch_add(1, Ordering::Relaxed);
            }
        })
    }

    /// Waits until every line is written; all listeners must be gone by now.
    pub fn finish(self) {
        drop(self.lines);
        let _ = self.writer.join();
    }
}

fn write(waiting: &Receiver<String>, lost: &AtomicU64) {
    while let Ok(mut lines) = waiting.recv() {
        let count = waiting
            .try_iter()
            .take(MOST_TOGETHER)
            .map(|line| lines += &line)
            .count();
        let lost = lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            lines += &format!("plainbounce: {lost} lines of the log are lost\n");
        }
        // A closed standard error is no reason to stop carrying mail.
        let _ = std::io::stderr().write_all(lines.as_bytes());
        if count > 0 {
            std::thread::sleep(TOGETHER);
        }
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
