//! The words of mail as types: a message and where its parts lie, header fields, codes, envelope.

mod code;
mod content_type;
mod decode;
mod envelope;
mod header;
mod ip;
mod lines;
mod message;
mod split;

pub use code::{EnhancedStatusCode, ReplyCode};
pub use content_type::ContentType;
pub use decode::{
    DateTime, decode_body, decode_header_text, html_to_text, parse_addresses, parse_date,
};
pub use envelope::{Envelope, ForwardPath, ReversePath};
pub use header::{HeaderField, HeaderSection, unfold};
pub use ip::put_ip;
pub use lines::{Lines, is_ascii_text};
pub use message::{Message, Part, PartId};
