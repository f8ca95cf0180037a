//! `rules why`: the answer to "why does it say this?" for one message.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;

use super::Answer;
use crate::annotator::{self, Around, Reading};
use crate::bounce::{Report, ReportedRecipient};
use crate::diagnosis::rules::own::{OwnRules, Tried};
use crate::diagnosis::{Diagnosis, diagnose, meaning, rules, seen};
use crate::mail::{Envelope, Message};
use crate::notice::clean_line;
use crate::settings::Loaded;

/// Of more rules than that, those of which nothing held are only counted.
const FEW: usize = 20;
/// Recipients beyond these are not told of.
const MOST_RECIPIENTS: usize = 20;

pub fn run(loaded: &Loaded, file: &Path) -> anyhow::Result<Answer> {
    let own = loaded.rules_alone()?;
    let bytes = match file.to_str() {
        Some("-") => {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes)?;
            bytes
        }
        _ => std::fs::read(file).map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?,
    };
    let (envelope, message) = (Envelope::default(), Message::read(&bytes, true));
    let Some(reading) = annotator::read_with(&own, &envelope, &message) else {
        return Ok(("ordinary mail: no rule is asked\n".to_owned(), true));
    };
    let around = Around::of(&own, &envelope, &message);
    let mut why = Why {
        own: &own,
        around: &around,
        out: String::new(),
    };
    why.tell(&reading);
    Ok((why.out, true))
}

struct Why<'w> {
    own: &'w OwnRules,
    around: &'w Around,
    out: String,
}

impl Why<'_> {
    fn tell(&mut self, reading: &Reading) {
        let Reading { report, diagnoses } = reading;
        let reporter = report.reporting_mta.as_deref().unwrap_or("an unnamed host");
        let (kind, dialect) = (report.kind.name(), report.dialect);
        self.line(format_args!(
            "{kind}, reported by {} ({dialect})",
            shown(reporter)
        ));
        if diagnoses.is_empty() {
            self.line(format_args!("it tells of no delivery: no rule is asked"));
        }
        let pairs = report.recipients.iter().zip(diagnoses);
        for (recipient, found) in pairs.take(MOST_RECIPIENTS) {
            self.recipient(report, recipient, found);
        }
        let more = diagnoses.len().saturating_sub(MOST_RECIPIENTS);
        if more > 0 {
            self.line(format_args!("\nand {more} recipients more"));
        }
    }

    fn recipient(&mut self, report: &Report, recipient: &ReportedRecipient, found: &Diagnosis) {
        let address = recipient.address().unwrap_or("(not named)");
        self.line(format_args!("\n{}", shown(address)));
        let status = found.status.map(|status| status.to_string());
        let reply = found.reply.map(|reply| reply.to_string());
        let fields = [
            ("diagnostic", recipient.diagnostic.as_deref()),
            ("status", status.as_deref()),
            ("reply", reply.as_deref()),
            ("remote_mta", recipient.remote_mta.as_deref()),
        ];
        for (name, value) in fields {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                self.field(name, &shown(value));
            }
        }
        let without = diagnose(report, recipient);
        self.yours(report, recipient, &without);
        self.built_in(recipient, &without);
        self.outcome(report, recipient, found, &without);
    }

    fn yours(&mut self, report: &Report, recipient: &ReportedRecipient, without: &Diagnosis) {
        if self.own.is_empty() {
            return self.line(format_args!("  you have no rules"));
        }
        self.line(format_args!("  your rules, as they were tried"));
        let seen = seen(report, recipient, without, self.around.outside());
        let tried = self.own.tried(&seen);
        let (mut silent, many) = (0, tried.len() > FEW);
        for one in &tried {
            if many && one.held.is_empty() {
                silent += 1;
            } else {
                self.tried(one);
            }
        }
        if silent > 0 {
            self.line(format_args!("    and {silent} of which nothing fits"));
        }
    }

    fn tried(&mut self, tried: &Tried<'_>) {
        let held: Vec<String> = tried
            .held
            .iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(key, text)| format!("{key} \"{}\"", shown(text)))
            .collect();
        let held = held.join(", ");
        let id = tried.rule.id();
        match &tried.failed {
            None if held.is_empty() => {
                self.line(format_args!("    {id}  fits, as it asks for nothing"))
            }
            None => self.line(format_args!("    {id}  fits: {held}")),
            Some((key, there)) => {
                let there = match there {
                    Some(there) => format!("{key} does not ({})", shown(there)),
                    None => format!("{key} does not"),
                };
                let held = if held.is_empty() {
                    held
                } else {
                    format!("{held}, but ")
                };
                self.line(format_args!("    {id}  no: {held}{there}"));
            }
        }
    }

    fn built_in(&mut self, recipient: &ReportedRecipient, without: &Diagnosis) {
        self.line(format_args!("  built-in rules"));
        let said = recipient
            .diagnostic
            .as_deref()
            .or(recipient.context.as_deref());
        let folded = rules::folded(said.unwrap_or_default());
        let heard = rules::heard(&folded);
        for (rule, phrase, unless) in &heard {
            let name = rule.name();
            match unless {
                Some(unless) => self.line(format_args!(
                    "    {name}  no: \"{phrase}\", but \"{unless}\" too"
                )),
                None if without.rule.as_deref() == Some(name) => {
                    self.line(format_args!("    {name}  fits: \"{phrase}\""));
                }
                None => self.line(format_args!("    {name}  too late: \"{phrase}\"")),
            }
        }
        match without.rule.as_deref() {
            Some(code) if code.starts_with("builtin:codes/") => {
                self.line(format_args!(
                    "    no words that they know; by its code: {code}"
                ));
            }
            Some(_) => {}
            None => self.line(format_args!("    nothing that they know")),
        }
    }

    fn outcome(
        &mut self,
        report: &Report,
        recipient: &ReportedRecipient,
        found: &Diagnosis,
        without: &Diagnosis,
    ) {
        self.line(format_args!("  so"));
        let own = found.own.as_ref();
        let own_rule = own.map(|own| own.does.rule.as_str());
        let built_in = without.rule.as_deref().unwrap_or("no rule");
        let by_own = own.filter(|own| own.does.cause.is_some()).and(own_rule);
        let cause = format!("{} ({})", found.cause.name(), found.confidence.name());
        self.set("cause", &cause, by_own.unwrap_or(built_in));
        let code = meaning(report, recipient, found).map(|code| code.name());
        let usual = format!("the words on {}", code.unwrap_or(found.cause.name()));
        if let (Some(own), Some(rule)) = (own, own_rule) {
            let does = &own.does;
            if does.leave {
                return self.set("leave", "nothing is added", rule);
            }
            for (tag, words) in &does.words {
                let keys = [
                    ("title", words.title.is_some()),
                    ("why", words.why.is_some()),
                    ("do", words.steps.is_some()),
                    ("postmaster", words.postmaster.is_some()),
                ];
                let keys: Vec<&str> = keys
                    .iter()
                    .filter(|(_, is)| *is)
                    .map(|(key, _)| *key)
                    .collect();
                self.set("words", &format!("{tag}: {}", keys.join(", ")), rule);
            }
            for (name, value) in &own.values {
                self.set(
                    "group",
                    &format!("{{{name}}} is \"{}\"", shown(value)),
                    rule,
                );
            }
            let set = [
                ("who", does.who.is_some()),
                ("retry", does.retry.is_some()),
                ("contact", does.contact.is_some()),
                ("link", does.link.is_some()),
            ];
            for (key, _) in set.iter().filter(|(_, is)| *is) {
                self.set(key, "as it says", rule);
            }
        }
        self.line(format_args!("    {:<10} {usual}", "the rest"));
    }

    fn set(&mut self, what: &str, value: &str, by: &str) {
        self.line(format_args!("    {what:<10} {value}, by {by}"));
    }

    fn field(&mut self, name: &str, value: &str) {
        self.line(format_args!("  {name:<10} {value}"));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.out, "{line}");
    }
}

/// What came with a message cannot steer a terminal.
fn shown(text: &str) -> String {
    clean_line(text, "[cut]")
}
