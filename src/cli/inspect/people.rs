//! What `inspect` says to people: a few aligned lines a message, and a count at the end.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{IsTerminal, stdout};

use crate::annotator::Reading;
use crate::bounce::ReportedRecipient;
use crate::diagnosis::Diagnosis;
use crate::notice::clean_line;

/// How kinds are coloured, where they are (<https://no-color.org/>).
#[derive(Clone, Copy)]
pub struct Colours(bool);

impl Colours {
    /// On a terminal, unless its user wants none.
    pub fn of_standard_output() -> Self {
        Self(stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()))
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
        if self.0 {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// The lines on one message. Nothing in them that came with it can steer a terminal.
pub fn lines(file: Option<&str>, reading: Option<&Reading>, colours: Colours) -> String {
    let mut out = String::new();
    let file = clean_line(file.unwrap_or("standard input"), "…");
    let Some(Reading { report, diagnoses }) = reading else {
        return format!(
            "{}: {}\n",
            colours.paint(&file, "1"),
            colours.kind("ordinary")
        );
    };
    let _ = writeln!(
        out,
        "{}: {}",
        colours.paint(&file, "1"),
        colours.kind(report.kind.name())
    );
    field(&mut out, "reported by", report.reporting_mta.as_deref());
    field(&mut out, "subject", report.original.subject.as_deref());
    field(&mut out, "arrived", report.arrival_date.as_deref());
    for (reported, diagnosis) in report.recipients.iter().zip(diagnoses) {
        recipient(&mut out, reported, diagnosis);
    }
    out
}

fn recipient(out: &mut String, reported: &ReportedRecipient, diagnosis: &Diagnosis) {
    field(
        out,
        "recipient",
        Some(reported.address().unwrap_or("(not named)")),
    );
    let cause = format!(
        "{} ({})",
        diagnosis.cause.name(),
        diagnosis.confidence.name()
    );
    field(out, "  cause", Some(&cause));
    field(out, "  status", status(diagnosis).as_deref());
    field(out, "  remote mta", reported.remote_mta.as_deref());
    field(out, "  diagnostic", reported.diagnostic.as_deref());
    field(out, "  last attempt", reported.last_attempt.as_deref());
    let until = reported.will_retry_until.map(|until| until.to_rfc822());
    field(out, "  tried until", until.as_deref());
    field(out, "  rule", diagnosis.rule.as_deref());
}

/// The status that fits best, and the one that was reported, if that is another.
fn status(diagnosis: &Diagnosis) -> Option<String> {
    let best = diagnosis.status?;
    Some(match diagnosis.reported_status {
        Some(status) => format!("{best} (reported as {status})"),
        None => best.to_string(),
    })
}

fn field(out: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        let _ = writeln!(out, "  {name:<14} {}", clean_line(value, "[cut]"));
    }
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
