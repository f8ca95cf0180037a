//! The index over the phrases of all rules, as the build packs it.

use serde::{Deserialize, Serialize};

use super::cause::Cause;

/// The built-in rules in the order in which they are tried, made so that a text is read once,
/// however many phrases there are.
#[derive(Debug, Serialize, Deserialize)]
pub struct Index<'a> {
    #[serde(borrow)]
    pub rules: Vec<IndexedRule<'a>>,
    /// Sorted by the bucket of their first bytes.
    #[serde(borrow)]
    pub phrases: Vec<Phrase<'a>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct IndexedRule<'a> {
    pub file: &'a str,
    pub name: &'a str,
    pub cause: Cause,
    pub example: &'a str,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Phrase<'a> {
    pub start: [u8; 3],
    /// Which rule it belongs to.
    pub rule: u16,
    /// Whether it stands in `unless`.
    pub unless: bool,
    /// Folded.
    pub text: &'a str,
}

/// The first bytes of a phrase, or of what stands somewhere in a text; no phrase is shorter.
pub fn start(text: &[u8]) -> Option<[u8; 3]> {
    text.first_chunk().copied()
}

/// Where phrases that start so are to be found, of [`BUCKETS`] places.
pub fn bucket([first, second, third]: [u8; 3]) -> usize {
    let bits = u32::from_be_bytes([0, first, second, third]).wrapping_mul(0x9e37_79b1) >> 20;
    bits as usize
}

pub const BUCKETS: usize = 1 << 12;

/// Text in the form in which phrases are compared: lower case, one space between words, straight
/// apostrophes.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        let letters = word.chars().map(|c| if c == '’' { '\'' } else { c });
        out.extend(letters.flat_map(char::to_lowercase));
    }
    out
}
