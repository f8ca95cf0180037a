//! A bounce that is no `multipart/report`: the notice in front, then the original body as it was.

use super::{Edit, Order, Splice, mime};
use crate::mail::{HeaderField, Message};
use crate::notice::{FormError, Notice};

/// The edit that makes the message a `multipart/mixed`. It holds whatever follows the head, too.
pub fn wrap(
    message: &Message<'_>,
    notice: Notice<'_>,
    order: &Order<'_>,
    mark: &str,
) -> Result<Edit, FormError> {
    let eol = message.line_end();
    let notice = mime::notice_part(message, &order.write(notice, None)?);
    let boundary = mime::boundary(message, "mixed", &[&notice]);
    let section = &message.root().header;
    let moved: Vec<_> = section
        .fields
        .iter()
        .filter(|f| describes_body(message, f))
        .collect();

    let mut splices: Vec<Splice> = moved
        .iter()
        .map(|f| Splice {
            range: f.whole.clone(),
            with: Vec::new(),
        })
        .collect();
    let fields = format!("{}{mark}", new_fields(message, &boundary));
    splices.push(Splice {
        range: section.end..section.end,
        with: fields.into_bytes(),
    });

    let mut front = format!("--{boundary}{eol}{notice}{eol}--{boundary}{eol}").into_bytes();
    for field in moved {
        front.extend_from_slice(&message.bytes[field.whole.clone()]);
    }
    front.extend_from_slice(eol.as_bytes());
    splices.push(Splice {
        range: section.body..section.body,
        with: front,
    });

    let end = format!("{eol}--{boundary}--{eol}").into_bytes();
    Ok(Edit { splices, end })
}

/// Content-Type, Content-Transfer-Encoding and the like go with the body that they describe.
fn describes_body(message: &Message<'_>, field: &HeaderField) -> bool {
    let name = message.name_of(field);
    name.len() > 8 && name[..8].eq_ignore_ascii_case(b"content-")
}

fn new_fields(message: &Message<'_>, boundary: &str) -> String {
    let eol = message.line_end();
    let mut fields = String::new();
    if message.field("MIME-Version").is_none() {
        fields.push_str(&format!("MIME-Version: 1.0{eol}"));
    }
    fields.push_str(&format!(
        "Content-Type: multipart/mixed;{eol} boundary=\"{boundary}\"{eol}"
    ));
    if let Some(encoding) = wider_encoding(message) {
        fields.push_str(&format!("Content-Transfer-Encoding: {encoding}{eol}"));
    }
    fields
}

/// A multipart has to say what the widest of its parts needs (RFC 2045 §6.4).
fn wider_encoding(message: &Message<'_>) -> Option<&'static str> {
    let encoding = message.part_field(message.root(), "Content-Transfer-Encoding")?;
    ["8bit", "binary"]
        .into_iter()
        .find(|wide| encoding.eq_ignore_ascii_case(wide))
}
