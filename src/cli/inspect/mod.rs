//! `plainbounce inspect`: says what it sees in each message.

pub mod files;
pub mod in_order;
mod json;
mod people;

use std::borrow::Cow;
use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{FOUND_WRONG, complain};
use crate::annotator;
use crate::diagnosis::rules::own::OwnRules;
use crate::mail::{Envelope, Message};
use people::{Count, Look};

/// From so many files on, a person wants to see that it goes on.
const MANY: usize = 500;

/// Inspects the files, those below folders among them, or standard input.
pub fn run(asked: &super::Inspect) -> Result<ExitCode> {
    let loaded = super::load(asked.file.config.as_deref())?;
    let rules = loaded.rules_alone()?;
    match inspect(&asked.files, asked.json, &rules) {
        Ok(true) => Ok(ExitCode::SUCCESS),
        Ok(false) => Ok(ExitCode::from(FOUND_WRONG)),
        // whoever reads the answers has seen enough
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => {
            complain(&format!("standard output: {error}"));
            Ok(ExitCode::from(FOUND_WRONG))
        }
    }
}

/// What was seen in one message.
struct Seen {
    answer: String,
    kind: &'static str,
    causes: Vec<&'static str>,
    /// Why it could not be read, or is no message.
    fault: Option<String>,
}

/// Whether every one of the files could be read as a message.
fn inspect(files: &[PathBuf], json: bool, rules: &OwnRules) -> io::Result<bool> {
    let look = Look::of_standard_output();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut count = Count::default();
    let mut all_messages = true;
    let mut written = Ok(());
    let mut take = |seen: Seen| {
        count.take(seen.kind, &seen.causes);
        if let Some(fault) = seen.fault {
            complain(&fault);
            all_messages = false;
        }
        written = out.write_all(seen.answer.as_bytes());
        written.is_ok()
    };
    if files.is_empty() {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        take(look_at(None, &bytes, rules, json, look));
    } else {
        let files: Vec<PathBuf> = files
            .iter()
            .flat_map(|file| files::messages_in(file))
            .collect();
        let progress = progress(files.len());
        in_order::in_order(
            &files,
            |file| open(file, rules, json, look),
            |seen| {
                progress.inc(1);
                take(seen)
            },
        );
        progress.finish_and_clear();
    }
    written?;
    if !json {
        out.write_all(count.lines().as_bytes())?;
    }
    out.flush()?;
    Ok(all_messages)
}

/// Drawn on standard error, and only if that is a terminal, and the answers go somewhere else: where
/// they go by, they show that it goes on.
fn progress(files: usize) -> ProgressBar {
    let seen = files >= MANY && !io::stdout().is_terminal();
    let target = if seen {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(files as u64), target);
    match ProgressStyle::with_template("{bar:40} {pos} of {len} messages, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn open(file: &PathBuf, rules: &OwnRules, json: bool, look: Look) -> Seen {
    let name = file.to_string_lossy();
    match fs::read(file) {
        Ok(bytes) => look_at(Some(&name), &bytes, rules, json, look),
        Err(error) => Seen {
            answer: String::new(),
            kind: "unreadable",
            causes: Vec::new(),
            fault: Some(format!("{name}: {error}")),
        },
    }
}

fn look_at(file: Option<&str>, bytes: &[u8], rules: &OwnRules, json: bool, look: Look) -> Seen {
    let bytes = with_line_ends(bytes);
    let message = Message::read(&bytes, true);
    let reading = annotator::read_with(rules, &Envelope::default(), &message);
    let diagnoses = reading.iter().flat_map(|reading| &reading.diagnoses);
    let no_message = message.root().header.fields.is_empty();
    let name = file.unwrap_or("standard input");
    Seen {
        answer: match json {
            true => json::line(file, reading.as_ref()),
            false => people::lines(file, reading.as_ref(), look),
        },
        kind: reading
            .as_ref()
            .map_or("ordinary", |reading| reading.report.kind.name()),
        causes: diagnoses.map(|diagnosis| diagnosis.cause.name()).collect(),
        fault: no_message.then(|| format!("{name}: no message: it has no header field")),
    }
}

/// A file from an old Macintosh ends its lines with CR alone. On the wire nothing does: RFC 5321
/// §2.3.8 forbids it, so only this command reads it.
fn with_line_ends(bytes: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\n', bytes).is_some() || memchr::memchr(b'\r', bytes).is_none() {
        return Cow::Borrowed(bytes);
    }
    let lf = |&byte: &u8| if byte == b'\r' { b'\n' } else { byte };
    Cow::Owned(bytes.iter().map(lf).collect())
}
