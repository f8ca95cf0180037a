//! From bytes to text: transfer encodings, charsets, encoded words, addresses and dates. All of it
//! is mail-parser's work; this file gives it the form we need.

use std::borrow::Cow;

pub use mail_parser::DateTime;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::parsers::MessageStream;
use mail_parser::{Address, HeaderValue};
use memchr::memchr3;

/// No field that says something to somebody is longer.
const MOST_IN_FIELD: usize = 64 << 10;

/// The value of an unstructured field with its encoded words read (RFC 2047).
pub fn decode_header_text(value: &[u8]) -> String {
    if memchr3(b'=', b'\r', b'\n', value).is_none() && value.len() <= MOST_IN_FIELD {
        return String::from_utf8_lossy(value).trim().to_owned();
    }
    let line = with_line_end(value);
    match MessageStream::new(&line).parse_unstructured() {
        HeaderValue::Text(text) => text.trim().to_owned(),
        _ => String::new(),
    }
}

/// The addresses of an address list, without their display names (RFC 5322 §3.4).
pub fn parse_addresses(value: &[u8]) -> Vec<String> {
    match plain_address(value) {
        Some(address) if value.len() <= MOST_IN_FIELD => vec![address.to_owned()],
        _ => parse_address_list(value),
    }
}

fn parse_address_list(value: &[u8]) -> Vec<String> {
    let line = with_line_end(value);
    let list = match MessageStream::new(&line).parse_address() {
        HeaderValue::Address(Address::List(list)) => list,
        HeaderValue::Address(Address::Group(groups)) => groups
            .into_iter()
            .flat_map(|group| group.addresses)
            .collect(),
        _ => Vec::new(),
    };
    list.into_iter()
        .filter_map(|one| one.address)
        .map(Cow::into_owned)
        .collect()
}

/// `a@b`, `<a@b>` or `Some Name <a@b>`, as nearly all mail has it: there is nothing to decode.
fn plain_address(value: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(value).ok()?.trim_matches(' ');
    let (name, address) = match text.strip_suffix('>') {
        Some(text) => text.split_once('<')?,
        None => ("", text),
    };
    let of = |text: &str, others: &[u8]| {
        let mut bytes = text.bytes();
        bytes.all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
    };
    let is_plain = address.contains('@') && of(address, b"@.-_+") && of(name, b" .-_'");
    is_plain.then_some(address)
}

/// A date and time (RFC 5322 §3.3), if it is one.
pub fn parse_date(value: &[u8]) -> Option<DateTime> {
    let line = with_line_end(value);
    match MessageStream::new(&line).parse_date() {
        HeaderValue::DateTime(date) if date.is_valid() => Some(date),
        _ => None,
    }
}

fn with_line_end(value: &[u8]) -> Vec<u8> {
    let mut line = value[..value.len().min(MOST_IN_FIELD)].to_vec();
    line.push(b'\n');
    line
}

/// A body without its transfer encoding (RFC 2045 §6). What does not decode stays as it is.
pub fn decode_body<'b>(body: &'b [u8], encoding: &[u8]) -> Cow<'b, [u8]> {
    let encoding = encoding.trim_ascii();
    let decoded = if encoding.eq_ignore_ascii_case(b"base64") {
        base64_decode(body)
    } else if encoding.eq_ignore_ascii_case(b"quoted-printable") {
        quoted_printable_decode(body)
    } else {
        None
    };
    decoded.map_or(Cow::Borrowed(body), Cow::Owned)
}

/// Bytes in a charset as text. An unknown charset is read as UTF-8, and where it is none, as
/// windows-1252, which gives every byte a letter.
pub fn decode_charset(bytes: &[u8], charset: Option<&str>) -> String {
    let known = charset.filter(|name| !name.eq_ignore_ascii_case("us-ascii"));
    if let Some(decode) = known.and_then(|name| charset_decoder(name.as_bytes())) {
        return decode(bytes);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => charset_decoder(b"windows-1252").map_or_else(
            || String::from_utf8_lossy(bytes).into_owned(),
            |decode| decode(bytes),
        ),
    }
}

/// What HTML says, without its tags.
pub fn html_to_text(html: &str) -> String {
    mail_parser::decoders::html::html_to_text(html)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn plain_addresses_are_what_they_are(value in "( |\t|a|B.|')*[<]?[a@.+_-]*[>]?[ ,:(\"]?") {
            let value = value.as_bytes();
            proptest::prop_assert_eq!(parse_addresses(value), parse_address_list(value));
        }

        #[test]
        fn plain_text_is_what_it_is(value in "[ \ta-zéあ\u{a0}?]{0,9}") {
            let expected = decode_header_text(format!("=?{value}").as_bytes());
            let found = decode_header_text(format!("a?{value}").as_bytes());
            proptest::prop_assert_eq!(&found[1..], &expected[1..]);
        }
    }
}
