//! Codes as a rule names them: `5.1.*`, `5.7.606-649`, `550`, `55*`.

use std::str::FromStr;

use crate::mail::{EnhancedStatusCode, ReplyCode};

/// From, to.
type Numbers = (u16, u16);

const ANY: Numbers = (0, u16::MAX);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusPattern {
    class: Numbers,
    subject: Numbers,
    detail: Numbers,
}

impl StatusPattern {
    pub fn is(self, status: EnhancedStatusCode) -> bool {
        let holds = |(from, to): Numbers, number: u16| (from..=to).contains(&number);
        holds(self.class, status.class.into())
            && holds(self.subject, status.subject)
            && holds(self.detail, status.detail)
    }

    /// The only one that it is, if there is but one.
    pub fn only(self) -> Option<EnhancedStatusCode> {
        let one = |(from, to)| (from == to).then_some(from);
        Some(EnhancedStatusCode {
            class: u8::try_from(one(self.class)?).ok()?,
            subject: one(self.subject)?,
            detail: one(self.detail)?,
        })
    }

    pub fn covers(self, other: Self) -> bool {
        covers(self.class, other.class)
            && covers(self.subject, other.subject)
            && covers(self.detail, other.detail)
    }
}

impl FromStr for StatusPattern {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('.');
        let mut next = || parts.next().map(numbers).unwrap_or(Err(()));
        let class = next()?;
        let subject = next()?;
        // `5.*` is `5.*.*`
        let detail = match next() {
            Err(()) if subject == ANY && text.matches('.').count() == 1 => ANY,
            detail => detail?,
        };
        match parts.next() {
            None => Ok(Self {
                class,
                subject,
                detail,
            }),
            Some(_) => Err(()),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplyPattern(Numbers);

impl ReplyPattern {
    pub fn is(self, reply: ReplyCode) -> bool {
        (self.0.0..=self.0.1).contains(&reply.number())
    }

    pub fn covers(self, other: Self) -> bool {
        covers(self.0, other.0)
    }
}

impl FromStr for ReplyPattern {
    type Err = ();

    /// `550`, `550-559`, `55*`, `5**`, `5*`
    fn from_str(text: &str) -> Result<Self, ()> {
        if let Some(start) = text.split_once('*').map(|(start, _)| start) {
            let open = text[start.len()..].bytes().all(|byte| byte == b'*');
            let first: u16 = start.parse().map_err(drop)?;
            let width = match (start.len(), open) {
                (1, true) => 100,
                (2, true) if text.len() == 3 => 10,
                _ => return Err(()),
            };
            return Ok(Self((first * width, first * width + width - 1)));
        }
        let (from, to) = numbers(text)?;
        let is_reply = |number| (200..600).contains(&number);
        (is_reply(from) && is_reply(to))
            .then_some(Self((from, to)))
            .ok_or(())
    }
}

fn covers(outer: Numbers, inner: Numbers) -> bool {
    outer.0 <= inner.0 && inner.1 <= outer.1
}

/// `*`, `x`, `606`, `606-649`
fn numbers(text: &str) -> Result<Numbers, ()> {
    let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse::<u16>().map_err(drop),
        false => Err(()),
    };
    match text {
        "*" | "x" | "X" => Ok(ANY),
        _ => match text.split_once('-') {
            Some((from, to)) => {
                let (from, to) = (number(from)?, number(to)?);
                (from <= to).then_some((from, to)).ok_or(())
            }
            None => number(text).map(|one| (one, one)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_a_glob_or_a_range() {
        fn check(pattern: &str, status: &str, expected: bool) {
            let pattern: StatusPattern = pattern.parse().expect("a pattern");
            assert_eq!(
                pattern.is(status.parse().expect("a status")),
                expected,
                "{status}"
            );
        }
        check("5.1.*", "5.1.10", true);
        check("5.1.*", "5.2.1", false);
        check("5.7.606-649", "5.7.610", true);
        check("5.7.606-649", "5.7.650", false);
        check("*.2.2", "4.2.2", true);
        check("5.*", "5.7.1", true);
        for wrong in ["", "5", "5.1", "5.1.1.1", "a.b.c", "5.1.9-3", "550"] {
            assert!(wrong.parse::<StatusPattern>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_reply_is_one_or_many() {
        fn check(pattern: &str, reply: &str, expected: bool) {
            let pattern: ReplyPattern = pattern.parse().expect("a pattern");
            assert_eq!(
                pattern.is(reply.parse().expect("a reply")),
                expected,
                "{reply}"
            );
        }
        check("55*", "552", true);
        check("55*", "560", false);
        check("5**", "599", true);
        check("450-452", "451", true);
        for wrong in ["", "5", "5.1.1", "5*1", "600", "*"] {
            assert!(wrong.parse::<ReplyPattern>().is_err(), "{wrong}");
        }
    }
}
