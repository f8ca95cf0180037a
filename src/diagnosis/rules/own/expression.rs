//! Regular expressions: their syntax is looked at when they are read, they are compiled when words
//! that they need have been seen, and they search in linear time (regex has nothing that does not).

use std::ops::Range;
use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::needed::{choices, shortest};

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
/// So many lists are chosen from: the longest.
const MOST_CHOICES: usize = 8;

#[derive(Debug)]
pub struct Expression {
    source: String,
    compiled: OnceLock<Option<Regex>>,
    /// Lists of words, in the form of [`super::needed::folded`]: of each list one word is in all that it matches.
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

#[cfg(test)]
mod tests {
    use super::*;

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
