//! Message + Notice → Edit: header fields to change, a part to replace, parts to put around.
//!
//! A `multipart/report` keeps all but its first part, the one for people, in whose place comes a
//! `multipart/alternative` that begins with the notice (RFC 6522 §3). Any other bounce becomes the
//! second part of a `multipart/mixed`, body and Content-* fields as they came.

mod edit;
mod hands_off;
mod mime;
mod mixed;
mod report;
mod subject;

pub use edit::{Edit, Splice};
pub use hands_off::{ANNOTATION_FIELD, hands_off};

use crate::mail::Message;
use crate::notice::{self, FormError, Forms, House, Mode, Notice, Written};

/// How a notice is to be put into a message.
pub struct Order<'o> {
    pub forms: &'o Forms,
    pub house: &'o House<'o>,
    /// What says in the header section what was done.
    pub mark: String,
}

impl Order<'_> {
    /// The notice in its forms, and below it what the report says, if that is to stay.
    fn write(&self, notice: Notice<'_>, report: Option<&str>) -> Result<Written, FormError> {
        let report = report.filter(|_| self.house.style.mode == Mode::Add);
        self.forms.write(notice, self.house.language, report)
    }
}

/// The edit that adds the notice. `None` where too little of the message was seen to change it
/// safely.
///
/// # Errors
/// Only if a template is wrong.
pub fn annotate(
    message: &Message<'_>,
    notice: Notice<'_>,
    order: &Order<'_>,
) -> Result<Option<Edit>, FormError> {
    let section = &message.root().header;
    let eol = message.line_end();
    let field = format!("{ANNOTATION_FIELD}: {}{eol}", order.mark);
    let subject = order
        .house
        .style
        .subject
        .then(|| notice::subject(&notice, order.house.language));
    let edit = if report::first_part_can_be_replaced(message) {
        let splice = report::replace_first_part(message, notice, order)?;
        let mark = Splice {
            range: section.end..section.end,
            with: field.into_bytes(),
        };
        splice.map(|splice| Edit {
            splices: vec![mark, splice],
            end: Vec::new(),
        })
    } else {
        Some(mixed::wrap(message, notice, order, &field)?)
    };
    Ok(edit.map(|mut edit| {
        if let Some(subject) = subject {
            subject::replace(message, &subject, &mut edit);
        }
        edit
    }))
}
