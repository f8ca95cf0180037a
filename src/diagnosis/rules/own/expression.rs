//! Regular expressions: their syntax is looked at when they are read, they are compiled when words
//! that they need have been seen, and they search in linear time (regex has nothing that does not).

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Longer ones are refused.
const LONGEST_BYTES: usize = 8 << 10;
/// Deeper ones are refused.
const DEEPEST: u32 = 50;
/// What is repeated and listed must not come to more than this, counted as it would be written out.
const HEAVIEST: u64 = 10_000;
/// Of what is compiled.
const MOST_BYTES: usize = 4 << 20;
/// Of what is remembered while it searches.
const MOST_CACHED_BYTES: usize = 256 << 10;
/// A word must be as long as this to be looked for.
pub const SHORTEST_WORD: usize = 3;
/// So many words of which one must be there are looked for at most.
const MOST_WORDS: usize = 64;
/// So many lists are chosen from: the longest.
const MOST_CHOICES: usize = 8;

#[derive(Debug)]
pub struct Expression {
    source: String,
    compiled: OnceLock<Option<Regex>>,
    /// Lists of words, in the form of [`folded`]: of each list one word is in all that it matches.
    pub words: Vec<Vec<String>>,
    pub groups: Vec<String>,
}

/// What is wrong with an expression, and where in it.
#[derive(Debug, PartialEq, Eq)]
pub struct WrongExpression {
    pub at: Range<usize>,
    pub what: String,
}

impl Expression {
    /// # Errors
    /// If it is none, or would be too dear.
    pub fn new(source: &str) -> Result<Self, WrongExpression> {
        let wrong = |what: String| WrongExpression {
            at: 0..source.len(),
            what,
        };
        if source.len() > LONGEST_BYTES {
            let long = source.len();
            return Err(wrong(format!(
                "the expression is {long} bytes long, and may be {LONGEST_BYTES}"
            )));
        }
        let hir = parse(source)?;
        if weight(&hir) > HEAVIEST {
            let what = "the expression repeats or lists too much: written out it would be too long";
            return Err(wrong(what.to_owned()));
        }
        if hir.properties().minimum_len() == Some(0) && matches_all(&hir) {
            return Err(wrong("the expression matches whatever is said".to_owned()));
        }
        let mut words = choices(&hir);
        words.sort_by_key(|words| std::cmp::Reverse(shortest(words)));
        words.truncate(MOST_CHOICES);
        Ok(Self {
            source: source.to_owned(),
            compiled: OnceLock::new(),
            words,
            groups: groups(&hir),
        })
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    pub fn compiled(&self) -> Option<&Regex> {
        let compile = || {
            RegexBuilder::new(&self.source)
                .case_insensitive(true)
                .nest_limit(DEEPEST)
                .size_limit(MOST_BYTES)
                .dfa_size_limit(MOST_CACHED_BYTES)
                .build()
                .ok()
        };
        self.compiled.get_or_init(compile).as_ref()
    }
}

fn parse(source: &str) -> Result<Hir, WrongExpression> {
    let mut parser = ParserBuilder::new()
        .case_insensitive(true)
        .nest_limit(DEEPEST)
        .build();
    parser.parse(source).map_err(|error| {
        let (what, span) = match &error {
            regex_syntax::Error::Parse(error) => (said(error.kind()), Some(error.span())),
            regex_syntax::Error::Translate(error) => (error.kind().to_string(), Some(error.span())),
            other => (other.to_string(), None),
        };
        let at = span.map_or(0..source.len(), |span| span.start.offset..span.end.offset);
        WrongExpression { at, what }
    })
}

/// What people bring along from other kinds of expressions is named.
fn said(kind: &regex_syntax::ast::ErrorKind) -> String {
    use regex_syntax::ast::ErrorKind as Kind;
    match kind {
        Kind::UnsupportedLookAround => "there is no look-around here: (?=…), (?!…), (?<=…)".into(),
        Kind::UnsupportedBackreference => "there are no backreferences here".into(),
        kind => kind.to_string(),
    }
}

/// How long it would be if all that is repeated were written out.
fn weight(hir: &Hir) -> u64 {
    let of_all = |all: &[Hir]| all.iter().map(weight).fold(1, u64::saturating_add);
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len() as u64,
        // each range of a big class becomes a few states
        HirKind::Class(Class::Unicode(class)) => 1 + class.ranges().len() as u64 / 4,
        HirKind::Class(Class::Bytes(_)) => 1,
        HirKind::Repetition(repeated) => {
            let times = u64::from(repeated.max.unwrap_or(repeated.min.saturating_add(1)));
            weight(&repeated.sub).saturating_mul(times.max(1))
        }
        HirKind::Capture(capture) => weight(&capture.sub),
        HirKind::Concat(all) | HirKind::Alternation(all) => of_all(all),
    }
}

/// `.*` and the like.
fn matches_all(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty => true,
        HirKind::Repetition(repeated) => repeated.min == 0,
        HirKind::Capture(capture) => matches_all(&capture.sub),
        HirKind::Concat(all) => all.iter().all(matches_all),
        HirKind::Alternation(all) => all.iter().any(matches_all),
        _ => false,
    }
}

fn groups(hir: &Hir) -> Vec<String> {
    match hir.kind() {
        HirKind::Capture(capture) => {
            let name = capture.name.iter().map(|name| name.to_string());
            name.chain(groups(&capture.sub)).collect()
        }
        HirKind::Repetition(repeated) => groups(&repeated.sub),
        HirKind::Concat(all) | HirKind::Alternation(all) => all.iter().flat_map(groups).collect(),
        _ => Vec::new(),
    }
}

/// Words of which one is in whatever matches: the longest of those that may be chosen.
fn required(hir: &Hir) -> Option<Vec<String>> {
    choices(hir).into_iter().max_by_key(|words| shortest(words))
}

/// Lists of words: of each list one word is in whatever matches.
fn choices(hir: &Hir) -> Vec<Vec<String>> {
    if let Some(word) = exact(hir) {
        return long_enough(vec![word]).into_iter().collect();
    }
    match hir.kind() {
        HirKind::Capture(capture) => choices(&capture.sub),
        HirKind::Repetition(repeated) if repeated.min > 0 => choices(&repeated.sub),
        HirKind::Alternation(all) => {
            let words: Option<Vec<Vec<String>>> = all.iter().map(required).collect();
            words
                .and_then(|words| long_enough(words.concat()))
                .into_iter()
                .collect()
        }
        HirKind::Concat(all) => choices_of_all(all),
        _ => Vec::new(),
    }
}

/// What stands side by side is one word.
fn choices_of_all(all: &[Hir]) -> Vec<Vec<String>> {
    let mut out = Vec::new();
    let mut word = String::new();
    for hir in all {
        match exact(hir) {
            Some(more) => word.push_str(&more),
            None => {
                out.extend(long_enough(vec![std::mem::take(&mut word)]));
                out.extend(choices(hir));
            }
        }
    }
    out.extend(long_enough(vec![word]));
    out
}

fn long_enough(words: Vec<String>) -> Option<Vec<String>> {
    (shortest(&words) >= SHORTEST_WORD && words.len() <= MOST_WORDS).then_some(words)
}

pub fn shortest(words: &[impl AsRef<str>]) -> usize {
    words
        .iter()
        .map(|word| word.as_ref().len())
        .min()
        .unwrap_or(0)
}

/// The one text that it matches, but for case.
fn exact(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(String::new()),
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).ok().map(folded),
        HirKind::Class(Class::Unicode(class)) => {
            let few = class
                .ranges()
                .iter()
                .all(|range| range.start() == range.end());
            let mut letters = class
                .ranges()
                .iter()
                .map(|range| folded_char(range.start()));
            let first = letters.next()?;
            (few && letters.all(|letter| letter == first)).then_some(first)
        }
        HirKind::Class(Class::Bytes(_)) | HirKind::Repetition(_) | HirKind::Alternation(_) => None,
        HirKind::Capture(capture) => exact(&capture.sub),
        HirKind::Concat(all) => all.iter().map(exact).collect(),
    }
}

/// Text in the form in which the words of expressions are looked for.
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        let _ = out.write_str(&folded_char(letter));
    }
    out
}

/// A long ſ is an s to expressions without case.
fn folded_char(letter: char) -> String {
    match letter {
        'ſ' => "s".to_owned(),
        letter => letter.to_lowercase().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_that_an_expression_needs_are_known() {
        fn check(source: &str, expected: &[&[&str]]) {
            let found = Expression::new(source).expect("an expression");
            assert_eq!(found.words, expected, "{source}");
        }
        check(
            r"quota of (?<quota>\S+) exceeded",
            &[&["quota of "], &[" exceeded"]],
        );
        check(
            r"^550[ -]+5\.7\.1\s+Blacklisted by\s",
            &[&["blacklisted by"], &["5.7.1"], &["550"]],
        );
        check(r"(?-i)Quota", &[&["quota"]]);
        check(r"Maſſe|Größe", &[&["masse", "größe"]]);
        check(r"(full|quota) at \d", &[&["full", "quota"], &[" at "]]);
        check(r"(ab|quota)\d", &[]);
        check(r"\d+ \d+", &[]);
        check(r"(?:mailbox)+", &[&["mailbox"]]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        fn check(source: &str, at: Range<usize>, what: &str) {
            let wrong = Expression::new(source).map(drop).expect_err(source);
            assert_eq!((wrong.at, wrong.what.as_str()), (at, what), "{source}");
        }
        check("a(b", 1..2, "unclosed group");
        check(
            "by (?!you)",
            3..6,
            "there is no look-around here: (?=…), (?!…), (?<=…)",
        );
        check(".*", 0..2, "the expression matches whatever is said");
        let deep = format!("{}a*{}", "(".repeat(1000), ")*b".repeat(1000));
        let wrong = Expression::new(&deep).map(drop).expect_err("deep");
        assert!(
            wrong.what.contains("nest limit") || wrong.what.contains("50"),
            "{wrong:?}"
        );
        for heavy in [r"(?:\w{100}){100}", "(a{1000}){1000}"] {
            let wrong = Expression::new(heavy).map(drop).expect_err(heavy);
            assert!(wrong.what.contains("too much"), "{wrong:?}");
        }
    }
}
