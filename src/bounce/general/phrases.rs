//! The phrases around bounces that `phrases.toml` lists, ready to be looked for.

use std::borrow::Cow;

use crate::bounce::PhraseSet;

/// The owner of a phrase is its place in its list.
#[derive(Debug)]
pub struct Phrases<'t> {
    /// All that a subject of a report may say.
    pub of_subjects: PhraseSet<'t>,
    /// All that its text may say.
    pub of_texts: PhraseSet<'t>,
    pub texts: PhraseSet<'t>,
    pub undelivered: PhraseSet<'t>,
    pub successes: PhraseSet<'t>,
    pub delays: PhraseSet<'t>,
    pub given_up: PhraseSet<'t>,
    pub returned: PhraseSet<'t>,
    pub recipient_labels: Cow<'t, [Cow<'t, str>]>,
    pub others: PhraseSet<'t>,
    pub reporters: PhraseSet<'t>,
    pub refusers: PhraseSet<'t>,
}
