//! The languages that a notice can be written in.

mod format;
mod overlay;
mod tag;

use std::sync::{Arc, LazyLock, OnceLock};

pub use format::{CauseWords, CodeWords, Words};
use format::{CodeWordsFile, Direction, Spoken};
pub use overlay::LanguageFault;
pub use tag::{LanguageTag, UnknownTag};

use super::in_language::Dates;
use crate::diagnosis::codes::Code;
use crate::diagnosis::{Cause, cause};

/// A language that plainbounce speaks. One that is built in is unpacked when it is first asked.
#[derive(Debug)]
pub struct Language {
    tag: LanguageTag,
    packed: Packed,
    spoken: OnceLock<Spoken>,
    codes: OnceLock<CodeWordsFile>,
    pub(super) dates: OnceLock<Dates>,
}

/// A language as the build packed it.
#[derive(Debug, Clone, Copy, Default)]
struct Packed {
    words: &'static [u8],
    codes: &'static [u8],
}

macro_rules! packed {
    ($tag:literal) => {
        (
            $tag,
            Packed {
                words: include_bytes!(concat!(env!("OUT_DIR"), "/", $tag, ".postcard")),
                codes: include_bytes!(concat!(env!("OUT_DIR"), "/", $tag, ".codes.postcard")),
            },
        )
    };
}

/// In the order in which they are listed; the build has the same list.
static BUILT_IN: &[(&str, Packed)] = &[
    packed!("en"),
    packed!("de"),
    packed!("fr"),
    packed!("es"),
    packed!("it"),
    packed!("pt-BR"),
    packed!("nl"),
    packed!("pl"),
    packed!("ja"),
    packed!("zh-Hans"),
    packed!("ar"),
];

/// The languages of one set of settings: those that are built in, and the operator's.
#[derive(Debug, Clone)]
pub struct Languages(Vec<Arc<Language>>);

impl Languages {
    /// Those that are built in, and no others.
    pub fn built_in() -> &'static Self {
        static ALL: LazyLock<Languages> = LazyLock::new(|| {
            let unpacked = |(tag, packed): &(&str, Packed)| Language {
                tag: LanguageTag::built_in(tag),
                packed: *packed,
                spoken: OnceLock::new(),
                codes: OnceLock::new(),
                dates: OnceLock::new(),
            };
            Languages(BUILT_IN.iter().map(unpacked).map(Arc::new).collect())
        });
        &ALL
    }

    pub fn all(&self) -> impl Iterator<Item = &Arc<Language>> {
        self.0.iter()
    }

    /// The language of this tag, or of one that is near enough to be read: `de` for `de-AT`, `pt-BR`
    /// for `pt`.
    pub fn find(&self, tag: &LanguageTag) -> Option<&Arc<Language>> {
        let exact = self.0.iter().find(|language| language.tag == *tag);
        exact.or_else(|| self.0.iter().find(|language| tag.is_near(&language.tag)))
    }

    /// # Errors
    /// Where there is none, with those that there are.
    pub fn named(&self, tag: &LanguageTag) -> Result<Arc<Language>, UnknownTag> {
        let known = || self.0.iter().map(|language| language.tag.clone()).collect();
        let found = self.find(tag).cloned();
        found.ok_or_else(|| UnknownTag::among(tag.clone(), known()))
    }
}

impl Languages {
    /// With what an operator says otherwise, or in a language of their own: a file as the built-in
    /// ones are, of which any part may be left out. What is left out is as it was; of a language
    /// that is new, as in the nearest one, or else in English.
    ///
    /// # Errors
    /// Of the first mistake in the file, with where it stands.
    pub fn with(&self, tag: &LanguageTag, file: &str) -> Result<Self, LanguageFault> {
        let near = self.find(tag);
        let spoken = overlay::words(near.unwrap_or(&self.0[0]).spoken(), file)?;
        let codes = near.map(|near| near.codes().clone()).unwrap_or_default();
        Ok(self.and(Language::of(tag, spoken, codes)))
    }

    /// The same for what codes mean.
    ///
    /// # Errors
    /// Of the first mistake in the file, with where it stands.
    pub fn with_codes(&self, tag: &LanguageTag, file: &str) -> Result<Self, LanguageFault> {
        let base = self.find(tag).unwrap_or(&self.0[0]);
        let codes = overlay::codes(base.codes(), file)?;
        Ok(self.and(Language::of(tag, base.spoken().clone(), codes)))
    }

    /// In the place of the one with that tag, if there is one.
    fn and(&self, language: Language) -> Self {
        let mut all = self.0.clone();
        let language = Arc::new(language);
        match all.iter_mut().find(|other| other.tag == language.tag) {
            Some(place) => *place = language,
            None => all.push(language),
        }
        Self(all)
    }
}

impl Default for Languages {
    fn default() -> Self {
        Self::built_in().clone()
    }
}

impl Language {
    fn of(tag: &LanguageTag, spoken: Spoken, codes: CodeWordsFile) -> Self {
        Self {
            tag: tag.clone(),
            packed: Packed::default(),
            spoken: OnceLock::from(spoken),
            codes: OnceLock::from(codes),
            dates: OnceLock::new(),
        }
    }

    pub fn english() -> Arc<Self> {
        Arc::clone(&Languages::built_in().0[0])
    }

    pub fn tag(&self) -> &LanguageTag {
        &self.tag
    }

    /// In the language itself.
    pub fn name(&self) -> &str {
        &self.spoken().name
    }

    pub fn words(&self) -> &Words {
        &self.spoken().words
    }

    /// As HTML's `dir` has it.
    pub fn direction(&self) -> &'static str {
        match self.spoken().direction {
            Direction::Ltr => "ltr",
            Direction::Rtl => "rtl",
        }
    }

    pub fn cause(&self, cause: Cause) -> &CauseWords {
        self.spoken()
            .causes
            .get(&cause)
            .expect("a test asks for every cause in every language")
    }

    /// What it says of a code, if it has words of its own on it.
    pub fn code(&self, code: Code) -> Option<&CodeWords> {
        self.codes().get(code.key())
    }

    fn spoken(&self) -> &Spoken {
        let unpack = || postcard::from_bytes(self.packed.words).expect("packed by src/build.rs");
        self.spoken.get_or_init(unpack)
    }

    fn codes(&self) -> &CodeWordsFile {
        let unpack = || postcard::from_bytes(self.packed.codes).expect("packed by src/build.rs");
        self.codes.get_or_init(unpack)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::codes::{of_receivers, registry};

    #[test]
    fn every_language_has_every_cause() {
        for language in Languages::built_in().all() {
            let tag = language.tag();
            assert_eq!(language.spoken().tag, tag.to_string());
            for cause in Cause::ALL {
                let words = language.spoken().causes.get(cause);
                let steps = words.map_or(0, |words| words.steps.len());
                assert!((1..=4).contains(&steps), "{tag}: {}", cause.name());
            }
        }
    }

    #[test]
    fn english_has_every_code_and_no_language_another() {
        let known: Vec<&str> = registry().chain(of_receivers()).map(Code::key).collect();
        for language in Languages::built_in().all() {
            for code in language.codes().keys() {
                assert!(known.contains(&code.as_str()), "{}: {code}", language.tag());
            }
        }
        let english = Language::english();
        for code in known {
            assert!(english.codes().contains_key(code), "{code}");
        }
    }
}
