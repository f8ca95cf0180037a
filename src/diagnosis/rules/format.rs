//! A rule of `<refusing side>.toml`, as a person writes it.

use serde::{Deserialize, Serialize};

use super::cause::Cause;

/// What some refusing side says when it means some cause.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub name: String,
    pub cause: Cause,
    /// Phrases of which one must be in the diagnostic. Upper and lower case and runs of white
    /// space do not count.
    pub any: Vec<String>,
    /// Phrases of which none may be in it.
    #[serde(default)]
    pub unless: Vec<String>,
    /// A reply that the rule reads. `cargo test` tries it.
    pub example: String,
}

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
