//! Joins reading, diagnosing, explaining and rewriting: envelope and message in, outcome out.

use crate::mail::Envelope;
use crate::rewrite::Edit;

/// What the annotator works with, the same for every message.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Who adds the explanation, as the notice signs it: our host name.
    pub name: String,
    /// Tag of the language of the notice (RFC 5646), `en` or `de`.
    pub language: String,
}

/// What is to be done with one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It goes on as it came.
    Untouched(Summary),
    /// It goes on with this edit.
    Annotated(Edit, Summary),
}

/// What was seen in a message, for the log: no text of the message is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// As `kind` in `inspect --json`.
    pub kind: &'static str,
    /// As `cause`, of the gravest recipient.
    pub cause: Option<&'static str>,
    /// As `rule`, of the same.
    pub rule: Option<String>,
    /// Why nothing was added, where something might have been.
    pub note: Option<&'static str>,
}

/// Cheap to share between sessions, never changes.
#[derive(Debug, Clone)]
pub struct Annotator {
    #[allow(dead_code)]
    settings: Settings,
}

impl Annotator {
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// Never fails and never panics: whatever goes wrong inside, the answer is `Untouched`.
    ///
    /// `head` is the beginning of the message as it was sent (header section and body, without
    /// SMTP's transparency), `whole` whether it is all of it.
    pub fn annotate(&self, _envelope: &Envelope, _head: &[u8], _whole: bool) -> Outcome {
        Outcome::Untouched(Summary::default())
    }
}
