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
    if let Some(wrapped) = wrap_simple(text, first) {
        return wrapped;
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

/// What `textwrap` would make of it, where that is easy: ASCII words that fit, with one space between
/// any two. Most notices are of these, and each has a dozen.
fn wrap_simple(text: &str, first: &str) -> Option<String> {
    if !first.is_ascii() || !is_simple(text.as_bytes()) {
        return None;
    }
    let room = COLUMNS.checked_sub(first.len())?;
    let mut out = String::with_capacity(text.len() + text.len() / 8 + first.len());
    out.push_str(first);
    let mut rest = text;
    while rest.len() > room {
        let line = &rest.as_bytes()[..=room];
        let end = line.iter().rposition(|&byte| byte == b' ')?;
        out.push_str(&rest[..end]);
        out.push('\n');
        (0..first.len()).for_each(|_| out.push(' '));
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    Some(out)
}

fn is_simple(text: &[u8]) -> bool {
    let (Some(first), Some(last)) = (text.first(), text.last()) else {
        return false;
    };
    if *first == b' ' || !last.is_ascii_graphic() {
        return false;
    }
    // Without a branch for each byte, a processor takes many at once.
    let pairs = text.iter().zip(&text[1..]);
    let odd = pairs.fold(0, |odd, (&this, &next)| {
        let other = this.wrapping_sub(b' ') > b'~' - b' ';
        let two = (this == b' ') & (next == b' ');
        odd | u8::from(other | two)
    });
    odd == 0
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn simple_text_is_wrapped_as_any(text in "([a-z,.<>@-]{1,30} ){0,30}[a-z]{1,70}", first in " {0,4}(- |[0-9]\\. )?") {
            let rest = " ".repeat(first.len());
            let options = textwrap::Options::new(COLUMNS)
                .word_separator(textwrap::WordSeparator::AsciiSpace)
                .word_splitter(textwrap::WordSplitter::NoHyphenation)
                .initial_indent(&first)
                .subsequent_indent(&rest);
            if let Some(simple) = wrap_simple(&text, &first) {
                prop_assert_eq!(simple, textwrap::fill(&text, options));
            }
        }
    }
}
