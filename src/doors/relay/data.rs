//! The stream after DATA: transparency (RFC 5321 §4.5.2) taken away and put back.
//!
//! The end is CR LF . CR LF and nothing else. A lone CR or LF ends no line that means something, and
//! is never sent on: the next hop might take it for one, and see two messages where we saw one.

use memchr::{memchr2, memmem};
use serde::{Deserialize, Serialize};

/// What becomes of a lone CR or LF in content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BareNewline {
    /// The message is refused.
    #[default]
    Reject,
    /// It is made CR LF.
    Normalize,
}

/// Takes the stream as it comes, in pieces cut anywhere, and gives the content.
#[derive(Debug, Default)]
pub struct Decoder {
    place: Place,
    /// A lone CR or LF was in it; in the content it is CR LF.
    pub bare_newline: bool,
    pub ended: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    // DATA's own CR LF is before the first line, so that `.` CR LF at once is an empty message.
    #[default]
    LineStart,
    Line,
    Cr,
    Dot,
    DotCr,
}

impl Decoder {
    /// Adds content to `out`; how many bytes of the input were used. What comes after the end is
    /// not: it is the next command.
    pub fn decode(&mut self, input: &[u8], out: &mut Vec<u8>) -> usize {
        let mut at = 0;
        while at < input.len() && !self.ended {
            at += match self.place {
                Place::Line | Place::LineStart
                    if self.place == Place::Line || input[at] != b'.' =>
                {
                    match self.ordinary(&input[at..], out) {
                        0 => self.line(&input[at..], out),
                        count => count,
                    }
                }
                _ => self.mark(input[at], out),
            };
        }
        at
    }

    /// Content in which every line ends as it should and the next begins without a dot: most of
    /// what there is, looked at by blocks. How much of it there is at the beginning.
    fn ordinary(&mut self, input: &[u8], out: &mut Vec<u8>) -> usize {
        if input[0] == b'\n' {
            return 0;
        }
        let mut length = ordinary_length(input);
        // What a CR means, the next byte says.
        if length > 0 && input[length - 1] == b'\r' {
            length -= 1;
        }
        if length > 0 {
            out.extend_from_slice(&input[..length]);
            self.place = match input[length - 1] {
                b'\n' => Place::LineStart,
                _ => Place::Line,
            };
        }
        length
    }

    /// Content up to and with the next CR or LF that is more than the end of an ordinary line.
    fn line(&mut self, input: &[u8], out: &mut Vec<u8>) -> usize {
        let mut from = 0;
        let end = loop {
            let Some(found) = memchr2(b'\r', b'\n', &input[from..]) else {
                out.extend_from_slice(input);
                self.place = Place::Line;
                return input.len();
            };
            match input[from + found..] {
                [b'\r', b'\n', next, ..] if next != b'.' => from += found + 2,
                _ => break from + found,
            }
        };
        out.extend_from_slice(&input[..end]);
        if input[end] == b'\r' {
            self.place = Place::Cr;
        } else {
            self.lone(out);
        }
        end + 1
    }

    /// One byte where it may mean something; 0 when it is left for the next place.
    fn mark(&mut self, byte: u8, out: &mut Vec<u8>) -> usize {
        match (self.place, byte) {
            (Place::LineStart, _) => self.place = Place::Dot,
            (Place::Cr, b'\n') => {
                out.extend_from_slice(b"\r\n");
                self.place = Place::LineStart;
            }
            (Place::Dot, b'\r') => self.place = Place::DotCr,
            (Place::DotCr, b'\n') => self.ended = true,
            (Place::Cr | Place::DotCr, _) => {
                self.lone(out);
                return 0;
            }
            // The first dot of a line that has more is transparency.
            (Place::Dot | Place::Line, _) => {
                self.place = Place::Line;
                return 0;
            }
        }
        1
    }

    /// What follows is the middle of a line for us, whatever it would be for others.
    fn lone(&mut self, out: &mut Vec<u8>) {
        self.bare_newline = true;
        out.extend_from_slice(b"\r\n");
        self.place = Place::Line;
    }
}

/// How many bytes there are at the beginning of which each, with the one behind it, is ordinary; by
/// blocks that a compiler makes a few instructions of.
fn ordinary_length(input: &[u8]) -> usize {
    const BLOCK: usize = 64;
    let (these, next) = (input, input.get(1..).unwrap_or_default());
    let blocks = these.chunks_exact(BLOCK).zip(next.chunks_exact(BLOCK));
    let is_odd = |(these, next): &(&[u8], &[u8])| {
        let pairs = these.iter().zip(next.iter());
        let odd = pairs.fold(0, |odd, (&this, &next)| {
            let lone = (this == b'\r') ^ (next == b'\n');
            let dot = (this == b'\n') & (next == b'.');
            odd | u8::from(lone | dot)
        });
        odd != 0
    };
    let ordinary = blocks.take_while(|block| !is_odd(block)).count();
    ordinary * BLOCK
}

/// Makes of content, in pieces cut anywhere, a stream for the next hop.
#[derive(Debug)]
pub struct Encoder {
    at_line_start: bool,
}

impl Default for Encoder {
    fn default() -> Self {
        Self {
            at_line_start: true,
        }
    }
}

impl Encoder {
    pub fn encode(&mut self, content: &[u8], out: &mut Vec<u8>) {
        let Some(last) = content.last() else { return };
        out.reserve(content.len());
        if self.at_line_start && content[0] == b'.' {
            out.push(b'.');
        }
        let mut from = 0;
        for found in memmem::find_iter(content, b"\n.") {
            out.extend_from_slice(&content[from..=found]);
            out.push(b'.');
            from = found + 1;
        }
        out.extend_from_slice(&content[from..]);
        self.at_line_start = *last == b'\n';
    }

    pub fn end(self, out: &mut Vec<u8>) {
        if !self.at_line_start {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b".\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In one piece, and byte by byte: (content, what follows the end, whether a newline was bare).
    fn decoded(stream: &[u8]) -> Option<(Vec<u8>, usize, bool)> {
        let mut results = [stream.len().max(1), 1].map(|step| {
            let (mut decoder, mut out, mut used) = (Decoder::default(), Vec::new(), 0);
            for piece in stream.chunks(step) {
                used += decoder.decode(piece, &mut out);
            }
            decoder
                .ended
                .then_some((out, stream.len() - used, decoder.bare_newline))
        });
        assert_eq!(results[0], results[1]);
        results[0].take()
    }

    #[test]
    fn end_of_data() {
        let check = |stream: &str, expected: Option<(&str, usize, bool)>| {
            let expected = expected.map(|(c, rest, bare)| (c.as_bytes().to_vec(), rest, bare));
            assert_eq!(decoded(stream.as_bytes()), expected, "{stream:?}");
        };
        check(".\r\n", Some(("", 0, false)));
        check("a\r\n.\r\nQUIT\r\n", Some(("a\r\n", 6, false)));
        check(
            "..a\r\n..\r\n.b\r\n.\r\n",
            Some((".a\r\n.\r\nb\r\n", 0, false)),
        );
        check("a\n.\r\n.\r\n", Some(("a\r\n.\r\n", 0, true)));
        check("a\r\n.\n\r\n.\r\n", Some(("a\r\n\r\n\r\n", 0, true)));
        check("a\r.\r\n.\r\n", Some(("a\r\n.\r\n", 0, true)));
        check("a\r\n.\r.\r\n.\r\n", Some(("a\r\n\r\n.\r\n", 0, true)));
        check("a\r\r\n.\r\n", Some(("a\r\n\r\n", 0, true)));
        check("a\n.\n", None);
        check("a\r.\r", None);
        check("a\r\n.\r", None);
        check("a\r\n.\n", None);
    }

    proptest::proptest! {
        #[test]
        fn there_and_back(lines in proptest::collection::vec("[.a\0é]{0,4}", 0..6), step in 1usize..9) {
            let content: Vec<u8> = lines.iter().flat_map(|l| [l.as_bytes(), b"\r\n"].concat()).collect();
            let (mut encoder, mut stream) = (Encoder::default(), Vec::new());
            content.chunks(step).for_each(|piece| encoder.encode(piece, &mut stream));
            encoder.end(&mut stream);
            proptest::prop_assert_eq!(decoded(&stream), Some((content, 0, false)));
        }

        /// By blocks or byte by byte, long streams are the same (`decoded` reads them both ways).
        #[test]
        fn by_blocks(pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "a line of usual length, as most of a mail has them\r\n", "\r\n", "b", ".", "\r", "\n",
                "..\r\n", ".\r\n", "a word that goes on and on without an end of its line ",
            ]), 0..40)) {
            decoded(pieces.concat().as_bytes());
        }

        /// Whatever comes in: what goes on ends where we saw the end, and nowhere before.
        #[test]
        fn no_second_message(stream in "([.a\r\n]{0,40}|(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa[.a\r\n]{0,4}){0,9})") {
            if let Some((content, ..)) = decoded(stream.as_bytes()) {
                let (mut encoder, mut sent) = (Encoder::default(), Vec::new());
                encoder.encode(&content, &mut sent);
                encoder.end(&mut sent);
                let text = String::from_utf8(sent).unwrap();
                let lines: Vec<&str> = text.split("\r\n").collect();
                proptest::prop_assert!(!lines.iter().any(|line| line.contains(['\r', '\n'])));
                proptest::prop_assert_eq!(lines.iter().position(|l| *l == "."), Some(lines.len() - 2));
            }
        }
    }
}
