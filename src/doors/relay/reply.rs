//! Replies (RFC 5321 §4.2): ours, and those of the next hop, kept line by line as they came.

use std::io;

use super::alarm::Limit;
use super::wire::{Line, Wire};

/// RFC 5321 §4.5.3.1.5 says 512; longer lines are seen, endless ones are not waited for.
const LONGEST_LINE: usize = 4096;
const MOST_LINES: usize = 200;
/// Most replies are no longer.
const USUAL_LENGTH: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub code: u16,
    /// The text of all lines, behind code and hyphen, with a LF between any two.
    text: Vec<u8>,
    /// The last line is the code alone, without a space: `250` is a reply, and so it stays.
    bare: bool,
}

impl Reply {
    pub fn new(code: u16, text: &str) -> Self {
        Self {
            code,
            text: text.into(),
            bare: false,
        }
    }

    pub fn of_lines(code: u16, lines: &[String]) -> Self {
        Self::new(code, &lines.join("\n"))
    }

    /// The text of each line.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.text.split(|&byte| byte == b'\n')
    }

    /// As Postfix's proxy says it: whose fault, and no detail for strangers.
    pub fn next_hop_gone() -> Self {
        Self::new(
            451,
            "4.4.2 Connection with the next hop failed, please try again later",
        )
    }

    pub fn shutting_down() -> Self {
        Self::new(421, "4.3.2 Shutting down, please try again later")
    }

    pub fn next_hop_unreachable() -> Self {
        Self::new(
            451,
            "4.4.1 The next hop cannot be reached, please try again later",
        )
    }

    pub fn next_hop_confused() -> Self {
        Self::new(
            451,
            "4.5.0 The next hop gave no understandable reply, please try again later",
        )
    }

    pub fn is_positive(&self) -> bool {
        self.code / 100 == 2
    }

    pub fn is_permanent(&self) -> bool {
        self.code / 100 == 5
    }

    /// What is worst to hear: that it must come again, as then nobody has it for sure.
    pub fn gravity(&self) -> u8 {
        match self.code / 100 {
            4 => 2,
            5 => 1,
            _ => 0,
        }
    }

    /// One of those that can answer a command (RFC 5321 §4.2.1).
    fn fits(&self, expected: Expected) -> bool {
        match self.code / 100 {
            2 => expected == Expected::Completion,
            3 => expected == Expected::Intermediate && self.code == 354,
            class => class == 4 || class == 5,
        }
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        let mut code = itoa::Buffer::new();
        let code = code.format(self.code).as_bytes();
        let mut rest = self.text.as_slice();
        while let Some(end) = memchr::memchr(b'\n', rest) {
            write_line(out, code, b"-", &rest[..end]);
            rest = &rest[end + 1..];
        }
        write_line(out, code, if self.bare { b"" } else { b" " }, rest);
    }

    /// The first line as text, for the log.
    pub fn text(&self) -> String {
        let first = self.lines().next().unwrap_or_default();
        String::from_utf8_lossy(first).into_owned()
    }
}

fn write_line(out: &mut Vec<u8>, code: &[u8], mark: &[u8], text: &[u8]) {
    for piece in [code, mark, text, b"\r\n"] {
        out.extend_from_slice(piece);
    }
}

/// What a command asks for: `354`, or `2xx`; a refusal may always come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    Completion,
    Intermediate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoReply {
    /// The connection ended or broke.
    Gone,
    /// It was silent too long.
    Silent,
    /// Something came that is no reply, or not to what was asked.
    Garbage,
    /// No session was to be had: no connection, or a greeting that refuses.
    Unreachable,
}

impl NoReply {
    /// For the log.
    pub fn why(&self) -> &'static str {
        match self {
            Self::Gone => "connection-lost",
            Self::Silent => "timeout",
            Self::Garbage => "no-understandable-reply",
            Self::Unreachable => "unreachable",
        }
    }

    /// What the client hears of it: the mail may come again.
    pub fn for_client(&self) -> Reply {
        match self {
            Self::Gone | Self::Silent => Reply::next_hop_gone(),
            Self::Garbage => Reply::next_hop_confused(),
            Self::Unreachable => Reply::next_hop_unreachable(),
        }
    }
}

impl From<io::Error> for NoReply {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::TimedOut => Self::Silent,
            _ => Self::Gone,
        }
    }
}

/// Reads one reply, all its lines within the patience for one.
pub async fn read(wire: &mut Wire, expected: Expected) -> Result<Reply, NoReply> {
    read_within(&mut wire.limit(), wire, expected).await
}

pub async fn read_within(
    limit: &mut Limit,
    wire: &mut Wire,
    expected: Expected,
) -> Result<Reply, NoReply> {
    let mut text = Vec::with_capacity(USUAL_LENGTH);
    let mut code = None;
    for number in 0..MOST_LINES {
        let Line::Whole(line) = wire.line_within(limit, LONGEST_LINE, false).await? else {
            return Err(NoReply::Garbage);
        };
        let bare = line.len() == 3;
        let (said, more, words) = parsed(line).ok_or(NoReply::Garbage)?;
        // RFC 5321 §4.2.1: the code is the same on every line.
        if *code.get_or_insert(said) != said {
            return Err(NoReply::Garbage);
        }
        if number > 0 {
            text.push(b'\n');
        }
        text.extend_from_slice(words);
        if !more {
            let code = said;
            let reply = Reply { code, text, bare };
            return if reply.fits(expected) {
                Ok(reply)
            } else {
                Err(NoReply::Garbage)
            };
        }
    }
    Err(NoReply::Garbage)
}

/// Code, whether more lines follow, text.
fn parsed(line: &[u8]) -> Option<(u16, bool, &[u8])> {
    let (&digits, rest) = line.split_first_chunk::<3>()?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let code = digits
        .iter()
        .fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    let (more, text) = match rest {
        [] => (false, rest),
        [b' ', text @ ..] => (false, text),
        [b'-', text @ ..] => (true, text),
        _ => return None,
    };
    let control = |byte: &u8| (*byte < b' ' && *byte != b'\t') || *byte == 0x7f;
    let in_range = (200..600).contains(&code);
    (in_range && !text.iter().any(control)).then_some((code, more, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parsed_lines() {
        let check = |line: &str, expected: Option<(u16, bool, &str)>| {
            let expected = expected.map(|(code, more, text)| (code, more, text.as_bytes()));
            assert_eq!(parsed(line.as_bytes()), expected, "{line:?}");
        };
        check("250 2.0.0 Ok", Some((250, false, "2.0.0 Ok")));
        check("250-SIZE 1000", Some((250, true, "SIZE 1000")));
        check("250", Some((250, false, "")));
        check("250 ", Some((250, false, "")));
        check("25", None);
        check("+25 x", None);
        check("250_x", None);
        check("199 x", None);
        check("250 a\rb", None);
        check("HTTP/1.1 200 OK", None);
    }
}
