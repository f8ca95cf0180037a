//! Bounces of programs that no dialect knows, in free text of any language: whether it is one, where
//! the returned message begins, which addresses did not get it, and what was said about them.
//!
//! The phrases that all of this looks for are in `phrases.toml`.

mod addresses;
pub mod cut;
mod phrases;
pub mod said;
mod signs;

use std::sync::OnceLock;

pub use addresses::addresses_in;
use phrases::Phrases;
pub use said::{about, context};

use super::letter::Letter;
use super::notes::Notes;
use super::report::{Action, Kind, Report, ReportedRecipient};

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/phrases.postcard"));

/// The phrases. Their packed form was written by our own build, so it can be read.
fn phrases() -> &'static Phrases {
    static PHRASES: OnceLock<Phrases> = OnceLock::new();
    PHRASES.get_or_init(|| postcard::from_bytes(PACKED).expect("packed by src/build.rs"))
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
    let recipients: Vec<_> = recipients.collect();
    Some(Report {
        kind: Kind::Failure,
        dialect: "general",
        reporting_mta: said::reporter(&notes),
        recipients: if recipients.is_empty() {
            vec![nobody(&notes, action)]
        } else {
            recipients
        },
        original: notes.original,
    })
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
