//! A message: its bytes, and where in them each header field and part lies.

use std::borrow::Cow;
use std::ops::Range;

use super::content_type::ContentType;
use super::decode::{decode_body, decode_charset};
use super::header::{HeaderField, HeaderSection, unfold};
use super::split;

/// Names a part of one message.
pub type PartId = usize;

/// A part of a message, the message itself being the first (RFC 2046 §5.1).
#[derive(Debug, Clone)]
pub struct Part {
    pub header: HeaderSection,
    pub content_type: ContentType,
    /// Header section and body; the line end in front of a delimiter belongs to the delimiter.
    pub whole: Range<usize>,
    pub body: Range<usize>,
    /// The parts of a multipart; a message in the message is not taken apart.
    pub children: Vec<PartId>,
    /// Whether its end was seen: a delimiter behind it, or the end of the whole message.
    pub complete: bool,
}

/// The head of a message, taken apart. It borrows the bytes and never copies them.
#[derive(Debug)]
pub struct Message<'m> {
    pub bytes: &'m [u8],
    /// Whether `bytes` is all of the message.
    pub whole: bool,
    /// Nested too deep, too many parts, or more than one way to read it: only to be passed on.
    pub unclear: bool,
    parts: Vec<Part>,
}

impl<'m> Message<'m> {
    pub const ROOT: PartId = 0;

    /// Never fails: what is no message has no fields, and its bytes are its body.
    pub fn read(bytes: &'m [u8], whole: bool) -> Self {
        let (parts, unclear) = split::split(bytes, whole);
        Self {
            bytes,
            whole,
            unclear,
            parts,
        }
    }

    pub fn part(&self, id: PartId) -> &Part {
        &self.parts[id]
    }

    pub fn root(&self) -> &Part {
        &self.parts[Self::ROOT]
    }

    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter()
    }

    /// The parts that are no multipart, in the order in which they stand.
    pub fn leaves(&self) -> impl Iterator<Item = PartId> + '_ {
        (0..self.parts.len()).filter(|&id| !self.parts[id].content_type.is_multipart())
    }

    /// The first field of that name in the header section of the message.
    pub fn field(&self, name: &str) -> Option<&'m [u8]> {
        self.field_in(&self.root().header, name)
    }

    pub fn field_in(&self, section: &HeaderSection, name: &str) -> Option<&'m [u8]> {
        self.fields_in(section, name)
            .next()
            .map(|field| &self.bytes[field.value.clone()])
    }

    pub fn fields_in<'s>(
        &'s self,
        section: &'s HeaderSection,
        name: &'s str,
    ) -> impl Iterator<Item = &'s HeaderField> {
        let name = name.as_bytes();
        let fields = section.fields.as_slice();
        let fields = if section.may_have(name) { fields } else { &[] };
        fields
            .iter()
            .filter(move |f| self.name_of(f).eq_ignore_ascii_case(name))
    }

    pub fn name_of(&self, field: &HeaderField) -> &'m [u8] {
        &self.bytes[field.name.clone()]
    }

    /// The value of a part's field in one line.
    pub fn part_field(&self, part: &Part, name: &str) -> Option<String> {
        self.field_in(&part.header, name).map(unfold)
    }

    /// The body of a part without its transfer encoding.
    pub fn part_bytes(&self, part: &Part) -> Cow<'m, [u8]> {
        self.part_start(part, usize::MAX)
    }

    /// The same of the first `most` bytes of the body, as they lie in the message.
    pub fn part_start(&self, part: &Part, most: usize) -> Cow<'m, [u8]> {
        let encoding = self
            .field_in(&part.header, "Content-Transfer-Encoding")
            .unwrap_or(b"");
        let body = &self.bytes[part.body.clone()];
        decode_body(&body[..body.len().min(most)], encoding)
    }

    /// The body of a part as text.
    pub fn part_text(&self, part: &Part) -> String {
        self.part_text_start(part, usize::MAX)
    }

    /// The same of the first `most` bytes of the body, as they lie in the message.
    pub fn part_text_start(&self, part: &Part, most: usize) -> String {
        decode_charset(
            &self.part_start(part, most),
            part.content_type.charset.as_deref(),
        )
    }

    /// The line end that the message is written with.
    pub fn line_end(&self) -> &'static str {
        match memchr::memchr(b'\n', self.bytes) {
            Some(lf) if lf > 0 && self.bytes[lf - 1] == b'\r' => "\r\n",
            _ => "\n",
        }
    }
}
