//! Text in lines of 72 columns, wide characters counted as two.

use super::values::{PUT_OFF, PUT_OFF_TEXT, marks};

/// RFC 3676 §4.2 and custom: what a terminal shows without wrapping, quoted once or twice.
const COLUMNS: usize = 72;

/// Text in lines of at most 72 columns, the first behind `first`, the others behind as many spaces.
pub fn wrap(text: &str, first: &str) -> String {
    let rest = " ".repeat(textwrap::core::display_width(first));
    // What UAX #14 adds to spaces and hyphens is for other scripts, and costs.
    let separator = if text.is_ascii() {
        textwrap::WordSeparator::AsciiSpace
    } else {
        textwrap::WordSeparator::UnicodeBreakProperties
    };
    let options = textwrap::Options::new(COLUMNS)
        .word_separator(separator)
        .initial_indent(first)
        .subsequent_indent(&rest);
    textwrap::fill(text, options)
}

/// The filter of the templates. A text with values that are not known yet is wrapped later.
pub fn wrap_or_put_off(text: &str, first: &str) -> String {
    if text.contains(marks) {
        format!("{}{first}{PUT_OFF_TEXT}{text}{}", PUT_OFF.0, PUT_OFF.1)
    } else {
        wrap(text, first)
    }
}
