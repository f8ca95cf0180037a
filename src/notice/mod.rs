//! Diagnosis + language → Notice: what a person reads, in text and in HTML.

mod blocks;
mod clean;
mod did_you_mean;
mod forms;
mod groups;
mod in_language;
mod languages;
mod own_words;
pub mod samples;
mod stations;
mod style;

pub use clean::{clean_line, clean_lines};
pub use forms::{FormError, Forms, Written};
use in_language::isolated;
pub use in_language::list;
pub use languages::{
    CauseWords, CodeWords, Language, LanguageFault, LanguageTag, Languages, UnknownTag, Words,
};
pub use style::{Mode, Style};

use std::borrow::Cow;

use serde::Serialize;

use crate::bounce::{Kind, Report, ReturnedMessage};
use crate::diagnosis::Diagnosis;

/// What is said to the reader, in the order in which it is said. Everything in it that came with
/// the report is clean; the forms escape it.
///
/// What is borrowed is the language's; what is owned was made for this report.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Notice<'l> {
    pub lang: &'l str,
    pub dir: &'static str,
    pub title: String,
    /// Whose mail this is, as the operator has it.
    pub masthead: Option<String>,
    pub blocks: Vec<Block<'l>>,
    /// Whom to ask.
    pub contact: Option<String>,
    /// Which message it was.
    pub message: Option<String>,
    pub reported_by: Option<String>,
    /// That the reader may have nothing to do with it.
    pub ignore: Option<&'l str>,
    pub added_by: String,
}

/// Recipients with the same cause.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Block<'l> {
    pub heading: &'l str,
    pub recipients: Vec<String>,
    /// The same as one text.
    pub listed: String,
    /// How many recipients are not listed.
    pub more: Option<String>,
    pub stations: Vec<Station<'l>>,
    /// What is said in the place of "Why".
    pub title: Option<String>,
    pub why: String,
    /// The address that may have been meant.
    pub suggestion: Option<String>,
    pub steps: Cow<'l, [String]>,
    /// Whether it is tried again; a success does not say.
    pub retry: Option<String>,
    pub repair: Cow<'l, str>,
    /// Whom to ask about this, if that is not the one for all.
    pub contact: Option<String>,
    /// The one link that can be clicked: the postmaster's, https.
    pub link: Option<String>,
    pub said: Vec<Said>,
    pub postmaster: Cow<'l, [String]>,
}

/// How far the message got: one system, and what it did.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Station<'l> {
    pub name: String,
    pub did: &'l str,
    /// `done`, `waiting` or `failed`.
    pub state: &'static str,
}

/// What was said, to the letter, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Said {
    pub by: String,
    pub words: Option<String>,
}

/// A report with what it means for each of its recipients, in the same order.
pub struct Diagnosed<'r> {
    pub report: &'r Report,
    pub diagnoses: &'r [Diagnosis],
}

/// What a notice needs to know beside the report.
pub struct House<'l> {
    /// Who adds the notice, a host name.
    pub name: &'l str,
    pub style: &'l Style,
    pub language: &'l Language,
    /// Domains that the operator's users write to, beside those that everybody knows.
    pub known_domains: &'l [String],
}

/// Writes the notice on a report.
pub fn write<'l>(diagnosed: &Diagnosed<'_>, house: &House<'l>) -> Notice<'l> {
    let (language, words) = (house.language, house.language.words());
    let report = diagnosed.report;
    let put = |text: &str, name: &str, value: &str| {
        fill(
            text,
            name,
            &isolated(&clean_line(value, &words.cut), language),
        )
    };
    let blocks = blocks::write(diagnosed, house);
    let reported_by = report.reporting_mta.as_deref();
    let added_by = match house.style.mode {
        Mode::Add => &words.added_by,
        Mode::Rewrite => &words.added_by_in_place,
    };
    let others_have_one = blocks.iter().all(|block| block.contact.is_some());
    let contact = house.style.contact.as_deref();
    let contact = contact.filter(|_| !others_have_one);
    Notice {
        lang: language.tag().as_str(),
        dir: language.direction(),
        title: title(report, language),
        masthead: house.style.masthead.clone(),
        blocks,
        contact: contact.map(|contact| put(&words.contact, "contact", contact)),
        message: message(&report.original, language),
        reported_by: reported_by.map(|host| put(&words.postmaster_reported_by, "host", host)),
        ignore: (!report.original.is_known()).then_some(words.ignore_if_not_yours.as_str()),
        added_by: put(added_by, "host", house.name),
    }
}

/// The subject that says it all: `Not delivered: Q3 figures (bob@example.net)`.
pub fn subject(notice: &Notice<'_>, language: &Language) -> String {
    let words = language.words();
    let Some(block) = notice.blocks.first() else {
        return notice.title.clone();
    };
    let others: usize = notice
        .blocks
        .iter()
        .map(|block| block.recipients.len())
        .sum();
    let first = block.recipients.first().map_or("", String::as_str);
    let addresses = match others {
        0 | 1 => first.to_owned(),
        _ => format!(
            "{first} {}",
            fill(&words.and_more, "count", &(others - 1).to_string())
        ),
    };
    let title = fill(&words.subject, "title", &notice.title);
    fill(&title, "addresses", &isolated(&addresses, language))
}

fn title(report: &Report, language: &Language) -> String {
    let words = language.words();
    let subject = report.original.subject.as_deref();
    let subject = subject
        .map(|subject| clean_line(subject, &words.cut))
        .filter(|subject| !subject.is_empty())
        .unwrap_or_else(|| words.no_subject.clone());
    let title = match report.kind {
        Kind::Delay => &words.delay_title,
        Kind::Success => &words.success_title,
        // the other kinds get no notice
        _ => &words.failure_title,
    };
    fill(title, "subject", &isolated(&subject, language))
}

/// `“Q3 figures”, sent on 12 October 2026 at 14:03 GMT+2, to bob@example.net`
fn message(original: &ReturnedMessage, language: &Language) -> Option<String> {
    let words = language.words();
    let shown = |text: &String| Some(clean_line(text, &words.cut)).filter(|t| !t.is_empty());
    let subject = original.subject.as_ref().and_then(shown);
    let time = original
        .date
        .as_deref()
        .and_then(|date| in_language::date(date, language));
    let to = original.to.as_ref().and_then(shown);
    let parts = [
        subject.map(|subject| fill(&words.quoted, "text", &isolated(&subject, language))),
        time.map(|time| fill(&words.message_sent_on, "time", &isolated(&time, language))),
        to.map(|to| fill(&words.message_to, "addresses", &isolated(&to, language))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(&words.list_separator))
}

/// Puts a value into the place that a text keeps for it. Values are never looked into.
pub fn fill(text: &str, name: &str, value: &str) -> String {
    let mut out = String::with_capacity(text.len() + value.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        match behind.strip_prefix(name).and_then(|r| r.strip_prefix('}')) {
            Some(behind) => {
                out.push_str(value);
                rest = behind;
            }
            None => {
                out.push('{');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}
