//! Reading what the refusing side said: phrases, and the cause that each stands for.
//!
//! The rules beside this file are packed when plainbounce is built (`src/build.rs`), so that a
//! start parses none of them.

mod format;

use std::sync::OnceLock;

pub use format::{Rule, fold};
use memchr::memmem;

use super::cause::{self, Cause};

/// All rules, in the order in which they are tried. Phrases are folded already.
static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.postcard"));

/// A rule and the file it stands in.
pub type FiledRule = (String, Rule);

/// The built-in rules. Their packed form was written by our own build, so it can be read.
pub fn builtin() -> &'static [FiledRule] {
    static RULES: OnceLock<Vec<FiledRule>> = OnceLock::new();
    RULES.get_or_init(|| postcard::from_bytes(PACKED).expect("packed by src/build.rs"))
}

/// The first rule that reads this text, with its full name, `builtin:common/user-unknown`.
pub fn read(text: &str) -> Option<(Cause, String)> {
    let folded = fold(text);
    let (file, rule) = builtin()
        .iter()
        .find(|(_, rule)| rule.reads(folded.as_bytes()))?;
    Some((rule.cause, format!("builtin:{file}/{}", rule.name)))
}

impl Rule {
    fn reads(&self, folded: &[u8]) -> bool {
        let said = |phrase: &String| memmem::find(folded, phrase.as_bytes()).is_some();
        self.any.iter().any(said) && !self.unless.iter().any(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_reads_its_example_first() {
        for (file, rule) in builtin() {
            let found = read(&rule.example).map(|(_, name)| name);
            let expected = format!("builtin:{file}/{}", rule.name);
            assert_eq!(found.as_ref(), Some(&expected), "example: {}", rule.example);
        }
    }
}
