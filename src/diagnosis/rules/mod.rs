//! Reading what the refusing side said: phrases, and the cause that each stands for.
//!
//! The rules beside this file are packed when plainbounce is built (`src/build.rs`), so that a
//! start parses none of them.

mod format;

use std::sync::OnceLock;

pub use format::{Rule, fold};
use memchr::memmem;

use super::cause::{self, Cause};
use crate::mail::{EnhancedStatusCode, ReplyCode};

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
    let folded = fold(&without_repeated_codes(text));
    let (file, rule) = builtin()
        .iter()
        .find(|(_, rule)| rule.reads(folded.as_bytes()))?;
    Some((rule.cause, format!("builtin:{file}/{}", rule.name)))
}

/// A reply of several lines has its code in front of each, in the middle of what it says:
/// `550-5.7.26 … does not pass 550-5.7.26 authentication checks`. The first code stays.
fn without_repeated_codes(text: &str) -> String {
    let mut words = text
        .split_whitespace()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    let is_reply = |word: &String| {
        word.parse::<ReplyCode>()
            .is_ok_and(|code| code.class() >= 4)
    };
    let code_of = |word: &String| word.split('-').next().map(str::to_owned).filter(is_reply);
    let Some((first, code)) = words
        .iter()
        .enumerate()
        .find_map(|(at, word)| Some((at, code_of(word)?)))
    else {
        return text.to_owned();
    };
    let mut after_code = false;
    for word in words.iter_mut().skip(first + 1) {
        let rest = word
            .strip_prefix(&code)
            .and_then(|rest| rest.strip_prefix('-').or((rest.is_empty()).then_some("")));
        let rest = rest.map(str::to_owned);
        let said = rest.clone().unwrap_or_else(|| word.clone());
        let repeats = rest.is_some() || after_code;
        after_code = rest.as_deref() == Some("");
        if repeats {
            *word = if said.parse::<EnhancedStatusCode>().is_ok() {
                String::new()
            } else {
                said
            };
        }
    }
    words.join(" ")
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
    fn codes_inside_a_reply_split_no_phrase() {
        fn check(text: &str, expected: &str) {
            assert_eq!(fold(&without_repeated_codes(text)), expected);
        }
        check(
            "550-5.7.26 does not pass 550 5.7.26 checks",
            "550-5.7.26 does not pass checks",
        );
        check("550-user 550-unknown 550 here", "550-user unknown here");
        check("550 room 551 and 5.7.1", "550 room 551 and 5.7.1");
        check("no code at all", "no code at all");
    }

    #[test]
    fn each_rule_reads_its_example_first() {
        for (file, rule) in builtin() {
            let found = read(&rule.example).map(|(_, name)| name);
            let expected = format!("builtin:{file}/{}", rule.name);
            assert_eq!(found.as_ref(), Some(&expected), "example: {}", rule.example);
        }
    }
}
