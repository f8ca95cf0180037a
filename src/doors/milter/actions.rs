//! Edit → what the MTA is to do: header fields to delete, to change and to add, then the body, in pieces, in one
//! run (Postfix takes no mixture).

use super::message::{Field, Message};
use super::wire::put;
use crate::rewrite::{Edit, Splice};

/// `MILTER_CHUNK_SIZE`: no MTA takes more at once.
const PIECE: usize = 65_535;

const ADD_HEADER: u8 = b'h';
const CHANGE_HEADER: u8 = b'm';
const REPLACE_BODY: u8 = b'b';

/// The packets that carry out the edit; none where it wants what cannot be said.
pub fn of(edit: &Edit, message: &Message, leading_space: bool) -> Option<Vec<u8>> {
    let header = edit.splices.iter().take_while(|s| !is_of_body(s, message));
    let header: Vec<&Splice> = header.collect();
    let mut packets = Vec::new();
    // The last one first: what comes before it keeps its number.
    for splice in header
        .iter()
        .rev()
        .filter(|splice| !splice.range.is_empty())
    {
        let (field, number) = whole_field(message, splice)?;
        let number = u32::try_from(number).ok()?.to_be_bytes();
        // An empty one deletes the field.
        let value = match fields(&splice.with)?.as_slice() {
            [] => Vec::new(),
            [(name, value)] if name.eq_ignore_ascii_case(field) => told(value, leading_space),
            _ => return None,
        };
        put(
            &mut packets,
            CHANGE_HEADER,
            &[&number, field, b"\0", &value, b"\0"],
        );
    }
    for splice in header.iter().filter(|splice| splice.range.is_empty()) {
        // Anywhere else it would not come to lie where the edit has it.
        if splice.range.start + 2 != message.body {
            return None;
        }
        for (name, value) in fields(&splice.with)? {
            let value = told(value, leading_space);
            put(&mut packets, ADD_HEADER, &[name, b"\0", &value, b"\0"]);
        }
    }
    let body = body(edit, message, header.len())?;
    for piece in body.chunks(PIECE) {
        put(&mut packets, REPLACE_BODY, &[piece]);
    }
    Some(packets)
}

/// A splice where the header section ends belongs to that, not to the body.
fn is_of_body(splice: &Splice, message: &Message) -> bool {
    splice.range.start >= message.body
}

/// The name of the field that is to go or to change, and its number among those of its name, from 1.
fn whole_field<'m>(message: &'m Message, splice: &Splice) -> Option<(&'m [u8], usize)> {
    let is_it = |field: &&Field| field.whole == splice.range;
    let field = message.fields.iter().find(is_it)?;
    let before = message.fields.iter().filter(|other| {
        other.whole.start <= field.whole.start && other.name.eq_ignore_ascii_case(&field.name)
    });
    Some((&field.name, before.count()))
}

/// Names and values, folds in them, without the last line end.
fn fields(mut lines: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let mut fields = Vec::new();
    while !lines.is_empty() {
        let end = memchr::memmem::find_iter(lines, b"\r\n")
            .find(|lf| !matches!(lines.get(lf + 2), Some(b' ' | b'\t')))?;
        let colon = memchr::memchr(b':', &lines[..end])?;
        fields.push((&lines[..colon], &lines[colon + 1..end]));
        lines = &lines[end + 2..];
    }
    Some(fields)
}

/// With LF between the lines of a folded value.
fn told(value: &[u8], leading_space: bool) -> Vec<u8> {
    let stripped = value.strip_prefix(b" ").filter(|_| !leading_space);
    let mut told = stripped.unwrap_or(value).to_vec();
    told.retain(|byte| *byte != b'\r');
    told
}

/// The new body: all splices from that number on, and the end.
fn body(edit: &Edit, message: &Message, first: usize) -> Option<Vec<u8>> {
    let mut at = message.body;
    let mut body = Vec::with_capacity(message.bytes.len() + (16 << 10));
    for splice in &edit.splices[first..] {
        body.extend_from_slice(message.bytes.get(at..splice.range.start)?);
        body.extend_from_slice(&splice.with);
        at = splice.range.end;
    }
    body.extend_from_slice(message.bytes.get(at..)?);
    body.extend_from_slice(&edit.end);
    Some(body)
}
