//! Text in lines of 72 columns, wide characters counted as two.

use super::values::{PUT_OFF, PUT_OFF_TEXT, marks};

/// RFC 3676 §4.2 and custom: what a terminal shows without wrapping, quoted once or twice.
const COLUMNS: usize = 72;

/// Text in lines of at most 72 columns, the first behind `first`, the others behind as many spaces.
pub fn wrap(text: &str, first: &str) -> String {
    let fits = first.len() + text.len() <= COLUMNS;
    if fits && first.is_ascii() && text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return format!("{first}{}", text.trim_end_matches(' '));
    }
    let rest = " ".repeat(textwrap::core::display_width(first));
    // What UAX #14 adds to spaces is for other scripts, and costs.
    let separator = if text.chars().all(has_spaces_between_words) {
        textwrap::WordSeparator::AsciiSpace
    } else {
        textwrap::WordSeparator::UnicodeBreakProperties
    };
    let options = textwrap::Options::new(COLUMNS)
        .word_separator(separator)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .initial_indent(first)
        .subsequent_indent(&rest);
    textwrap::fill(text, options)
}

/// Of a script that writes them: Latin, Greek, Cyrillic, Hebrew, Arabic and what lies between; and
/// punctuation.
fn has_spaces_between_words(character: char) -> bool {
    matches!(character, '\0'..='\u{07ff}' | '\u{2000}'..='\u{206f}')
}

/// The filter of the templates. A text with values that are not known yet is wrapped later.
pub fn wrap_or_put_off(text: &str, first: &str) -> String {
    if text.contains(marks) {
        format!("{}{first}{PUT_OFF_TEXT}{text}{}", PUT_OFF.0, PUT_OFF.1)
    } else {
        wrap(text, first)
    }
}
