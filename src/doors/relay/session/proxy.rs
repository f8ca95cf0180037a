//! HAProxy's PROXY header, versions 1 and 2
//! (<https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt>): what is no header to the letter
//! is none, as whom a connection is from decides what it may do.

use std::net::IpAddr;

use proxy_header::{ParseConfig, ProxyHeader};

/// Both versions fit, with more additions than anybody sends.
const LONGEST: usize = 4096;
/// §2.1, with its CR LF.
const LONGEST_LINE: usize = 107;
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// Signature, version and command, family, length.
const FIXED: usize = 16;

#[derive(Debug, PartialEq, Eq)]
pub enum Header {
    Whole {
        length: usize,
        /// None: the connection is the proxy's own, or it does not say.
        source: Option<IpAddr>,
    },
    /// It may become one.
    Part,
    None,
}

pub fn read(bytes: &[u8]) -> Header {
    let begins = |mark: &[u8]| bytes.starts_with(mark) || mark.starts_with(bytes);
    if begins(b"PROXY ") {
        line(bytes)
    } else if begins(SIGNATURE) {
        binary(bytes)
    } else {
        Header::None
    }
}

/// Version 1, §2.1.
fn line(bytes: &[u8]) -> Header {
    let seen = &bytes[..bytes.len().min(LONGEST_LINE)];
    let Some(end) = seen.iter().position(|byte| *byte == b'\n') else {
        return if seen.len() < LONGEST_LINE {
            Header::Part
        } else {
            Header::None
        };
    };
    let line = seen[..end]
        .strip_suffix(b"\r")
        .and_then(|line| std::str::from_utf8(line).ok());
    let words: Vec<&str> = line.unwrap_or_default().split(' ').collect();
    let good = match words[..] {
        ["PROXY", "UNKNOWN", ..] => true,
        ["PROXY", "TCP4" | "TCP6", _, _, from, to] => is_port(from) && is_port(to),
        _ => false,
    };
    if good { parsed(bytes) } else { Header::None }
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>()
        .is_ok_and(|port| port.to_string() == text)
}

/// Version 2, §2.2.
fn binary(bytes: &[u8]) -> Header {
    let Some(&[command, family, high, low]) = bytes.get(SIGNATURE.len()..FIXED) else {
        return Header::Part;
    };
    let rest = usize::from(u16::from_be_bytes([high, low]));
    announced(bytes, command, family, rest)
}

fn announced(bytes: &[u8], command: u8, family: u8, rest: usize) -> Header {
    let length = FIXED + rest;
    let needed = match family >> 4 {
        1 => 12,
        2 => 36,
        3 => 216,
        _ => 0,
    };
    match command {
        _ if length > LONGEST => Header::None,
        // LOCAL: the addresses are to be ignored, whatever they are.
        0x20 if bytes.len() >= length => Header::Whole {
            length,
            source: None,
        },
        0x21 if rest < needed => Header::None,
        0x20 | 0x21 if bytes.len() < length => Header::Part,
        0x21 if family >> 4 == 0 => Header::Whole {
            length,
            source: None,
        },
        0x21 => parsed(bytes),
        _ => Header::None,
    }
}

/// All of it is there.
fn parsed(bytes: &[u8]) -> Header {
    match ProxyHeader::parse(bytes, ParseConfig::default()) {
        Ok((header, length)) => {
            let proxied = header.proxied_address();
            let source = proxied.map(|proxied| proxied.source.ip().to_canonical());
            Header::Whole { length, source }
        }
        Err(_) => Header::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let check = |line: &str, expected: Header| {
            assert_eq!(read(line.as_bytes()), expected, "{line:?}");
        };
        let from = |length, source: &str| Header::Whole {
            length,
            source: source.parse().ok(),
        };
        check(
            "PROXY TCP4 192.0.2.5 192.0.2.1 1000 25\r\nEHLO",
            from(40, "192.0.2.5"),
        );
        check(
            "PROXY TCP6 2001:db8::1 ::1 1 2\r\n",
            from(32, "2001:db8::1"),
        );
        check("PROXY UNKNOWN\r\n", from(15, "none"));
        check("PROXY TCP4 192.0.2.5", Header::Part);
        check("PRO", Header::Part);
        check("P\r\n", Header::None);
        check("PROXY TCP4 192.0.2.5 192.0.2.1 +1 25\r\n", Header::None);
        check("PROXY TCP4 192.0.2.5 192.0.2.1 1000 25\n", Header::None);
        check("PROXY UNKNOWNxyz\r\n", Header::None);
        check("EHLO client.example\r\n", Header::None);
        check(&format!("PROXY UNKNOWN {}", "x".repeat(100)), Header::None);
    }

    #[test]
    fn binary_headers() {
        let check = |rest: &[u8], expected: Header| {
            assert_eq!(read(&[SIGNATURE, rest].concat()), expected, "{rest:?}");
        };
        let local = Header::Whole {
            length: 16,
            source: None,
        };
        check(&[0x20, 0x11, 0, 0], local);
        check(&[0x21, 0x11, 0, 11, 1, 2], Header::None);
        check(&[0x21, 0x11, 0, 12, 192, 0], Header::Part);
        let whole = [0x21, 0x11, 0, 12, 192, 0, 2, 5, 192, 0, 2, 1, 3, 232, 0, 25];
        let from = Header::Whole {
            length: 28,
            source: "192.0.2.5".parse().ok(),
        };
        check(&whole, from);
        check(&[0x31, 0x11, 0, 0], Header::None);
        check(&[0x21], Header::Part);
    }
}
