//! A subject that says it all, in the place of the old one.

use email_encoding::headers::rfc2047;
use email_encoding::headers::writer::EmailWriter;

use super::{Edit, Splice, mime};
use crate::mail::Message;

/// RFC 5322 §2.1.1: lines should be no longer.
const COLUMNS: usize = 78;
const NAME: &str = "Subject: ";

/// Adds to the edit that the message gets this subject. Splices stay in order.
pub fn replace(message: &Message<'_>, subject: &str, edit: &mut Edit) {
    let section = &message.root().header;
    let is_subject = |name: &[u8]| name.eq_ignore_ascii_case(b"Subject");
    let old = section
        .fields
        .iter()
        .find(|field| is_subject(message.name_of(field)));
    let range = old.map_or(section.end..section.end, |field| field.whole.clone());
    let field = mime::with_line_ends(&field(subject), message.line_end());
    let splice = Splice {
        range,
        with: field.into_bytes(),
    };
    let behind = |other: &Splice| other.range.start > splice.range.start;
    let place = edit.splices.iter().position(behind);
    edit.splices
        .insert(place.unwrap_or(edit.splices.len()), splice);
}

fn field(subject: &str) -> String {
    let written = if subject.is_ascii() {
        let options = textwrap::Options::new(COLUMNS)
            .initial_indent(NAME)
            .subsequent_indent(" ")
            .break_words(false);
        textwrap::fill(subject, options)
    } else {
        encoded(subject)
    };
    format!("{written}\n")
}

/// RFC 2047.
fn encoded(subject: &str) -> String {
    let mut out = NAME.to_owned();
    {
        let mut writer = EmailWriter::new(&mut out, NAME.len(), 0, false);
        rfc2047::encode(subject, &mut writer).expect("a string takes everything");
    }
    out.replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::decode_header_text;

    #[test]
    fn a_subject_is_read_as_it_was_written() {
        fn check(subject: &str) {
            let field = field(subject);
            assert!(field.lines().all(|line| line.len() <= COLUMNS), "{field}");
            let value = field.strip_prefix("Subject:").expect("the name");
            assert_eq!(decode_header_text(value.as_bytes()), subject);
        }
        check("Not delivered: Q3 figures (bob@example.net)");
        check("Nicht zugestellt: Größe (bob@example.net)");
        check(&format!(
            "配信されませんでした：{}（bob@example.net）",
            "第３四半期".repeat(12)
        ));
        check(&format!(
            "Not delivered: {}",
            "many words ".repeat(20).trim_end()
        ));
    }
}
