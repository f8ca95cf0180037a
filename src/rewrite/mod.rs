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

pub use edit::{Edit, Splice};
pub use hands_off::{ANNOTATION_FIELD, hands_off};

use crate::mail::Message;
use crate::notice::Notice;

/// The notice could not be put into its form: a template is wrong.
pub type FormError = minijinja::Error;

/// The edit that adds the notice; `mark` says in the header what was done. `None` where too little
/// of the message was seen to change it safely.
///
/// # Errors
/// Only if a template is wrong.
pub fn annotate(
    message: &Message<'_>,
    notice: &Notice,
    mark: &str,
) -> Result<Option<Edit>, FormError> {
    let section = &message.root().header;
    let eol = message.line_end();
    let field = format!("{ANNOTATION_FIELD}: {mark}{eol}");
    if report::first_part_can_be_replaced(message) {
        let Some(splice) = report::replace_first_part(message, notice)? else {
            return Ok(None);
        };
        let mark = Splice {
            range: section.end..section.end,
            with: field.into_bytes(),
        };
        return Ok(Some(Edit {
            splices: vec![mark, splice],
            end: Vec::new(),
        }));
    }
    mixed::wrap(message, notice, &field).map(Some)
}
