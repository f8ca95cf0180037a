//! The languages that a notice can be written in.

mod format;

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

pub use format::{CauseWords, CodeWords, Words};
use format::{CodeWordsFile, Direction, Language as Spoken};

use serde::{Deserialize, Serialize, Serializer};

use crate::diagnosis::{Cause, cause};

/// A language that plainbounce speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub enum Language {
    #[default]
    English,
    German,
}

/// A language as the build packed it.
struct Packed {
    language: Language,
    tag: &'static str,
    words: &'static [u8],
    codes: &'static [u8],
    spoken: OnceLock<Spoken>,
    spoken_codes: OnceLock<CodeWordsFile>,
}

macro_rules! packed {
    ($language:ident, $tag:literal) => {
        Packed {
            language: Language::$language,
            tag: $tag,
            words: include_bytes!(concat!(env!("OUT_DIR"), "/", $tag, ".postcard")),
            codes: include_bytes!(concat!(env!("OUT_DIR"), "/", $tag, ".codes.postcard")),
            spoken: OnceLock::new(),
            spoken_codes: OnceLock::new(),
        }
    };
}

static LANGUAGES: [Packed; 2] = [packed!(English, "en"), packed!(German, "de")];

impl Language {
    pub fn all() -> impl Iterator<Item = Language> {
        LANGUAGES.iter().map(|packed| packed.language)
    }

    pub fn tag(self) -> &'static str {
        self.packed().tag
    }

    pub fn words(self) -> &'static Words {
        &self.spoken().words
    }

    /// As HTML's `dir` has it.
    pub fn direction(self) -> &'static str {
        match self.spoken().direction {
            Direction::Ltr => "ltr",
            Direction::Rtl => "rtl",
        }
    }

    pub fn cause(self, cause: Cause) -> &'static CauseWords {
        self.spoken()
            .causes
            .get(&cause)
            .expect("a test asks for every cause in every language")
    }

    /// What a code means, by its name in the registry.
    pub fn code(self, code: &str) -> Option<&'static CodeWords> {
        let packed = self.packed();
        let unpack = || postcard::from_bytes(packed.codes).expect("packed by src/build.rs");
        packed.spoken_codes.get_or_init(unpack).get(code)
    }

    fn spoken(self) -> &'static Spoken {
        let packed = self.packed();
        let unpack = || postcard::from_bytes(packed.words).expect("packed by src/build.rs");
        packed.spoken.get_or_init(unpack)
    }

    fn packed(self) -> &'static Packed {
        &LANGUAGES[self as usize]
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// By its tag (RFC 5646); the region does not matter: `de-AT` is `de`.
    fn from_str(tag: &str) -> Result<Self, UnknownLanguage> {
        let primary = tag.split(['-', '_']).next().unwrap_or("");
        Language::all()
            .find(|language| language.tag().eq_ignore_ascii_case(primary))
            .ok_or_else(|| UnknownLanguage(tag.to_owned()))
    }
}

impl TryFrom<String> for Language {
    type Error = UnknownLanguage;

    fn try_from(tag: String) -> Result<Self, UnknownLanguage> {
        tag.parse()
    }
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.tag())
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownLanguage(String);

impl std::error::Error for UnknownLanguage {}

impl fmt::Display for UnknownLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<_> = Language::all().map(Language::tag).collect();
        write!(
            f,
            "no language \"{}\": there are {}",
            self.0.escape_debug(),
            known.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::codes::registry;

    #[test]
    fn every_language_has_every_cause_and_every_code() {
        for language in Language::all() {
            assert_eq!(language.spoken().tag, language.tag());
            assert_eq!(language.words().months.len(), 12, "{}", language.tag());
            for cause in Cause::ALL {
                let words = language.spoken().causes.get(cause);
                let steps = words.map_or(0, |words| words.steps.len());
                assert!(
                    (1..=4).contains(&steps),
                    "{}: {}",
                    language.tag(),
                    cause.name()
                );
            }
            for code in registry() {
                assert!(
                    language.code(code.key()).is_some(),
                    "{}: {}",
                    language.tag(),
                    code.key()
                );
            }
        }
    }
}
