//! Hears events and writes the one log line per message to standard error, as text or as JSON.
//!
//! No text of a message is in it, and nothing that a peer sent can end the line or look like a key
//! of ours.

mod json;
mod text;

use std::borrow::Cow;
use std::io::Write as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::event::{Event, Listener};

/// Lines that may wait for a slow standard error before they are lost: mail does not wait for them.
const WAITING_LINES: usize = 16_384;
/// So long standard error may take for what waits at the end.
const LAST_WORDS: Duration = Duration::from_secs(2);
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
    /// The words of a stranger, who may have named addresses.
    fn shown_in(self, text: &str) -> Cow<'_, str> {
        if self == Self::Full || !text.contains('@') {
            return text.into();
        }
        // A quoted local part may hold anything, edges too.
        if text.contains('"') {
            return "-".into();
        }
        let is_edge = |c: char| c.is_whitespace() || "<>()[],;".contains(c);
        let words = text.split_inclusive(is_edge).map(|word| {
            let bare = word.trim_end_matches(is_edge);
            // An apostrophe is an edge only where it is the outermost (RFC 5321 §4.1.2: atext).
            let address = bare.trim_matches('\'');
            match address.contains('@') {
                true => word.replacen(address, &self.shown(address), 1),
                false => word.to_owned(),
            }
        });
        words.collect::<String>().into()
    }

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
    /// The writer has ended.
    written: bool,
}

impl Log {
    pub fn start(format: LogFormat, addresses: AddressesInLog) -> Self {
        let waiting = Arc::<Waiting>::default();
        let written = waiting.clone();
        std::thread::spawn(move || {
            write(&written, format);
            written.lines().written = true;
            written.changed.notify_all();
        });
        Self {
            waiting,
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

    /// Waits until every line is written, but for nobody who does not read them; what listeners
    /// hear later is lost.
    pub fn finish(self) {
        self.waiting.lines().finished = true;
        self.waiting.changed.notify_all();
        let unwritten = |lines: &mut Lines| !lines.written;
        let lines = self.waiting.lines();
        let _ = self
            .waiting
            .changed
            .wait_timeout_while(lines, LAST_WORDS, unwritten);
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

fn write(waiting: &Waiting, format: LogFormat) {
    let mut text = String::new();
    while let Some(lost) = waiting.take(&mut text) {
        if lost > 0 {
            text += &match format {
                LogFormat::Text => format!("plainbounce: {lost} lines of the log are lost\n"),
                LogFormat::Json => format!("{{\"event\":\"lines-lost\",\"lost\":{lost}}}\n"),
            };
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

    #[test]
    fn addresses_in_words() {
        let said = "2.0.0 <bob@example.org> abc Saved, ask bob@example.org.";
        let check = |how: AddressesInLog, expected: &str| {
            assert_eq!(how.shown_in(said), expected);
        };
        check(AddressesInLog::Full, said);
        check(
            AddressesInLog::Hashed,
            "2.0.0 <81b637d8fcd2c6da@example.org> abc Saved, ask 81b637d8fcd2c6da@example.org.",
        );
        check(AddressesInLog::None, "2.0.0 <-> abc Saved, ask -");
        // An apostrophe may stand in an address, or around one; quotes may hold anything.
        let check = |said: &str, expected: &str| {
            assert_eq!(AddressesInLog::None.shown_in(said), expected);
        };
        check("250 o'x@example.org saved", "250 - saved");
        check("250 'o'x@example.org', saved", "250 '-', saved");
        check("<\"o x\" @example.org>", "-");
    }
}
