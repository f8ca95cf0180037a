//! What notices are like, for one reader or for all.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Language, LanguageTag, Languages};
use crate::bounce::Report;

/// What the notice is like for one reader.
#[derive(Debug, Clone)]
pub struct Style {
    pub language: Arc<Language>,
    /// It is this reader's own: the language of the returned message does not count.
    pub language_is_set: bool,
    pub mode: Mode,
    /// Whether the subject is made to say it all.
    pub subject: bool,
    /// Whom the reader may ask: a name, an address, a URL.
    pub contact: Option<String>,
    /// A name above the notice.
    pub masthead: Option<String>,
}

/// Whether the notice stands above what the report said, or in its place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    #[default]
    Add,
    Rewrite,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            language: Language::english(),
            language_is_set: false,
            mode: Mode::Add,
            subject: false,
            contact: None,
            masthead: None,
        }
    }
}

impl Style {
    /// The reader's own language; else that of the returned message, if we speak it; else the
    /// default.
    pub fn language_for(&self, report: &Report, languages: &Languages) -> Arc<Language> {
        let spoken = |tag: &String| languages.find(&tag.parse::<LanguageTag>().ok()?).cloned();
        let of_message = || report.original.languages.iter().find_map(spoken);
        let found = if self.language_is_set {
            None
        } else {
            of_message()
        };
        found.unwrap_or_else(|| Arc::clone(&self.language))
    }
}
