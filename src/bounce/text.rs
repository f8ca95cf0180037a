//! Codes and addresses in free text.

use crate::mail::{EnhancedStatusCode, ReplyCode};

/// The first enhanced status code in a text. Part of an address or version number it is none:
/// `192.5.1.1`, `mail-5.1.1a`.
pub fn first_status(text: &str) -> Option<EnhancedStatusCode> {
    statuses(text).next()
}

/// All of them, in their order.
pub fn statuses(text: &str) -> impl Iterator<Item = EnhancedStatusCode> {
    words_with_offset(text).filter_map(|(_, word)| word.parse().ok())
}

/// The first reply code in a text: three digits at its start, behind a colon, or in front of an
/// enhanced status code.
pub fn first_reply(text: &str) -> Option<ReplyCode> {
    words_with_offset(text).find_map(|(at, word)| {
        let code: ReplyCode = word.parse().ok()?;
        (code.class() >= 4 && stands_as_reply(text, at)).then_some(code)
    })
}

/// Whether the three digits at `at` stand where a reply stands.
fn stands_as_reply(text: &str, at: usize) -> bool {
    let (before, after) = (text[..at].trim_end(), &text[at + 3..]);
    let follows = after.is_empty() || after.starts_with([' ', '-', ':', '\t', '\r', '\n']);
    let said = before.is_empty()
        || before.ends_with([':', ';', '<', '(', '"', '\'', '>'])
        || ["said", "error", "reply", "response", "code", "by", "with"]
            .iter()
            .any(|word| before.to_ascii_lowercase().ends_with(word));
    follows && (said || next_is_status(after))
}

fn next_is_status(after: &str) -> bool {
    let next = after.trim_start_matches([' ', '-', '#', '(']);
    words_with_offset(next)
        .next()
        .is_some_and(|(at, w)| at == 0 && status(w).is_some())
}

fn status(word: &str) -> Option<EnhancedStatusCode> {
    word.parse().ok()
}

/// Runs of digits and dots that no letter, digit, dot, hyphen or @ touches from the left, and no
/// letter, digit or @ from the right.
fn words_with_offset(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            if !bytes[at].is_ascii_digit() {
                at += 1;
                continue;
            }
            let start = at;
            while at < bytes.len() && (bytes[at].is_ascii_digit() || bytes[at] == b'.') {
                at += 1;
            }
            let free_left = start == 0
                || !is_word(bytes[start - 1])
                || bytes[start - 1] == b'-' && is_reply_dash(bytes, start);
            let free_right = at == bytes.len() || !is_word(bytes[at]) || bytes[at] == b'-';
            if free_left && free_right {
                return Some((start, text[start..at].trim_end_matches('.')));
            }
        }
        None
    })
}

/// `550-5.1.1`: the dash of a reply that goes on.
fn is_reply_dash(bytes: &[u8], start: usize) -> bool {
    start >= 4 && bytes[start - 4..start - 1].iter().all(u8::is_ascii_digit)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || matches!(byte, b'.' | b'-' | b'_' | b'@' | b'=')
}

/// An address as reports write it: in angle brackets, with a comment behind it.
pub fn typed_address(text: &str) -> &str {
    let text = text.trim();
    if let Some((address, _)) = text.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        return address.trim();
    }
    match text.split_once(" (") {
        Some((address, _)) if address.contains('@') => address.trim(),
        _ => text,
    }
}

/// RFC 6533 §3: `\x{HEX}` stands for a character that did not fit.
pub fn decode_utf8_address(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\x{") {
        out.push_str(before);
        let code = after.split_once('}');
        match code.and_then(|(hex, tail)| Some((character(hex)?, tail))) {
            Some((character, tail)) => {
                out.push(character);
                rest = tail;
            }
            None => {
                out.push_str("\\x{");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn character(hex: &str) -> Option<char> {
    u32::from_str_radix(hex, 16).ok().and_then(char::from_u32)
}

/// RFC 3461 §4: `+3D` stands for `=`. A plus sign that no code follows is one: `bob+list@…`; and in
/// what is an address already, only what has to be encoded is taken for a code: `bob+2024@…`.
pub fn decode_xtext(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let no_at_sign = !bytes.contains(&b'@');
    let mut at = 0;
    while at < bytes.len() {
        let code = bytes
            .get(at + 1..at + 3)
            .filter(|_| bytes[at] == b'+')
            .and_then(xtext_byte)
            .filter(|&byte| no_at_sign || matches!(byte, b'+' | b'=' | 0x7f..));
        out.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

fn xtext_byte(hex: &[u8]) -> Option<u8> {
    let upper = hex.iter().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'));
    let byte = std::str::from_utf8(hex)
        .ok()
        .and_then(|hex| u8::from_str_radix(hex, 16).ok())?;
    upper.then_some(byte)
}

/// Runs of white space become one space.
pub fn one_line(text: &str) -> String {
    crate::mail::unfold(text.as_bytes())
}

/// What the words say of one recipient: the lines behind its address, from the first on that holds
/// a code. Where there is `only_one` recipient, the first line that begins like a reply will do.
pub fn reply_about(words: &str, address: Option<&str>, only_one: bool) -> Option<String> {
    let paragraph = address.and_then(|address| paragraph_of(words, address));
    if let Some(reply) = paragraph.and_then(from_first_code) {
        return Some(reply);
    }
    let mut lines = words.lines().map(str::trim).filter(|_| only_one);
    lines.find(|line| first_reply(line).is_some()).map(one_line)
}

fn from_first_code(paragraph: &str) -> Option<String> {
    let lines: Vec<&str> = paragraph
        .lines()
        .skip_while(|line| !has_code(line))
        .collect();
    (!lines.is_empty()).then(|| one_line(&lines.join("\n")))
}

fn has_code(text: &str) -> bool {
    first_reply(text).is_some() || first_status(text).is_some()
}

/// The text behind an address, up to the next empty line.
fn paragraph_of<'w>(words: &'w str, address: &str) -> Option<&'w str> {
    let at = words.find(address)? + address.len();
    let rest = words[at..].trim_start_matches(['>', ':', ')', '"', '\'', ' ']);
    let rest = rest.trim_start_matches(['\r', '\n']);
    let end = rest
        .find("\n\n")
        .or_else(|| rest.find("\r\n\r\n"))
        .unwrap_or(rest.len());
    Some(&rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_in_text() {
        fn check(text: &str, reply: Option<&str>, status: Option<&str>) {
            assert_eq!(
                first_reply(text).map(|c| c.to_string()).as_deref(),
                reply,
                "{text}"
            );
            assert_eq!(
                first_status(text).map(|c| c.to_string()).as_deref(),
                status,
                "{text}"
            );
        }
        check("550 5.1.1 no such user", Some("550"), Some("5.1.1"));
        check("550-5.1.1 no such user", Some("550"), Some("5.1.1"));
        check("550 #5.1.0 Address rejected.", Some("550"), Some("5.1.0"));
        check(
            "host 10.5.1.1 said: 452 4.2.2 full",
            Some("452"),
            Some("4.2.2"),
        );
        check("connected to 192.5.1.1 but it died", None, None);
        check("delivery to 550 people (4.4.7)", None, Some("4.4.7"));
        check("mail-5.1.1 version 5.1.1a", None, None);
    }

    #[test]
    fn addresses_are_what_a_person_would_type() {
        fn check(read: fn(&str) -> String, text: &str, expected: &str) {
            assert_eq!(read(text), expected, "{text}");
        }
        check(
            decode_xtext,
            "bob+2Blist@example.net",
            "bob+list@example.net",
        );
        check(decode_xtext, "bob+list@example.net", "bob+list@example.net");
        check(decode_xtext, "bob+3Dx@example.net", "bob=x@example.net");
        check(decode_xtext, "bob+40example.net", "bob@example.net");
        check(decode_xtext, "bob+2024@example.net", "bob+2024@example.net");
        check(
            decode_utf8_address,
            r"\x{5C0F}@example.net",
            "小@example.net",
        );
        check(
            decode_utf8_address,
            r"\x{zz}@example.net",
            r"\x{zz}@example.net",
        );
        check(
            |t| typed_address(t).to_owned(),
            "<bob@example.net> (Bob)",
            "bob@example.net",
        );
    }
}
