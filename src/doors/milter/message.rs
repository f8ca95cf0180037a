//! A message as the MTA shows it: put together again to the byte, so that the annotator reads what
//! every other door would show it.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use super::macros::Macros;
use crate::annotator::Outcome;
use crate::mail::{Envelope, ReversePath};

/// More recipients than this are not named to anybody.
const MOST_RECIPIENTS: usize = 1000;
const LINE_END: &[u8] = b"\r\n";

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Envelope,
    Header,
    Body,
}

pub struct Message {
    pub stage: Stage,
    pub envelope: Envelope,
    /// Header section, empty line and body, with CR LF.
    pub bytes: Arc<Vec<u8>>,
    pub fields: Vec<Field>,
    /// Where the body begins, once it does.
    pub body: usize,
    /// Of it all, kept or not.
    pub size: u64,
    /// More than is kept of one: it will go on as it is.
    pub too_big: bool,
    /// What the annotator said of its head, while the rest still came.
    pub outcome: Option<Outcome>,
    pub began: Instant,
}

/// A header field, with its line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: Vec<u8>,
    pub whole: Range<usize>,
}

impl Message {
    /// `path` is the argument of MAIL; a bounce's is `<>`, or empty.
    pub fn begin(path: &[u8], macros: &Macros) -> Self {
        let told = macros.mail_address.as_ref();
        let reverse_path = match bare(path) {
            path if path.is_empty() => ReversePath::Null,
            path => {
                let told = told.filter(|told| !bare(told.as_bytes()).is_empty());
                ReversePath::Mailbox(told.cloned().unwrap_or(path))
            }
        };
        Self {
            stage: Stage::Envelope,
            envelope: Envelope {
                reverse_path: Some(reverse_path),
                forward_paths: Vec::new(),
            },
            bytes: Arc::default(),
            fields: Vec::new(),
            body: 0,
            size: 0,
            too_big: false,
            outcome: None,
            began: Instant::now(),
        }
    }

    pub fn add_recipient(&mut self, path: &[u8], macros: &Macros) {
        if self.envelope.forward_paths.len() < MOST_RECIPIENTS {
            let told = macros.rcpt_address.clone();
            let told = told.filter(|told| !told.is_empty());
            let path = told.unwrap_or_else(|| bare(path));
            self.envelope.forward_paths.push(path);
        }
    }

    /// `leading_space`: whether the value begins behind the colon. Where it does not, the MTA took a
    /// space away, as there nearly always is one.
    pub fn add_field(&mut self, name: &[u8], value: &[u8], leading_space: bool, most: usize) {
        self.stage = Stage::Header;
        let colon: &[u8] = if leading_space { b":" } else { b": " };
        let value = with_crlf(value);
        let start = self.bytes.len();
        self.add(&[name, colon, &value, LINE_END], most);
        if !self.too_big {
            let whole = start..self.bytes.len();
            let name = name.to_vec();
            self.fields.push(Field { name, whole });
        }
    }

    pub fn end_header(&mut self, most: usize) {
        self.stage = Stage::Body;
        self.add(&[LINE_END], most);
        self.body = self.bytes.len();
    }

    pub fn add_body(&mut self, piece: &[u8], most: usize) {
        self.add(&[piece], most);
    }

    fn add(&mut self, pieces: &[&[u8]], most: usize) {
        let added: usize = pieces.iter().map(|piece| piece.len()).sum();
        self.size += added as u64;
        self.too_big |= self.bytes.len() + added > most;
        let bytes = Arc::make_mut(&mut self.bytes);
        if self.too_big {
            *bytes = Vec::new();
        } else {
            pieces
                .iter()
                .for_each(|piece| bytes.extend_from_slice(piece));
        }
    }
}

/// An address without its angle brackets.
fn bare(path: &[u8]) -> String {
    let path = path.trim_ascii();
    let inner = path.strip_prefix(b"<").and_then(|p| p.strip_suffix(b">"));
    String::from_utf8_lossy(inner.unwrap_or(path)).into_owned()
}

/// The lines of a folded value come with LF between them.
fn with_crlf(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() + 8);
    for line in value.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(text) => {
                out.extend_from_slice(text.strip_suffix(b"\r").unwrap_or(text));
                out.extend_from_slice(LINE_END);
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}
