//! Diagnosis + language → Notice: what a person reads, in text and in HTML.

mod blocks;
mod clean;
mod date;
mod forms;
mod languages;
mod stations;

pub use clean::{clean_line, clean_lines};
pub use forms::{html, text};
pub use languages::{CodeWords, Language, UnknownLanguage, Words};

use serde::Serialize;

use crate::bounce::{Report, ReturnedMessage};
use crate::diagnosis::Diagnosis;

/// What is said to the reader, in the order in which it is said. Everything in it that came with
/// the report is clean; the forms escape it.
#[derive(Debug, Clone, Serialize)]
pub struct Notice {
    pub lang: &'static str,
    pub dir: &'static str,
    pub title: String,
    pub blocks: Vec<Block>,
    /// Which message it was.
    pub message: Option<String>,
    pub reported_by: Option<String>,
    /// That the reader may have nothing to do with it.
    pub ignore: Option<&'static str>,
    pub added_by: String,
    pub words: &'static Words,
}

/// Recipients with the same cause.
#[derive(Debug, Clone, Serialize)]
pub struct Block {
    pub heading: &'static str,
    pub recipients: Vec<String>,
    /// How many recipients are not listed.
    pub more: Option<String>,
    pub stations: Vec<Station>,
    pub why: String,
    pub steps: &'static [String],
    /// Whether it is tried again; a success does not say.
    pub retry: Option<String>,
    pub repair: &'static str,
    pub said: Vec<Said>,
    pub postmaster: &'static [String],
}

/// How far the message got: one system, and what it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Station {
    pub name: String,
    pub did: &'static str,
    /// `done`, `waiting` or `failed`.
    pub state: &'static str,
}

/// What was said, to the letter, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    pub by: String,
    pub words: Option<String>,
}

/// A report with what it means for each of its recipients, in the same order.
pub struct Diagnosed<'r> {
    pub report: &'r Report,
    pub diagnoses: &'r [Diagnosis],
}

/// Writes the notice on a report. `signature` is who adds it, a host name.
pub fn write(diagnosed: &Diagnosed<'_>, language: Language, signature: &str) -> Notice {
    let words = language.words();
    let report = diagnosed.report;
    let shown = |text: &str| clean_line(text, &words.cut);
    let blocks = blocks::write(diagnosed, language);
    let reported_by = report.reporting_mta.as_deref();
    Notice {
        lang: language.tag(),
        dir: language.direction(),
        title: title(report, words),
        blocks,
        message: message(&report.original, words),
        reported_by: reported_by
            .map(|host| fill(&words.postmaster_reported_by, "host", &shown(host))),
        ignore: (!report.original.is_known()).then_some(words.ignore_if_not_yours.as_str()),
        added_by: fill(&words.added_by, "host", &shown(signature)),
        words,
    }
}

/// The language that the reader of this report reads: that of the returned message, if we speak it.
pub fn language_of(report: &Report, default: Language) -> Language {
    report
        .original
        .languages
        .iter()
        .find_map(|tag| tag.parse().ok())
        .unwrap_or(default)
}

fn title(report: &Report, words: &Words) -> String {
    use crate::bounce::Kind;
    let subject = report
        .original
        .subject
        .as_deref()
        .map(|s| clean_line(s, &words.cut));
    let subject = subject
        .filter(|s| !s.is_empty())
        .unwrap_or_else(|| words.no_subject.clone());
    let title = match report.kind {
        Kind::Delay => &words.delay_title,
        Kind::Success => &words.success_title,
        // the other kinds get no notice
        _ => &words.failure_title,
    };
    fill(title, "subject", &subject)
}

/// `“Q3 figures”, sent on 12 October 2026 at 14:03 (+02:00), to bob@example.net`
fn message(original: &ReturnedMessage, words: &Words) -> Option<String> {
    let shown = |text: &String| Some(clean_line(text, &words.cut)).filter(|t| !t.is_empty());
    let subject = original.subject.as_ref().and_then(shown);
    let time = original
        .date
        .as_deref()
        .and_then(|date| date::in_words(date, words));
    let to = original.to.as_ref().and_then(shown);
    let parts = [
        subject.map(|subject| fill(&words.quoted, "text", &subject)),
        time.map(|time| fill(&words.message_sent_on, "time", &time)),
        to.map(|to| fill(&words.message_to, "addresses", &to)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(&words.list_separator))
}

/// Puts a value into the place that a text keeps for it. Values are never looked into.
fn fill(text: &str, name: &str, value: &str) -> String {
    match text.split_once(&format!("{{{name}}}")) {
        Some((before, after)) => format!("{before}{value}{}", fill(after, name, value)),
        None => text.to_owned(),
    }
}
