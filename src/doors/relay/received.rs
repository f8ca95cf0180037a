//! The `Received` field (RFC 5321 §4.4) that a relay puts in front.

use std::borrow::Cow;
use std::net::IpAddr;

use time::{OffsetDateTime, UtcOffset};

use crate::mail::put_ip;

/// Most fields are no longer.
const USUAL_LENGTH: usize = 192;

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
        let mut field = String::with_capacity(USUAL_LENGTH);
        field.push_str("Received: from ");
        field.push_str(&sanitised(self.hello));
        field.push_str(" (");
        literal(&mut field, self.peer);
        field.push_str(")\r\n\tby ");
        field.push_str(&sanitised(self.hostname));
        field.push_str(" with ");
        field.push_str(self.protocol);
        field.push_str(" id ");
        field.push_str(self.id);
        field.push_str(";\r\n\t");
        date(&mut field, self.at);
        field.push_str("\r\n");
        field
    }
}

/// RFC 5321 §4.1.3.
fn literal(field: &mut String, peer: Option<IpAddr>) {
    let Some(peer) = peer.map(|peer| peer.to_canonical()) else {
        return field.push_str("local");
    };
    field.push_str(if peer.is_ipv6() { "[IPv6:" } else { "[" });
    put_ip(field, peer);
    field.push(']');
}

/// RFC 5322 §3.3, without `write!`, as there is one for each message.
fn date(field: &mut String, at: OffsetDateTime) {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let at = at.to_offset(UtcOffset::UTC);
    let weekday = DAYS[usize::from(at.weekday().number_days_from_monday())];
    let month = MONTHS[usize::from(u8::from(at.month())) - 1];
    let (hour, minute, second) = at.to_hms();
    field.push_str(weekday);
    field.push_str(", ");
    two_digits(field, at.day());
    for piece in [" ", month, " ", itoa::Buffer::new().format(at.year())] {
        field.push_str(piece);
    }
    for (mark, number) in [(' ', hour), (':', minute), (':', second)] {
        field.push(mark);
        two_digits(field, number);
    }
    field.push_str(" +0000");
}

fn two_digits(field: &mut String, number: u8) {
    field.push(char::from(b'0' + number / 10));
    field.push(char::from(b'0' + number % 10));
}

/// A name from a stranger: what cannot stand in a domain or an address literal becomes `?`.
fn sanitised(name: &str) -> Cow<'_, str> {
    const LONGEST: usize = 255;
    let inner = name.strip_prefix('[').and_then(|n| n.strip_suffix(']'));
    let in_domain = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    let in_literal = |c: char| in_domain(c) || c == ':';
    if name.len() <= LONGEST
        && (name.chars().all(in_domain)
            || inner.is_some_and(|inner| !inner.is_empty() && inner.chars().all(in_literal)))
    {
        return name.into();
    }
    name.chars()
        .take(LONGEST)
        .map(|c| if in_domain(c) { c } else { '?' })
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
