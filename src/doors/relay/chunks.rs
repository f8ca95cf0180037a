//! Content that comes by BDAT.

use memchr::memchr2;

/// Content that comes in chunks (RFC 3030 §2): no transparency, and its end is not in it.
#[derive(Debug, Default)]
pub struct Chunks {
    cr: bool,
    /// The last line has begun and is not ended.
    in_line: bool,
    /// A lone CR or LF was in it; in the content it is CR LF.
    pub bare_newline: bool,
}

impl Chunks {
    pub fn decode(&mut self, mut input: &[u8], out: &mut Vec<u8>) {
        while let Some(&first) = input.first() {
            if std::mem::take(&mut self.cr) {
                self.bare_newline |= first != b'\n';
                self.line_end(out);
                if first == b'\n' {
                    input = &input[1..];
                }
                continue;
            }
            let end = memchr2(b'\r', b'\n', input).unwrap_or(input.len());
            out.extend_from_slice(&input[..end]);
            self.in_line |= end > 0;
            match input.get(end) {
                Some(b'\r') => self.cr = true,
                Some(_) => {
                    self.bare_newline = true;
                    self.line_end(out);
                }
                None => return,
            }
            input = &input[end + 1..];
        }
    }

    /// After the last chunk: DATA has no way to say that the last line has no end (RFC 5321
    /// §4.1.1.4), so it gets one.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        let cr = std::mem::take(&mut self.cr);
        self.bare_newline |= cr;
        if cr || self.in_line {
            self.line_end(out);
        }
    }

    fn line_end(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\r\n");
        self.in_line = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks() {
        let check = |stream: &str, expected: &str, bare: bool| {
            for step in [stream.len().max(1), 1] {
                let (mut chunks, mut out) = (Chunks::default(), Vec::new());
                let pieces = stream.as_bytes().chunks(step);
                pieces.for_each(|piece| chunks.decode(piece, &mut out));
                chunks.end(&mut out);
                assert_eq!(String::from_utf8_lossy(&out), expected, "{stream:?}");
                assert_eq!(chunks.bare_newline, bare, "{stream:?}");
            }
        };
        check("", "", false);
        check("a\r\n.\r\n.b\r\n", "a\r\n.\r\n.b\r\n", false);
        check("a", "a\r\n", false);
        check("\r\n\r\n", "\r\n\r\n", false);
        check("a\nb\r\n", "a\r\nb\r\n", true);
        check("a\rb\r\n", "a\r\nb\r\n", true);
        check("a\r\r\n", "a\r\n\r\n", true);
        check("a\r", "a\r\n", true);
    }
}
