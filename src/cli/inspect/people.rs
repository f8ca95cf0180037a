//! What `inspect` says to people: a few aligned lines a message, and a count at the end.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{IsTerminal, stdout};

use crate::annotator::Reading;
use crate::bounce::ReportedRecipient;
use crate::diagnosis::Diagnosis;
use crate::notice::clean_line;

/// How lines look where they go: on a terminal they are coloured (<https://no-color.org/>), and
/// folded at its edge; in a file or a pipe they stay whole.
#[derive(Clone, Copy)]
pub struct Look {
    colours: bool,
    columns: Option<usize>,
}

impl Look {
    pub fn of_standard_output() -> Self {
        let terminal = stdout().is_terminal();
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let size = terminal_size::terminal_size_of(stdout()).filter(|_| terminal);
        Self {
            colours: terminal && wanted,
            columns: size.map(|(width, _)| usize::from(width.0)),
        }
    }

    fn kind(self, kind: &str) -> String {
        let code = match kind {
            "failure" => "31",
            "delay" => "33",
            "success" => "32",
            "ordinary" => return kind.to_owned(),
            _ => "36",
        };
        self.paint(kind, code)
    }

    fn paint(self, text: &str, code: &str) -> String {
        if self.colours {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// The value in lines that stand below each other.
    fn fold(self, value: &str) -> String {
        let room = self.columns.map(|columns| columns.saturating_sub(VALUE));
        match room.filter(|&room| room >= NARROWEST) {
            Some(room) => {
                let lines = textwrap::wrap(value, room);
                lines.join(&format!("\n{:VALUE$}", ""))
            }
            None => value.to_owned(),
        }
    }
}

/// The column in which values begin.
const VALUE: usize = 17;
/// Less room than this is none.
const NARROWEST: usize = 20;

/// The lines on one message. Nothing in them that came with it can steer a terminal.
pub fn lines(file: Option<&str>, reading: Option<&Reading>, look: Look) -> String {
    let file = clean_line(file.unwrap_or("standard input"), "…");
    let kind = reading.map_or("ordinary", |reading| reading.report.kind.name());
    let mut lines = Lines {
        out: format!("{}: {}\n", look.paint(&file, "1"), look.kind(kind)),
        look,
    };
    if let Some(Reading { report, diagnoses }) = reading {
        lines.field("reported by", report.reporting_mta.as_deref());
        lines.field("subject", report.original.subject.as_deref());
        lines.field("arrived", report.arrival_date.as_deref());
        for (reported, diagnosis) in report.recipients.iter().zip(diagnoses) {
            lines.recipient(reported, diagnosis);
        }
    }
    lines.out
}

struct Lines {
    out: String,
    look: Look,
}

impl Lines {
    fn recipient(&mut self, reported: &ReportedRecipient, diagnosis: &Diagnosis) {
        let address = reported.address().unwrap_or("(not named)");
        self.field("recipient", Some(address));
        let (cause, confidence) = (diagnosis.cause.name(), diagnosis.confidence.name());
        let cause = format!("{} ({confidence})", self.look.paint(cause, "1"));
        let _ = writeln!(self.out, "  {:<14} {cause}", "  cause");
        self.field("  status", status(diagnosis).as_deref());
        self.field("  remote mta", reported.remote_mta.as_deref());
        self.field("  diagnostic", reported.diagnostic.as_deref());
        self.field("  last attempt", reported.last_attempt.as_deref());
        let until = reported.will_retry_until.map(|until| until.to_rfc822());
        self.field("  tried until", until.as_deref());
        self.field("  rule", diagnosis.rule.as_deref());
    }

    fn field(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let value = self.look.fold(&clean_line(value, "[cut]"));
            let _ = writeln!(self.out, "  {name:<14} {value}");
        }
    }
}

/// The status that fits best, and the one that was reported, if that is another.
fn status(diagnosis: &Diagnosis) -> Option<String> {
    let best = diagnosis.status?;
    Some(match diagnosis.reported_status {
        Some(status) => format!("{best} (reported as {status})"),
        None => best.to_string(),
    })
}

/// How many of each kind and cause there were.
#[derive(Debug, Default)]
pub struct Count {
    messages: usize,
    kinds: BTreeMap<&'static str, usize>,
    causes: BTreeMap<&'static str, usize>,
}

impl Count {
    /// Takes one message in: its kind, and the cause of each recipient.
    pub fn take(&mut self, kind: &'static str, causes: &[&'static str]) {
        self.messages += 1;
        *self.kinds.entry(kind).or_default() += 1;
        for cause in causes {
            *self.causes.entry(cause).or_default() += 1;
        }
    }

    /// Of one message there is nothing to count.
    pub fn lines(&self) -> String {
        if self.messages < 2 {
            return String::new();
        }
        let mut out = format!("\n{} messages\n", self.messages);
        for (title, counts) in [("kind", &self.kinds), ("cause", &self.causes)] {
            let mut counts: Vec<_> = counts.iter().collect();
            counts.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), **name));
            for (name, count) in counts {
                let _ = writeln!(out, "  {title:<6} {name:<24} {count:>8}");
            }
        }
        out
    }
}
