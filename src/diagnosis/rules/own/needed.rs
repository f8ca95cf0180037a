//! The words that an expression needs: where none of them is, it matches nothing.

use std::fmt::Write as _;

use regex_syntax::hir::{Class, Hir, HirKind};

/// A word must be as long as this to be looked for.
pub const SHORTEST_WORD: usize = 3;
/// So many words of which one must be there are looked for at most.
const MOST_WORDS: usize = 64;

/// Words of which one is in whatever matches: the longest of those that may be chosen.
fn required(hir: &Hir) -> Option<Vec<String>> {
    choices(hir).into_iter().max_by_key(|words| shortest(words))
}

/// Lists of words: of each list one word is in whatever matches.
pub fn choices(hir: &Hir) -> Vec<Vec<String>> {
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
    use super::super::expression::Expression;

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
}
