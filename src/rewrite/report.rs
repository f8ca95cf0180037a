//! A `multipart/report`: only the part for people changes.

use super::{Order, Splice, mime};
use crate::bounce::is_delivery_status;
use crate::mail::{Message, Part, PartId, html_to_text};
use crate::notice::{FormError, Notice, clean_lines};

/// Whether this is a report with its status part among its own parts.
pub fn first_part_can_be_replaced(message: &Message<'_>) -> bool {
    let root = message.root();
    let status = |&id: &PartId| is_delivery_status(&message.part(id).content_type);
    root.content_type.is("multipart", "report") && root.children.iter().any(status)
}

/// The splice that puts the notice first. `None` if the end of the first part was not seen.
pub fn replace_first_part(
    message: &Message<'_>,
    notice: Notice<'_>,
    order: &Order<'_>,
) -> Result<Option<Splice>, FormError> {
    let Some(&first) = message.root().children.first() else {
        return Ok(None);
    };
    let part = message.part(first);
    if !part.complete || !is_followed(message, part) {
        return Ok(None);
    }
    let splice = if is_delivery_status(&part.content_type) {
        insert_before(message, part, notice, order)?
    } else if let Some(words) = words(message, first) {
        let with = mime::notice_part(message, &order.write(notice, Some(&words))?).into_bytes();
        Splice {
            range: part.whole.clone(),
            with,
        }
    } else {
        put_before_and_keep(message, part, notice, order)?
    };
    Ok(Some(splice))
}

/// A delimiter stands behind the part, so that something may take its place.
fn is_followed(message: &Message<'_>, part: &Part) -> bool {
    part.whole.end < message.bytes.len()
}

/// What the part for people says, if it is nothing but text, in one form or several, with the
/// pictures that its HTML shows (Gmail's has one).
fn words(message: &Message<'_>, id: PartId) -> Option<String> {
    let leaves = leaves(message, id)?;
    let (texts, others): (Vec<_>, Vec<_>) = leaves
        .into_iter()
        .partition(|part| part.content_type.main == "text");
    let form = |sub: &str| texts.iter().find(|part| part.content_type.is("text", sub));
    if others.iter().any(|part| part.content_type.main != "image") {
        return None;
    }
    let text = match (form("plain"), form("html")) {
        (Some(part), _) => message.part_text(part),
        (None, Some(part)) => html_to_text(&message.part_text(part)),
        (None, None) => return None,
    };
    Some(clean_lines(&text).trim_matches('\n').to_owned())
}

/// The parts in which the words may stand, one form beside the other; `None` where they are put
/// together in another way.
fn leaves<'m>(message: &'m Message<'_>, id: PartId) -> Option<Vec<&'m Part>> {
    let part = message.part(id);
    match (
        part.content_type.main.as_str(),
        part.content_type.sub.as_str(),
    ) {
        ("multipart", "alternative" | "related") => {
            let children = part.children.iter().map(|&child| leaves(message, child));
            Some(children.collect::<Option<Vec<_>>>()?.concat())
        }
        ("multipart", _) => None,
        _ => Some(vec![part]),
    }
}

/// The report has no part for people: it gets one.
fn insert_before(
    message: &Message<'_>,
    part: &Part,
    notice: Notice<'_>,
    order: &Order<'_>,
) -> Result<Splice, FormError> {
    let eol = message.line_end();
    let boundary = message
        .root()
        .content_type
        .boundary
        .as_deref()
        .unwrap_or_default();
    let with = format!(
        "{}{eol}--{boundary}{eol}",
        mime::notice_part(message, &order.write(notice, None)?)
    );
    Ok(Splice {
        range: part.whole.start..part.whole.start,
        with: with.into_bytes(),
    })
}

/// The part for people holds more than text, a file perhaps: it stays as it is, below the notice.
fn put_before_and_keep(
    message: &Message<'_>,
    part: &Part,
    notice: Notice<'_>,
    order: &Order<'_>,
) -> Result<Splice, FormError> {
    let eol = message.line_end();
    let notice = mime::notice_part(message, &order.write(notice, None)?);
    let boundary = mime::boundary(message, "mixed", &[&notice]);
    let mut with = format!(
        "Content-Type: multipart/mixed; boundary=\"{boundary}\"{eol}{eol}\
         --{boundary}{eol}{notice}{eol}--{boundary}{eol}"
    )
    .into_bytes();
    with.extend_from_slice(&message.bytes[part.whole.clone()]);
    with.extend_from_slice(format!("{eol}--{boundary}--").as_bytes());
    Ok(Splice {
        range: part.whole.clone(),
        with,
    })
}
