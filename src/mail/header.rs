//! Header fields and sections, as places in the bytes of the message (RFC 5322 §2.2).

use std::ops::Range;

use super::lines::{Lines, trim_line_end};

/// Fields beyond this are not looked at: no mail system writes so many, and somebody may.
const MOST_FIELDS: usize = 10_000;
/// Room for those of most messages.
const FEW_FIELDS: usize = 16;

/// One header field: its name, its value with all its folds, and the whole with its line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderField {
    pub name: Range<usize>,
    pub value: Range<usize>,
    pub whole: Range<usize>,
}

/// All fields in front of a body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeaderSection {
    pub fields: Vec<HeaderField>,
    /// Behind the last field, where another may be put.
    pub end: usize,
    /// Where the body begins: behind the empty line, if there is one.
    pub body: usize,
    /// Whether an empty line ends the section. Without it nothing may be put there.
    pub closed: bool,
    /// A bit for each name, by [`bit_of`].
    names: u128,
}

/// Most messages have few of the fields that somebody asks for: what this bit says costs no search.
fn bit_of(name: &[u8]) -> u128 {
    let letter = |byte: Option<&u8>| usize::from(byte.map_or(0, u8::to_ascii_lowercase));
    let sum = letter(name.first()) + 5 * letter(name.last()) + 11 * name.len();
    1 << (sum % 128)
}

impl HeaderSection {
    /// Whether a field may have this name; if not, none has.
    pub fn may_have(&self, name: &[u8]) -> bool {
        self.names & bit_of(name) != 0
    }

    /// Reads the fields that begin at `range.start`. A line that can be no field begins the body.
    pub fn read(bytes: &[u8], range: Range<usize>) -> Self {
        let mut section = Self {
            end: range.start,
            body: range.start,
            ..Self::default()
        };
        let mut lines = Lines::new(bytes, range.clone());
        section.skip_what_is_no_field(bytes, &mut lines);
        for line in lines {
            let content = trim_line_end(&bytes[line.clone()]);
            if content.is_empty() {
                section.closed = bytes[line.clone()].ends_with(b"\n");
                section.body = line.end;
                return section;
            }
            if !section.take_line(content, line.clone()) {
                section.body = line.start;
                return section;
            }
        }
        section.body = range.end.min(bytes.len());
        section
    }

    /// What may stand in front of the first field: an mbox file's `From ` line, which a pipe may
    /// leave there, and lines of white space, which some programs store there. They stay.
    fn skip_what_is_no_field(&mut self, bytes: &[u8], lines: &mut Lines<'_>) {
        loop {
            let rest = &bytes[lines.offset()..];
            let line = &rest[..memchr::memchr(b'\n', rest).map_or(rest.len(), |lf| lf + 1)];
            let mbox = line.starts_with(b"From ") || line.starts_with(b">From ");
            let white = line.starts_with(b" ") && line.trim_ascii().is_empty();
            let Some(line) = (mbox || white).then(|| lines.next()).flatten() else {
                return;
            };
            self.end = line.end;
            self.body = line.end;
        }
    }

    fn take_line(&mut self, content: &[u8], line: Range<usize>) -> bool {
        if content[0] == b' ' || content[0] == b'\t' {
            let Some(last) = self.fields.last_mut() else {
                return false;
            };
            last.value.end = line.start + content.len();
            last.whole.end = line.end;
            self.end = line.end;
            return true;
        }
        let Some((name, colon)) = name_and_colon(content) else {
            return false;
        };
        if self.fields.len() == MOST_FIELDS {
            return false;
        }
        self.names |= bit_of(&content[..name]);
        if self.fields.is_empty() {
            self.fields.reserve(FEW_FIELDS);
        }
        self.fields.push(HeaderField {
            name: line.start..line.start + name,
            value: line.start + colon + 1..line.start + content.len(),
            whole: line.clone(),
        });
        self.end = line.end;
        true
    }
}

/// How long the name of the field in this line is, and where the colon is; `None` if the line is no
/// field. White space in front of the colon is obsolete syntax (RFC 5322 §4.5) that old gateways
/// still write.
fn name_and_colon(line: &[u8]) -> Option<(usize, usize)> {
    let colon = memchr::memchr(b':', line)?;
    let name = line[..colon].trim_ascii_end();
    let is_name = !name.is_empty() && name.iter().all(|b| matches!(b, 33..=126));
    is_name.then_some((name.len(), colon))
}

/// The value of a field in one line: folds and runs of white space become one space, the ends are
/// trimmed, and what is not UTF-8 is replaced.
pub fn unfold(value: &[u8]) -> String {
    if let Some(line) = as_one_line(value) {
        return String::from_utf8_lossy(line).into_owned();
    }
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some(start) = rest.iter().position(|&byte| !is_white(byte)) {
        if !out.is_empty() {
            out.push(b' ');
        }
        rest = &rest[start..];
        let end = rest.iter().position(|&byte| is_white(byte));
        let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
        out.extend_from_slice(word);
        rest = behind;
    }
    String::from_utf8(out)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// What needs nothing but a trim.
fn as_one_line(value: &[u8]) -> Option<&[u8]> {
    let start = value.iter().position(|&byte| !is_white(byte))?;
    let end = value.iter().rposition(|&byte| !is_white(byte))?;
    let line = &value[start..=end];
    let is_one = memchr::memchr3(b'\t', b'\r', b'\n', line).is_none()
        && !line.windows(2).any(|pair| pair == b"  ");
    is_one.then_some(line)
}

fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
