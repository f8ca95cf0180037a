//! How the subjects of automatic replies begin, in many languages (`subjects.toml`).

use std::borrow::Cow;

/// How subjects begin, folded: those that say that a program answers, and those that only say that
/// somebody is away.
#[derive(Debug)]
pub struct Subjects {
    pub automatic: Cow<'static, [Cow<'static, str>]>,
    pub away: Cow<'static, [Cow<'static, str>]>,
}

include!(concat!(env!("OUT_DIR"), "/subjects.rs"));

/// What stands in `subjects.toml`.
pub fn all() -> &'static Subjects {
    &SUBJECTS
}

/// What follows a phrase at the start of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind {
    /// The end, a colon, a dash, a bracket: the phrase is said, and what follows is quoted.
    End,
    /// A word: the phrase may be part of a sentence.
    Word,
}

/// Whether a folded subject begins with one of the phrases, and what is behind it at best.
pub fn begin(subject: &str, phrases: &[Cow<'static, str>]) -> Option<Behind> {
    let mut word = None;
    // most begin with another letter
    let first = subject.as_bytes().first();
    let may_be_it = |phrase: &&Cow<'static, str>| phrase.as_bytes().first() == first;
    let phrases = phrases.iter().filter(may_be_it);
    for behind in phrases.filter_map(|phrase| behind(subject, phrase)) {
        match behind {
            Behind::End => return Some(Behind::End),
            Behind::Word => word = Some(Behind::Word),
        }
    }
    word
}

fn behind(subject: &str, phrase: &str) -> Option<Behind> {
    let rest = subject.strip_prefix(phrase)?;
    let next = rest.trim_start();
    let spaced = next.len() < rest.len();
    let Some(first) = next.chars().next() else {
        return Some(Behind::End);
    };
    let closed = !phrase.ends_with(char::is_alphanumeric);
    let quotes = ["re:", "aw:", "sv:", "vs:", "fw:", "fwd:", "tr:"];
    if closed || spaced && quotes.iter().any(|quote| next.starts_with(quote)) {
        Some(Behind::End)
    } else if first.is_alphanumeric() {
        spaced.then_some(Behind::Word)
    } else {
        // `autoreply-tool`, `vacation@example.org` are other words
        let joins = matches!(first, '-' | '_' | '@' | '\'' | '&' | '/' | '.') && !spaced;
        (!joins || next.len() == first.len_utf8()).then_some(Behind::End)
    }
}

/// In lower case, one space between words, straight apostrophes, without what gateways put in
/// front: `[EXTERNAL]`, `***SPAM***`. No subject needs more to be told by how it begins.
pub fn fold(subject: &str) -> String {
    const LONGEST: usize = 200;
    let mut out = String::new();
    let visible =
        |c: &char| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}');
    let letters: String = subject.chars().filter(visible).take(LONGEST).collect();
    for word in letters.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        let straight = word.chars().map(|c| if c == '’' { '\'' } else { c });
        out.extend(straight.flat_map(char::to_lowercase));
    }
    without_tags(&out).to_owned()
}

fn without_tags(subject: &str) -> &str {
    const TAGS: [&str; 12] = [
        "[external]",
        "[ext]",
        "[extern]",
        "[externe]",
        "[externa]",
        "[esterno]",
        "(external)",
        "external:",
        "[spam]",
        "***spam***",
        "*****spam*****",
        "{spam?}",
    ];
    let mut rest = subject;
    while let Some(behind) = TAGS.iter().find_map(|tag| rest.strip_prefix(tag)) {
        rest = behind.trim_start();
    }
    rest
}
