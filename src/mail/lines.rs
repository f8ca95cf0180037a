//! Lines of bytes, each with its line end, wherever that is LF or CR LF.

use std::ops::Range;

/// Goes through the lines of `bytes` from an offset on, as ranges that include their line end.
pub struct Lines<'b> {
    bytes: &'b [u8],
    at: usize,
    end: usize,
}

impl<'b> Lines<'b> {
    pub fn new(bytes: &'b [u8], range: Range<usize>) -> Self {
        Self {
            bytes,
            at: range.start,
            end: range.end.min(bytes.len()),
        }
    }

    /// Where the next line begins.
    pub fn offset(&self) -> usize {
        self.at
    }
}

impl Iterator for Lines<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        if self.at >= self.end {
            return None;
        }
        let start = self.at;
        let rest = &self.bytes[start..self.end];
        self.at = memchr::memchr(b'\n', rest).map_or(self.end, |lf| start + lf + 1);
        Some(start..self.at)
    }
}

/// A line without its line end.
pub fn trim_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Whether it is nothing but what ASCII can show, in lines that end with LF; tabs are shown, too.
pub fn is_ascii_text(bytes: &[u8]) -> bool {
    // Without a branch for each byte, a processor takes many at once.
    let other = |other: u8, &byte: &u8| {
        let control = byte.wrapping_sub(b' ') > b'~' - b' ';
        other | u8::from(control & (byte != b'\n') & (byte != b'\t'))
    };
    let mut pieces = bytes.chunks(256);
    pieces.all(|piece| piece.iter().fold(0, other) == 0)
}
