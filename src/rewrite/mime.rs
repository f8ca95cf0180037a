//! Parts and boundaries, written with the line ends of the message that they go into.

use std::borrow::Cow;
use std::hash::Hasher;

use quoted_printable::encode_to_str;
use siphasher::sip128::{Hasher128, SipHasher13};

use crate::mail::{Message, is_ascii_text};
use crate::notice::Written;

/// A boundary that stands nowhere in the message, nor in what goes between. It is made from the message, so that the same
/// message always becomes the same bytes; `=_` can stand in no quoted-printable or base64 text.
pub fn boundary(message: &Message<'_>, purpose: &str, between: &[&str]) -> String {
    let mut hasher = SipHasher13::new();
    hasher.write(message.bytes);
    loop {
        let hash = hasher.finish128().as_u128();
        let boundary = format!("=_plainbounce-{purpose}-{hash:032x}");
        let finder = memchr::memmem::Finder::new(&boundary);
        let texts = between.iter().map(|text| text.as_bytes());
        if texts
            .chain([message.bytes])
            .all(|text| finder.find(text).is_none())
        {
            return boundary;
        }
        hasher.write_u8(0);
    }
}

/// The notice as a part, header section and body: a `multipart/alternative` of text and HTML. No
/// line end follows the last boundary.
pub fn notice_part(message: &Message<'_>, notice: &Written) -> String {
    let text = Body::of(&notice.text);
    let html = Body::of(&notice.html);
    let boundary = boundary(message, "words", &[&text.encoded, &html.encoded]);
    let length = text.encoded.len() + html.encoded.len();
    let mut out = Lines::new(message.line_end(), length);
    out.push(&format!(
        "Content-Type: multipart/alternative; boundary=\"{boundary}\"\n"
    ));
    for (sub, body) in [("plain", text), ("html", html)] {
        let (charset, encoding) = (body.charset, body.encoding);
        out.push(&format!(
            "\n--{boundary}\nContent-Type: text/{sub}; charset={charset}\n\
             Content-Transfer-Encoding: {encoding}\n\n"
        ));
        match body.encoded {
            Cow::Borrowed(plain) => out.push(plain),
            Cow::Owned(encoded) => out.push_crlf(&encoded),
        }
    }
    out.push(&format!("\n--{boundary}--"));
    out.text
}

/// Text as it goes into a mail: with LF, or if it had to be encoded, with CR LF.
struct Body<'t> {
    charset: &'static str,
    encoding: &'static str,
    encoded: Cow<'t, str>,
}

impl<'t> Body<'t> {
    /// Quoted-printable passes every system there is, also one that offers no 8BITMIME.
    fn of(text: &'t str) -> Self {
        if is_plain(text) {
            return Self {
                charset: "us-ascii",
                encoding: "7bit",
                encoded: Cow::Borrowed(text),
            };
        }
        Self {
            charset: "utf-8",
            encoding: "quoted-printable",
            encoded: Cow::Owned(quoted_printable(text)),
        }
    }
}

/// RFC 2045 §6.7, line by line: most need nothing.
fn quoted_printable(text: &str) -> String {
    const LONGEST: usize = 76;
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let put = |out: &mut String, line: &str| {
        if line.len() <= LONGEST && stands_for_itself(line.as_bytes()) {
            out.push_str(line);
        } else {
            out.push_str(&encode_to_str(line));
        }
    };
    let mut from = 0;
    for at in memchr::memchr_iter(b'\n', text.as_bytes()) {
        put(&mut out, &text[from..at]);
        out.push_str("\r\n");
        from = at + 1;
    }
    put(&mut out, &text[from..]);
    out
}

/// A line of printable ASCII without `=` that does not end with a space.
fn stands_for_itself(line: &[u8]) -> bool {
    // Without a branch for each byte, a processor takes many at once.
    let odd = line.iter().fold(0, |odd, &byte| {
        odd | u8::from((byte.wrapping_sub(b' ') > b'~' - b' ') | (byte == b'='))
    });
    odd == 0 && line.last() != Some(&b' ')
}

/// Text that is put together with the line ends of a message.
struct Lines {
    line_end: &'static str,
    text: String,
}

impl Lines {
    /// With room for text of that length.
    fn new(line_end: &'static str, length: usize) -> Self {
        let text = String::with_capacity(length + length / 16 + 500);
        Self { line_end, text }
    }

    /// Text with CR LF.
    fn push_crlf(&mut self, text: &str) {
        if self.line_end == "\r\n" {
            self.text.push_str(text);
        } else {
            self.text.push_str(&text.replace("\r\n", "\n"));
        }
    }

    /// Text with LF.
    fn push(&mut self, text: &str) {
        if self.line_end == "\n" {
            return self.text.push_str(text);
        }
        let mut from = 0;
        for at in memchr::memchr_iter(b'\n', text.as_bytes()) {
            self.text.push_str(&text[from..at]);
            self.text.push_str(self.line_end);
            from = at + 1;
        }
        self.text.push_str(&text[from..]);
    }
}

/// Needs no encoding: ASCII in lines that pass everywhere (RFC 5322 §2.1.1), and none that an mbox
/// writer would change.
fn is_plain(text: &str) -> bool {
    const LONGEST: usize = 900;
    let bytes = text.as_bytes();
    let ends = memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]);
    let mut start = 0;
    let mut fits = |end: usize| {
        let line = &bytes[start..end];
        start = end + 1;
        line.len() <= LONGEST && !line.starts_with(b"From ")
    };
    is_ascii_text(bytes) && { ends }.all(&mut fits)
}

pub fn with_line_ends(text: &str, line_end: &str) -> String {
    if line_end == "\n" {
        text.to_owned()
    } else {
        text.replace('\n', line_end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn line_by_line_is_as_the_whole(text in "([ -~ü\t…]{0,100}\n){0,8}[ -~]{0,90}") {
            let whole = encode_to_str(text.replace('\n', "\r\n"));
            prop_assert_eq!(quoted_printable(&text), whole);
        }
    }
}
