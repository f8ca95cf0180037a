//! Mail that is never changed, whatever it says.

use crate::mail::{ContentType, Message};

/// Marks a message that was annotated; who finds it does not annotate again.
pub const ANNOTATION_FIELD: &str = "Plainbounce-Annotation";

/// Why this message must stay as it is, if it must.
pub fn hands_off(message: &Message<'_>) -> Option<&'static str> {
    if message.field(ANNOTATION_FIELD).is_some() {
        return Some("annotated before");
    }
    if message.unclear {
        return Some("more than one way to read it");
    }
    if !message.root().header.closed {
        return Some("its header section does not end");
    }
    if has_strange_encoding(message) {
        return Some("a multipart with a transfer encoding");
    }
    is_sealed(message).then_some("signed or encrypted")
}

/// A multipart may not be encoded as a whole (RFC 2045 §6.4).
fn has_strange_encoding(message: &Message<'_>) -> bool {
    let encoding = message.part_field(message.root(), "Content-Transfer-Encoding");
    let encoding = encoding.unwrap_or_default().to_ascii_lowercase();
    message.root().content_type.is_multipart()
        && !matches!(encoding.as_str(), "" | "7bit" | "8bit" | "binary")
}

/// S/MIME (RFC 8551), OpenPGP (RFC 3156), and OpenPGP in the text itself (RFC 9580 §6.2).
fn is_sealed(message: &Message<'_>) -> bool {
    let mut types = message.parts().map(|part| &part.content_type);
    types.any(is_sealed_type) || begins_with_pgp(message)
}

fn is_sealed_type(content_type: &ContentType) -> bool {
    match content_type.main.as_str() {
        "multipart" => matches!(content_type.sub.as_str(), "signed" | "encrypted"),
        "application" => matches!(
            content_type.sub.as_str(),
            "pkcs7-mime"
                | "x-pkcs7-mime"
                | "pkcs7-signature"
                | "x-pkcs7-signature"
                | "pgp-encrypted"
                | "pgp-signature"
        ),
        _ => false,
    }
}

fn begins_with_pgp(message: &Message<'_>) -> bool {
    let first = message
        .leaves()
        .map(|id| message.part(id))
        .find(|p| p.content_type.main == "text");
    first.is_some_and(|part| {
        message
            .part_start(part, 100)
            .trim_ascii_start()
            .starts_with(b"-----BEGIN PGP ")
    })
}
