//! The part of a report that a machine reads (RFC 6522 §3), and what the report says that it is.

use crate::mail::{ContentType, HeaderSection, Message, PartId, unfold};

use super::delivery_status::is_delivery_status;

/// What the outermost multipart/report says of itself; one that was returned in it has no say.
fn report_type<'m>(message: &'m Message<'_>) -> Option<&'m str> {
    let mut parts = message.parts().map(|part| &part.content_type);
    let report = parts.find(|content_type| content_type.is("multipart", "report"))?;
    let said = report.report_type.as_deref().map(str::trim);
    said.filter(|said| !said.is_empty())
}

/// Whether the message is a report of this type. Programs forget the report-type, or the
/// multipart/report altogether; then its part decides.
pub fn is_report(message: &Message<'_>, of_type: &str) -> bool {
    match report_type(message) {
        Some(said) => said == of_type,
        None => find(message, of_type).is_some_and(|part| stands_as_report(message, part)),
    }
}

/// The first part of the type `message/<sub>`, or its twin with UTF-8 (RFC 6533 §4, §5).
pub fn find(message: &Message<'_>, sub: &str) -> Option<PartId> {
    let is_it = |content_type: &ContentType| {
        let found = content_type.sub.as_str();
        content_type.main == "message" && found.strip_prefix("global-").unwrap_or(found) == sub
    };
    message
        .leaves()
        .find(|&id| is_it(&message.part(id).content_type))
}

/// A part in something else than a multipart/report counts where nobody replies or forwards: mail
/// programs that forward inline take such parts along, and refer to what they forward.
fn stands_as_report(message: &Message<'_>, part: PartId) -> bool {
    let in_report = message
        .parts()
        .any(|p| p.content_type.is("multipart", "report") && p.children.contains(&part));
    let alone = part == Message::ROOT;
    let refers = ["In-Reply-To", "References"]
        .iter()
        .any(|name| message.field(name).is_some());
    (in_report || alone || !refers) && !has_delivery_status(message)
}

/// Whether any part says what became of a delivery.
pub fn has_delivery_status(message: &Message<'_>) -> bool {
    message
        .leaves()
        .any(|id| is_delivery_status(&message.part(id).content_type))
}

/// Whether the message is a report of some type, delivery reports and TLS reports (RFC 8460) among
/// them.
pub fn is_any_report(message: &Message<'_>) -> bool {
    let multipart_report = |c: &ContentType| c.is("multipart", "report");
    message.parts().any(|p| multipart_report(&p.content_type)) || has_delivery_status(message)
}

/// The value of a field in a machine's part, in one line. Empty lines in front do not count.
pub fn field(message: &Message<'_>, part: PartId, name: &str) -> Option<String> {
    let bytes = message.part_bytes(message.part(part));
    let start = bytes.len() - bytes.trim_ascii_start().len();
    let section = HeaderSection::read(&bytes, start..bytes.len());
    let found = section
        .fields
        .iter()
        .find(|field| bytes[field.name.clone()].eq_ignore_ascii_case(name.as_bytes()))?;
    let value = unfold(&bytes[found.value.clone()]);
    (!value.is_empty()).then_some(value)
}
