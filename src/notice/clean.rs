//! Making text from strangers harmless: without characters that hide, turn round or move others.

use std::borrow::Cow;

use crate::mail::is_ascii_text;

/// A field is cut here, and said to be cut.
const MOST_CHARACTERS: usize = 500;

/// Text of one line from a report, fit to be shown.
pub fn clean_line(text: &str, cut: &str) -> String {
    let is_clean = |b: u8| matches!(b, b' '..=b'~');
    if text.len() <= MOST_CHARACTERS && text.bytes().all(is_clean) {
        return text.trim_ascii().to_owned();
    }
    let mut out = String::new();
    for (count, character) in text.chars().filter(|&c| is_shown(c)).enumerate() {
        if count == MOST_CHARACTERS {
            out.push_str(" … ");
            out.push_str(cut);
            break;
        }
        out.push(if character.is_whitespace() {
            ' '
        } else {
            character
        });
    }
    out.trim().to_owned()
}

/// Text of many lines from a report, whole, its line ends made LF.
pub fn clean_lines(text: &str) -> String {
    let text = match text.contains('\r') {
        true => Cow::Owned(text.replace("\r\n", "\n")),
        false => Cow::Borrowed(text),
    };
    if is_ascii_text(text.as_bytes()) {
        return text.into_owned();
    }
    let is_kept = |c: &char| *c == '\n' || *c == '\t' || is_shown(*c);
    text.chars().filter(is_kept).collect()
}

/// Neither a control character, nor one that overrides the direction of what follows (UAX #9), nor
/// one that cannot be seen.
fn is_shown(character: char) -> bool {
    !character.is_control() && !is_invisible(character) || matches!(character, '\t')
}

fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hidden_is_left() {
        fn check(text: &str, expected: &str) {
            assert_eq!(clean_line(text, "[cut]"), expected);
        }
        check("a\u{202e}b\u{200b}c\0d\u{1b}[31m", "abcd[31m");
        check("\ttwo\twords ", "two words");
        check(&"x".repeat(501), &format!("{} … [cut]", "x".repeat(500)));
    }
}
