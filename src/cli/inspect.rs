//! `plainbounce inspect`: says what it sees in each message.

use std::borrow::Cow;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;

use super::{FOUND_WRONG, complain};
use crate::annotator::{self, Reading};
use crate::bounce::{ReportedRecipient, ReturnedMessage};
use crate::diagnosis::Diagnosis;
use crate::mail::{Envelope, Message};
use crate::notice::clean_line;

/// One line of `inspect --json`, its keys in the order of the interface page.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    file: Option<&'a str>,
    kind: &'a str,
    reporting_mta: Option<&'a str>,
    original: Original<'a>,
    recipients: Vec<Recipient<'a>>,
}

#[derive(Debug, Default, Serialize)]
struct Original<'a> {
    message_id: Option<&'a str>,
    subject: Option<&'a str>,
    from: Option<&'a str>,
    to: Option<&'a str>,
    date: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Recipient<'a> {
    address: Option<&'a str>,
    action: Option<&'a str>,
    status: Option<String>,
    reply: Option<String>,
    remote_mta: Option<&'a str>,
    diagnostic: Option<&'a str>,
    cause: &'a str,
    confidence: &'a str,
    permanent: bool,
    rule: Option<&'a str>,
}

/// Inspects the files, those below folders among them, or standard input.
pub fn run(asked: &super::Inspect) -> Result<ExitCode> {
    let loaded = super::load(asked.file.config.as_deref())?;
    loaded.not_yet(&["rules."])?;
    match inspect(&asked.files, asked.json) {
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

/// Whether every one of the files could be read as a message.
fn inspect(files: &[PathBuf], json: bool) -> io::Result<bool> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut all_messages = true;
    if files.is_empty() {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        all_messages &= answer(&mut out, None, &bytes, json)?;
    }
    for file in files.iter().flat_map(|file| messages_in(file)) {
        let name = file.to_string_lossy();
        match fs::read(&file) {
            Ok(bytes) => all_messages &= answer(&mut out, Some(&name), &bytes, json)?,
            Err(error) => {
                complain_of(&name, &error.to_string());
                all_messages = false;
            }
        }
    }
    out.flush()?;
    Ok(all_messages)
}

/// The file itself, or every file below a folder, in the order of their names. A folder that
/// cannot be read stands for itself: reading it says why.
fn messages_in(path: &Path) -> Vec<PathBuf> {
    let entries = if path.is_dir() {
        sorted_entries(path).ok()
    } else {
        None
    };
    match entries {
        Some(entries) => entries
            .iter()
            .flat_map(|entry| messages_in(entry))
            .collect(),
        None => vec![path.to_owned()],
    }
}

/// What lies in a folder, but for links to folders: they may lead back up.
fn sorted_entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries: io::Result<Vec<_>> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect();
    let mut entries = entries?;
    entries.retain(|entry| !(entry.is_symlink() && entry.is_dir()));
    entries.sort();
    Ok(entries)
}

fn answer(out: &mut impl Write, file: Option<&str>, bytes: &[u8], json: bool) -> io::Result<bool> {
    let bytes = with_line_ends(bytes);
    let message = Message::read(&bytes, true);
    let is_message = !message.root().header.fields.is_empty();
    if !is_message {
        complain_of(
            file.unwrap_or("standard input"),
            "no message: it has no header field",
        );
    }
    let reading = annotator::read(&Envelope::default(), &message);
    if json {
        write_json(out, file, reading.as_ref())?;
    } else {
        write_for_people(out, file, reading.as_ref())?;
    }
    Ok(is_message)
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

fn complain_of(file: &str, why: &str) {
    complain(&format!("{file}: {why}"));
}

fn write_json(
    out: &mut impl Write,
    file: Option<&str>,
    reading: Option<&Reading>,
) -> io::Result<()> {
    let report = reading.map(|reading| &reading.report);
    let answer = Answer {
        file,
        kind: report.map_or("ordinary", |report| report.kind.name()),
        reporting_mta: report.and_then(|report| report.reporting_mta.as_deref()),
        original: report
            .map(|report| original(&report.original))
            .unwrap_or_default(),
        recipients: reading.map(recipients).unwrap_or_default(),
    };
    serde_json::to_writer(&mut *out, &answer)?;
    out.write_all(b"\n")?;
    Ok(())
}

fn original(returned: &ReturnedMessage) -> Original<'_> {
    Original {
        message_id: returned.message_id.as_deref(),
        subject: returned.subject.as_deref(),
        from: returned.from.as_deref(),
        to: returned.to.as_deref(),
        date: returned.date.as_deref(),
    }
}

fn recipients(reading: &Reading) -> Vec<Recipient<'_>> {
    let pairs = reading.report.recipients.iter().zip(&reading.diagnoses);
    pairs
        .map(|(reported, diagnosis)| recipient(reported, diagnosis))
        .collect()
}

fn recipient<'a>(reported: &'a ReportedRecipient, diagnosis: &'a Diagnosis) -> Recipient<'a> {
    Recipient {
        address: reported.address(),
        action: reported.action.map(|action| action.name()),
        status: diagnosis.status.map(|status| status.to_string()),
        reply: diagnosis.reply.map(|reply| reply.to_string()),
        remote_mta: reported.remote_mta.as_deref(),
        diagnostic: reported.diagnostic.as_deref(),
        cause: diagnosis.cause.name(),
        confidence: diagnosis.confidence.name(),
        permanent: diagnosis.permanent,
        rule: diagnosis.rule.as_deref(),
    }
}

/// A few aligned lines a message.
fn write_for_people(
    out: &mut impl Write,
    file: Option<&str>,
    reading: Option<&Reading>,
) -> io::Result<()> {
    let kind = reading.map_or("ordinary", |reading| reading.report.kind.name());
    writeln!(
        out,
        "{}: {kind}",
        clean_line(file.unwrap_or("standard input"), "…")
    )?;
    let Some(Reading { report, diagnoses }) = reading else {
        return Ok(());
    };
    field(out, "reported by", report.reporting_mta.as_deref())?;
    field(out, "subject", report.original.subject.as_deref())?;
    for (reported, diagnosis) in report.recipients.iter().zip(diagnoses) {
        field(
            out,
            "recipient",
            Some(reported.address().unwrap_or("(not named)")),
        )?;
        let cause = format!(
            "{} ({})",
            diagnosis.cause.name(),
            diagnosis.confidence.name()
        );
        field(out, "  cause", Some(&cause))?;
        field(
            out,
            "  status",
            diagnosis.status.map(|status| status.to_string()).as_deref(),
        )?;
        field(out, "  remote mta", reported.remote_mta.as_deref())?;
        field(out, "  diagnostic", reported.diagnostic.as_deref())?;
        field(out, "  rule", diagnosis.rule.as_deref())?;
    }
    Ok(())
}

fn field(out: &mut impl Write, name: &str, value: Option<&str>) -> io::Result<()> {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        writeln!(out, "  {name:<13} {}", clean_line(value, "[cut]"))?;
    }
    Ok(())
}
