//! Bounces of programs that no dialect knows, in free text of any language: whether it is one, where
//! the returned message begins, which addresses did not get it, and what was said about them.
//!
//! The phrases that all of this looks for are in `phrases.toml`.

mod addresses;
mod cut;
mod phrases;
mod said;
mod signs;

use std::sync::OnceLock;

pub use addresses::addresses_in;
use phrases::Phrases;
pub use said::{about, context, told};

use super::letter::{Letter, returned_in_words};
use super::report::{Action, Kind, Report, ReportedRecipient, ReturnedMessage};

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/phrases.postcard"));

/// The phrases. Their packed form was written by our own build, so it can be read.
fn phrases() -> &'static Phrases {
    static PHRASES: OnceLock<Phrases> = OnceLock::new();
    PHRASES.get_or_init(|| postcard::from_bytes(PACKED).expect("packed by src/build.rs"))
}

/// What a mail system says in its letter, apart from the message that it returns.
pub struct Notes<'l> {
    letter: &'l Letter<'l>,
    pub text: &'l str,
    pub original: ReturnedMessage,
    /// Whether a message, or its header section, came back.
    returns: bool,
}

impl<'l> Notes<'l> {
    /// Cut where the copy of a message seems to begin.
    pub fn of(letter: &'l Letter<'l>) -> Self {
        let at = cut::returned_message(&letter.words);
        Self::cut(letter, at.map(|at| (at, at)))
    }

    /// Cut at the line in which a program announces the copy; where it sent none, as `of` does.
    pub fn above(letter: &'l Letter<'l>, heading: &str) -> Self {
        match cut::line_of(&letter.words, heading) {
            Some(line) => Self::cut(letter, Some((line.start, line.end))),
            None => Self::of(letter),
        }
    }

    fn cut(letter: &'l Letter<'l>, at: Option<(usize, usize)>) -> Self {
        let enclosed = letter.enclosed.clone();
        let inline = at.map(|(_, copy)| returned_in_words(&letter.words, copy..letter.words.len()));
        Self {
            letter,
            text: &letter.words[..at.map_or(letter.words.len(), |(end, _)| end)],
            returns: enclosed.is_some() || inline.is_some(),
            original: enclosed.or(inline).unwrap_or_default(),
        }
    }

    /// The report on these recipients, if there are any.
    pub fn report(self, recipients: Vec<ReportedRecipient>) -> Option<Report> {
        (!recipients.is_empty()).then(|| Report {
            kind: Kind::Failure,
            dialect: "general",
            reporting_mta: said::reporter(&self),
            arrival_date: None,
            recipients,
            original: self.original,
        })
    }
}

/// The report in the letter, if it looks like one.
pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    if !signs::is_bounce(&notes) {
        return None;
    }
    let addresses = addresses::recipients(&notes);
    if addresses.is_empty() && !signs::is_tied(&notes) {
        return None;
    }
    let action = signs::action(&notes);
    let recipients = addresses
        .iter()
        .map(|address| recipient(&notes, address, &addresses, action));
    let mut recipients: Vec<_> = recipients.collect();
    if recipients.is_empty() {
        recipients.push(nobody(&notes, action));
    }
    notes.report(recipients)
}

fn recipient(
    notes: &Notes<'_>,
    address: &str,
    all: &[String],
    action: Action,
) -> ReportedRecipient {
    let diagnostic = said::about(notes.text, address, all);
    ReportedRecipient {
        final_recipient: Some(address.to_owned()),
        action: Some(action),
        status: None,
        remote_mta: diagnostic.as_deref().and_then(said::refuser),
        context: Some(said::context(notes.text, &notes.letter.subject)),
        diagnostic,
        ..ReportedRecipient::default()
    }
}

/// A report that names no recipient still says that something failed.
fn nobody(notes: &Notes<'_>, action: Action) -> ReportedRecipient {
    ReportedRecipient {
        action: Some(action),
        diagnostic: said::about(notes.text, "", &[]),
        context: Some(said::context(notes.text, &notes.letter.subject)),
        ..ReportedRecipient::default()
    }
}
