//! Text in lines of 72 columns, wide characters counted as two.

use super::values::{PUT_OFF, PUT_OFF_TEXT, marks};

/// RFC 3676 §4.2 and custom: what a terminal shows without wrapping, quoted once or twice.
const COLUMNS: usize = 72;

/// Text in lines of at most 72 columns, the first behind `first`, the others behind as many spaces.
pub fn wrap(text: &str, first: &str) -> String {
    let mut out = String::new();
    wrap_into(&mut out, text, first);
    out
}

/// The same behind what is there.
pub fn wrap_into(out: &mut String, text: &str, first: &str) {
    let begins = out.len();
    if !wrap_simple(out, text, first) {
        out.truncate(begins);
        out.push_str(&wrap_any(text, first));
    }
}

fn wrap_any(text: &str, first: &str) -> String {
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

/// What `textwrap` would make of it, where that is easy: words that fit, of characters one column
/// wide, with one space between any two. Most notices are of these, and each has a dozen. Whether it
/// was.
fn wrap_simple(out: &mut String, text: &str, first: &str) -> bool {
    let Some(room) = COLUMNS.checked_sub(first.len()) else {
        return false;
    };
    if !first.is_ascii() || !is_simple(text) {
        return false;
    }
    out.push_str(first);
    let mut rest = text;
    while let Some(line) = beyond(rest, room) {
        let Some(end) = line.bytes().rposition(|byte| byte == b' ') else {
            return false;
        };
        out.push_str(&rest[..end]);
        out.push('\n');
        (0..first.len()).for_each(|_| out.push(' '));
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    true
}

/// The first `room` characters and one more, if there are so many.
fn beyond(text: &str, room: usize) -> Option<&str> {
    if text.len() <= room {
        return None;
    }
    let start = &text.as_bytes()[..=room];
    if start.is_ascii() {
        return Some(&text[..=room]);
    }
    let (at, last) = text.char_indices().nth(room)?;
    Some(&text[..at + last.len_utf8()])
}

fn is_simple(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    if *first == b' ' || *last == b' ' {
        return false;
    }
    // Without a branch for each byte, a processor takes many at once.
    let pairs = bytes.iter().zip(&bytes[1..]);
    let (odd, foreign) = pairs.fold((0, last & 0x80), |(odd, foreign), (&this, &next)| {
        let control = (this < b' ') | (this == 0x7f);
        let two = (this == b' ') & (next == b' ');
        (odd | u8::from(control | two), foreign | this)
    });
    let is_control = *last < b' ' || *last == 0x7f;
    odd == 0 && !is_control && (foreign < 0x80 || text.chars().all(is_narrow))
}

/// One column wide, whatever stands beside it: ASCII, letters of Latin, Greek and Cyrillic, dashes,
/// quotation marks, the ellipsis.
fn is_narrow(character: char) -> bool {
    matches!(character, ' '..='~' | '\u{00c0}'..='\u{024f}' | '\u{0391}'..='\u{03c9}' | '\u{0400}'..='\u{0482}'
        | '«' | '»' | '\u{2013}'..='\u{2014}' | '\u{2018}'..='\u{201f}' | '…')
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
        fn simple_text_is_wrapped_as_any(text in "([a-z,.<>@«…“”–üßŁжφ-]{1,30} ){0,30}[a-zé]{1,70}", first in " {0,4}(- |[0-9]\\. )?") {
            let rest = " ".repeat(first.len());
            let options = textwrap::Options::new(COLUMNS)
                .word_separator(textwrap::WordSeparator::AsciiSpace)
                .word_splitter(textwrap::WordSplitter::NoHyphenation)
                .initial_indent(&first)
                .subsequent_indent(&rest);
            let mut simple = String::new();
            if wrap_simple(&mut simple, &text, &first) {
                prop_assert_eq!(simple, textwrap::fill(&text, options));
            }
        }
    }
}
