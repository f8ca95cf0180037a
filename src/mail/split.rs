//! Cuts a message into its parts (RFC 2046 §5.1.1), in one pass over its lines.
//!
//! A delimiter counts only at the start of a line; mail-parser 0.11 also ends a part at one in the
//! middle, which is why this is our own. A message within the message is a leaf here: what is
//! inside it was sent by somebody else, and no part of the report.

use std::ops::Range;

use memchr::memmem::Finder;

use super::content_type::ContentType;
use super::header::HeaderSection;
use super::lines::{Lines, trim_line_end};
use super::message::{Part, PartId};

/// Deeper nesting and more parts are for nobody's good (CVEs of most MIME parsers).
const MOST_LEVELS: usize = 16;
const MOST_PARTS: usize = 1_000;

/// A multipart whose closing delimiter has not come yet.
struct Open {
    part: PartId,
    boundary: Vec<u8>,
}

struct Splitter<'b> {
    bytes: &'b [u8],
    parts: Vec<Part>,
    open: Vec<Open>,
    /// The part that the present line belongs to; none in a preamble or epilogue.
    leaf: Option<PartId>,
    unclear: bool,
    /// Looks for a line that begins with two dashes.
    dashes: Finder<'static>,
}

/// The parts of the message, the first being itself, and whether it is unclear what they are.
pub fn split(bytes: &[u8], whole: bool) -> (Vec<Part>, bool) {
    let mut splitter = Splitter {
        bytes,
        parts: Vec::new(),
        open: Vec::new(),
        leaf: None,
        unclear: false,
        dashes: Finder::new(b"\n--"),
    };
    let body = splitter.begin_part(0);
    splitter.go_through(body);
    splitter.finish(whole);
    (splitter.parts, splitter.unclear)
}

impl Splitter<'_> {
    /// Reads the header section at `start` and returns where its body begins.
    fn begin_part(&mut self, start: usize) -> usize {
        let header = HeaderSection::read(self.bytes, self.header_range(start));
        let content_type = self.content_type(&header);
        let body = header.body;
        let id = self.parts.len();
        if let Some(parent) = self.open.last() {
            self.parts[parent.part].children.push(id);
        }
        self.unclear |= content_type.ambiguous;
        self.leaf = Some(id);
        if let Some(boundary) = content_type.boundary.as_ref().filter(|b| !b.is_empty())
            && content_type.is_multipart()
        {
            if self.open.len() == MOST_LEVELS {
                self.unclear = true;
            } else {
                self.open.push(Open {
                    part: id,
                    boundary: boundary.as_bytes().to_vec(),
                });
                self.leaf = None;
            }
        }
        self.parts.push(Part {
            header,
            content_type,
            whole: start..self.bytes.len(),
            body: body..self.bytes.len(),
            children: Vec::new(),
            complete: false,
        });
        body
    }

    /// A header section ends at the latest at the next delimiter of a multipart around it.
    fn header_range(&self, start: usize) -> Range<usize> {
        if self.open.is_empty() {
            return start..self.bytes.len();
        }
        for line in Lines::new(self.bytes, start..self.bytes.len()) {
            let content = trim_line_end(&self.bytes[line.clone()]);
            if content.is_empty() {
                return start..line.end;
            }
            if self.delimits(content).is_some() {
                return start..line.start;
            }
        }
        start..self.bytes.len()
    }

    fn content_type(&self, header: &HeaderSection) -> ContentType {
        let mut found = header
            .fields
            .iter()
            .filter(|f| self.bytes[f.name.clone()].eq_ignore_ascii_case(b"content-type"))
            .map(|f| ContentType::read(&self.bytes[f.value.clone()]));
        let Some(mut first) = found.next() else {
            return ContentType::default();
        };
        // Readers differ in which of several they take.
        let others: Vec<ContentType> = found.collect();
        let any_multipart = others.iter().any(ContentType::is_multipart) || first.is_multipart();
        first.ambiguous |= !others.is_empty() && any_multipart;
        first
    }

    fn go_through(&mut self, body: usize) {
        let mut at = body;
        while let Some(line) = self.next_delimiter(at) {
            let content = trim_line_end(&self.bytes[line.clone()]);
            let Some((level, closing)) = self.delimits(content) else {
                break;
            };
            self.end_parts(level, line.start);
            at = line.end;
            if closing {
                self.close(level);
            } else if self.parts.len() == MOST_PARTS {
                self.unclear = true;
                return;
            } else {
                at = self.begin_part(line.end);
            }
        }
    }

    /// What follows, up to the next delimiter of a multipart around it, is its epilogue.
    fn close(&mut self, level: usize) {
        let closed = self.open[level].part;
        self.open.truncate(level);
        self.parts[closed].complete = true;
        self.leaf = Some(closed);
    }

    /// The next line from `at` on that is a delimiter of an open multipart.
    fn next_delimiter(&self, at: usize) -> Option<Range<usize>> {
        if self.open.is_empty() {
            return None;
        }
        let mut from = at;
        while let Some(start) = self.next_dashes(from) {
            let line = Lines::new(self.bytes, start..self.bytes.len()).next()?;
            let content = trim_line_end(&self.bytes[line.clone()]);
            if self.delimits(content).is_some() {
                return Some(line);
            }
            from = line.end;
        }
        None
    }

    /// Where, from the start of a line on, the next line begins with two dashes.
    fn next_dashes(&self, at: usize) -> Option<usize> {
        let rest = self.bytes.get(at..)?;
        if rest.starts_with(b"--") {
            return Some(at);
        }
        let line_end = self.dashes.find(rest)?;
        Some(at + line_end + 1)
    }

    /// Which open multipart this line delimits, innermost first, and whether it closes it.
    fn delimits(&self, line: &[u8]) -> Option<(usize, bool)> {
        let rest = line.strip_prefix(b"--")?;
        for (level, open) in self.open.iter().enumerate().rev() {
            if let Some(rest) = rest.strip_prefix(open.boundary.as_slice()) {
                let (rest, closing) = rest
                    .strip_prefix(b"--")
                    .map_or((rest, false), |rest| (rest, true));
                // RFC 2046 §5.1.1: white space may follow, nothing else
                if rest.trim_ascii().is_empty() {
                    return Some((level, closing));
                }
            }
        }
        None
    }

    /// Ends what is open inside the multipart at `level`, at the delimiter that begins at `at`.
    fn end_parts(&mut self, level: usize, at: usize) {
        let end = self.before_line_end(at);
        let inner = self.open.split_off(level + 1);
        for id in inner.iter().map(|open| open.part).chain(self.leaf.take()) {
            self.parts[id].end_at(end, true);
        }
    }

    /// The line end in front of a delimiter belongs to the delimiter.
    fn before_line_end(&self, at: usize) -> usize {
        trim_line_end(&self.bytes[..at]).len()
    }

    fn finish(&mut self, whole: bool) {
        let end = self.bytes.len();
        for id in std::mem::take(&mut self.open)
            .iter()
            .map(|o| o.part)
            .chain(self.leaf.take())
        {
            self.parts[id].end_at(end, whole);
        }
        let root = &mut self.parts[0];
        root.end_at(end, whole);
    }
}

impl Part {
    fn end_at(&mut self, end: usize, complete: bool) {
        self.whole.end = end.max(self.whole.start);
        self.body.start = self.body.start.min(self.whole.end);
        self.body.end = self.whole.end;
        self.complete |= complete;
    }
}
