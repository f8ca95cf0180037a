//! Hears events and writes the one log line per message, as `key=value`, to standard error.
//!
//! No text of a message is in it, and nothing that a peer sent can end the line or look like a
//! key of ours.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::event::{Event, Listener, MessagePassed, Outcome};
use crate::mail::ReversePath;

/// Lines that may wait for a slow standard error before messages do.
const WAITING_LINES: usize = 4096;

/// Writes from a thread of its own, so that no message waits for its line.
pub struct Log {
    lines: SyncSender<String>,
    writer: JoinHandle<()>,
}

impl Log {
    pub fn start() -> Self {
        let (lines, waiting) = sync_channel::<String>(WAITING_LINES);
        let writer = std::thread::spawn(move || {
            for line in waiting {
                // A closed standard error is no reason to stop carrying mail.
                let _ = std::io::stderr().write_all(line.as_bytes());
            }
        });
        Self { lines, writer }
    }

    pub fn listener(&self) -> Listener {
        let lines = self.lines.clone();
        Arc::new(move |event| {
            let _ = lines.send(line(event));
        })
    }

    /// Waits until every line is written; all listeners must be gone by now.
    pub fn finish(self) {
        drop(self.lines);
        let _ = self.writer.join();
    }
}

fn line(event: &Event) -> String {
    match event {
        Event::MessagePassed(passed) => {
            let mut line = format!("plainbounce: id={} door={}", passed.id, passed.door);
            message_passed(&mut line, passed).expect("writing to a string cannot fail");
            line.push('\n');
            line
        }
        Event::NextHopFailed { door, why } => {
            format!("plainbounce: door={door} next_hop=failed why={why}\n")
        }
    }
}

fn message_passed(line: &mut String, passed: &MessagePassed) -> std::fmt::Result {
    if let Some(peer) = passed.peer {
        write!(line, " peer={peer}")?;
    }
    match &passed.reverse_path {
        Some(ReversePath::Null) => line.push_str(" from=<>"),
        Some(ReversePath::Mailbox(mailbox)) => write!(line, " from=<{}>", escaped(mailbox))?,
        None => {}
    }
    write!(
        line,
        " recipients={} size={}",
        passed.forward_paths, passed.size_bytes
    )?;
    write!(
        line,
        " added={} kind={}",
        passed.added_bytes,
        escaped(passed.summary.kind)
    )?;
    if let Some(cause) = passed.summary.cause {
        write!(line, " cause={}", escaped(cause))?;
    }
    if let Some(rule) = &passed.summary.rule {
        write!(line, " rule={}", escaped(rule))?;
    }
    if let Some(note) = passed.summary.note {
        write!(line, " note={}", escaped(note))?;
    }
    let outcome = match passed.outcome {
        Outcome::Annotated => "annotated",
        Outcome::Untouched => "untouched",
        Outcome::Failed => "failed",
    };
    write!(line, " outcome={outcome}")?;
    if let Some((code, text)) = &passed.reply {
        write!(line, " reply={code} said={}", escaped(text))?;
    }
    write!(line, " took={}us", passed.duration.as_micros())
}

/// No space, quote, `=` or control character is left; a long value is cut.
fn escaped(text: &str) -> String {
    const LONGEST: usize = 320;
    let mut out = String::with_capacity(text.len());
    for c in text.chars().take(LONGEST) {
        match c {
            ' ' => out.push_str("\\s"),
            '\\' => out.push_str("\\\\"),
            '!'..='~' if !matches!(c, '"' | '=') => out.push(c),
            c => out.extend(c.escape_unicode()),
        }
    }
    if text.is_empty() {
        out.push('-');
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn escaped() {
        let check = |text: &str, expected: &str| assert_eq!(super::escaped(text), expected);
        check("bob@example.org", "bob@example.org");
        check("a b=c\r\n\u{202e}", "a\\sb\\u{3d}c\\u{d}\\u{a}\\u{202e}");
        check("", "-");
    }
}
