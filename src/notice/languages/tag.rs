//! Language tags (RFC 5646).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// `de`, `pt-BR`, `zh-Hans`: well formed, whether or not the language is spoken here.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LanguageTag(String);

impl LanguageTag {
    pub(super) fn built_in(tag: &str) -> Self {
        Self(tag.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether who reads this language reads the other one, too (RFC 4647 §3.4, and the way back:
    /// whoever asks for `pt` reads `pt-BR`). Chinese is two languages by its script.
    pub fn is_near(&self, spoken: &Self) -> bool {
        let same = self.primary().eq_ignore_ascii_case(spoken.primary());
        same && self.is_traditional_chinese() == spoken.is_traditional_chinese()
    }

    fn primary(&self) -> &str {
        self.subtags().next().unwrap_or("")
    }

    fn subtags(&self) -> impl Iterator<Item = &str> {
        self.0.split('-')
    }

    fn is_traditional_chinese(&self) -> bool {
        let has = |subtag: &str| self.subtags().any(|own| own.eq_ignore_ascii_case(subtag));
        let by_region = ["TW", "HK", "MO"].into_iter().any(has) && !has("Hans");
        has("zh") && (has("Hant") || by_region)
    }
}

impl Default for LanguageTag {
    fn default() -> Self {
        Self::built_in("en")
    }
}

impl PartialEq for LanguageTag {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for LanguageTag {}

impl FromStr for LanguageTag {
    type Err = MalformedTag;

    /// POSIX writes `de_AT`, and means the same.
    fn from_str(tag: &str) -> Result<Self, MalformedTag> {
        let tag = tag.replace('_', "-");
        let fits = |subtag: &str| {
            (1..=8).contains(&subtag.len()) && subtag.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        let primary = tag.split('-').next().unwrap_or("");
        let begins = primary.len() >= 2 && primary.bytes().all(|b| b.is_ascii_alphabetic());
        if begins && tag.split('-').all(fits) {
            Ok(Self(tag))
        } else {
            Err(MalformedTag(tag))
        }
    }
}

impl TryFrom<String> for LanguageTag {
    type Error = MalformedTag;

    fn try_from(tag: String) -> Result<Self, MalformedTag> {
        tag.parse()
    }
}

impl From<LanguageTag> for String {
    fn from(tag: LanguageTag) -> Self {
        tag.0
    }
}

impl fmt::Display for LanguageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedTag(String);

impl std::error::Error for MalformedTag {}

impl fmt::Display for MalformedTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tag = self.0.escape_debug();
        write!(
            f,
            "\"{tag}\" is no language tag (as in \"de\" or \"pt-BR\")"
        )
    }
}

/// A language that is not spoken here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownTag {
    tag: LanguageTag,
    known: Vec<LanguageTag>,
}

impl UnknownTag {
    pub(super) fn among(tag: LanguageTag, known: Vec<LanguageTag>) -> Self {
        Self { tag, known }
    }
}

impl std::error::Error for UnknownTag {}

impl fmt::Display for UnknownTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<&str> = self.known.iter().map(LanguageTag::as_str).collect();
        let (tag, known) = (&self.tag, known.join(", "));
        write!(f, "no language \"{tag}\": there are {known}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_of_one_language_reads_its_neighbour() {
        fn check(asked: &str, spoken: &str, expected: bool) {
            let tag = |tag: &str| tag.parse::<LanguageTag>().expect("well formed");
            assert_eq!(
                tag(asked).is_near(&tag(spoken)),
                expected,
                "{asked} {spoken}"
            );
        }
        check("de-AT", "de", true);
        check("de_CH", "de", true);
        check("pt", "pt-BR", true);
        check("pt-PT", "pt-BR", true);
        check("zh-CN", "zh-Hans", true);
        check("zh", "zh-Hans", true);
        check("zh-TW", "zh-Hans", false);
        check("zh-Hant-HK", "zh-Hans", false);
        check("den", "de", false);
    }
}
