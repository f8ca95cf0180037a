//! The `Received` field (RFC 5321 §4.4) that a relay puts in front.

use std::borrow::Cow;
use std::net::IpAddr;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// One step of a message's way.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// As the client named itself.
    pub hello: &'a str,
    pub peer: Option<IpAddr>,
    pub hostname: &'a str,
    pub protocol: &'static str,
    pub id: &'a str,
    pub at: OffsetDateTime,
}

impl Received<'_> {
    pub fn field(&self) -> String {
        let date = self
            .at
            .replace_nanosecond(0)
            .ok()
            .and_then(|at| at.format(&Rfc2822).ok());
        let date = date.as_deref();
        [
            "Received: from ",
            &sanitised(self.hello),
            " (",
            &self.peer.map_or("local".into(), literal),
            ")\r\n\tby ",
            &sanitised(self.hostname),
            " with ",
            self.protocol,
            " id ",
            self.id,
            ";\r\n\t",
            date.unwrap_or("Thu, 01 Jan 1970 00:00:00 +0000"),
            "\r\n",
        ]
        .concat()
    }
}

/// RFC 5321 §4.1.3.
fn literal(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => format!("[{v4}]"),
        IpAddr::V6(v6) => format!("[IPv6:{v6}]"),
    }
}

/// A name from a stranger: what cannot stand in a domain or an address literal becomes `?`.
fn sanitised(name: &str) -> Cow<'_, str> {
    const LONGEST: usize = 255;
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
    if name.len() <= LONGEST && name.chars().all(allowed) {
        return name.into();
    }
    name.chars()
        .take(LONGEST)
        .map(|c| if allowed(c) { c } else { '?' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field() {
        let received = Received {
            hello: "evil\r\n(x);",
            peer: "::ffff:192.0.2.1".parse().ok(),
            hostname: "mx.example.org",
            protocol: "ESMTP",
            id: "1",
            at: OffsetDateTime::UNIX_EPOCH,
        };
        let expected = "Received: from evil???x?? ([192.0.2.1])\r\n\tby mx.example.org with ESMTP id 1;\
                        \r\n\tThu, 01 Jan 1970 00:00:00 +0000\r\n";
        assert_eq!(received.field(), expected);
    }
}
