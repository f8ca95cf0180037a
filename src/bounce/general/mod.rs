//! Bounces of programs that no dialect knows, in free text of any language: whether it is one, where
//! the returned message begins, which addresses did not get it, and what was said about them.
//!
//! The phrases that all of this looks for are in `phrases.toml`.

mod addresses;
pub mod cut;
mod found;
mod list;
mod phrases;
pub mod said;
mod score;
mod signs;

pub use found::addresses_in;
pub use said::{Words, context, short};

use super::letter::Letter;
use super::notes::Notes;
use super::report::{Action, Kind, Report, ReportedRecipient};

mod builtin {
    use std::borrow::Cow;

    use super::phrases::Phrases;
    use crate::bounce::{Phrase, PhraseSet, Span, Starts};

    include!(concat!(env!("OUT_DIR"), "/phrases.rs"));
}

/// What `phrases.toml` lists.
fn phrases() -> &'static phrases::Phrases<'static> {
    &builtin::PHRASES
}

pub use signs::may_be_bounce;

/// The report in the letter, if it looks like one.
pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    if !signs::is_bounce(&notes) {
        return None;
    }
    let addresses = addresses::recipients(&notes);
    if addresses.is_empty() && !signs::names_nobody(&notes) {
        return None;
    }
    let action = signs::action(&notes);
    let words = said::Words::new(notes.text, &addresses);
    let recipients = addresses
        .iter()
        .map(|address| recipient(&words, address, action));
    let mut recipients: Vec<_> = recipients.collect();
    if recipients.is_empty() {
        recipients.push(nobody(&notes, action));
    }
    if let [only] = recipients.as_mut_slice() {
        only.context = Some(said::context(notes.text, &letter.subject));
    }
    Some(Report {
        kind: Kind::Failure,
        dialect: "general",
        reporting_mta: said::reporter(&notes),
        arrival_date: None,
        recipients,
        original: notes.original,
    })
}

fn recipient(words: &said::Words<'_>, address: &str, action: Action) -> ReportedRecipient {
    let diagnostic = words.about(address);
    ReportedRecipient {
        final_recipient: Some(address.to_owned()),
        action: Some(action),
        status: None,
        remote_mta: diagnostic.as_deref().and_then(said::refuser),
        diagnostic,
        ..ReportedRecipient::default()
    }
}

/// A report that names no recipient still says that something failed.
fn nobody(notes: &Notes<'_>, action: Action) -> ReportedRecipient {
    ReportedRecipient {
        action: Some(action),
        diagnostic: said::about(notes.text, "", &[]),
        ..ReportedRecipient::default()
    }
}
