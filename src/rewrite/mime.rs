//! Parts and boundaries, written with the line ends of the message that they go into.

use std::hash::Hasher;

use quoted_printable::encode_to_str;
use siphasher::sip128::{Hasher128, SipHasher13};

use crate::mail::Message;
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
    let text = text_part("plain", &notice.text);
    let html = text_part("html", &notice.html);
    let boundary = boundary(message, "words", &[&text, &html]);
    let part = format!(
        "Content-Type: multipart/alternative; boundary=\"{boundary}\"\n\n\
         --{boundary}\n{text}\n--{boundary}\n{html}\n--{boundary}--"
    );
    with_line_ends(&part, message.line_end())
}

/// Quoted-printable passes every system there is, also one that offers no 8BITMIME.
fn text_part(sub: &str, text: &str) -> String {
    let (charset, encoding, body) = if is_plain(text) {
        ("us-ascii", "7bit", text.to_owned())
    } else {
        let crlf = text.replace('\n', "\r\n");
        (
            "utf-8",
            "quoted-printable",
            encode_to_str(crlf).replace("\r\n", "\n"),
        )
    };
    format!(
        "Content-Type: text/{sub}; charset={charset}\nContent-Transfer-Encoding: {encoding}\n\n{body}"
    )
}

/// Needs no encoding: ASCII in lines that pass everywhere (RFC 5322 §2.1.1), and none that an mbox
/// writer would change.
fn is_plain(text: &str) -> bool {
    const LONGEST: usize = 900;
    let fits = |line: &str| line.len() <= LONGEST && !line.starts_with("From ");
    text.bytes().all(|b| matches!(b, b'\t' | b'\n' | 32..=126)) && text.split('\n').all(fits)
}

pub fn with_line_ends(text: &str, line_end: &str) -> String {
    if line_end == "\n" {
        text.to_owned()
    } else {
        text.replace('\n', line_end)
    }
}
