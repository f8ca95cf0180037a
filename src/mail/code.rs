//! Reply codes (RFC 5321 §4.2) and enhanced status codes (RFC 3463).

use std::fmt;
use std::str::FromStr;

/// Three digits in front of a reply, `550`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyCode(u16);

impl ReplyCode {
    /// The class: 2 done, 3 go on, 4 not now, 5 never.
    pub fn class(self) -> u8 {
        u8::try_from(self.0 / 100).unwrap_or(0)
    }

    pub fn number(self) -> u16 {
        self.0
    }
}

impl FromStr for ReplyCode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit());
        match text.parse() {
            Ok(code @ 200..=599) if digits => Ok(Self(code)),
            _ => Err(()),
        }
    }
}

impl fmt::Display for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// `5.1.1`: class, subject, detail. Numbers stay as wide as they came: 5.7.606 is no 5.7.255.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnhancedStatusCode {
    pub class: u8,
    pub subject: u16,
    pub detail: u16,
}

impl EnhancedStatusCode {
    /// Says no more than its class and, perhaps, its subject: `5.0.0`, and `5.0.x` at all.
    pub fn is_generic(self) -> bool {
        self.subject == 0
    }
}

impl FromStr for EnhancedStatusCode {
    type Err = ();

    /// RFC 3463 §2: class 2, 4 or 5, and two numbers of up to three digits.
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut numbers = text.split('.');
        let (class, subject, detail) = (numbers.next(), numbers.next(), numbers.next());
        let class = match class {
            Some("2") => 2,
            Some("4") => 4,
            Some("5") => 5,
            _ => return Err(()),
        };
        match (
            subject.and_then(number),
            detail.and_then(number),
            numbers.next(),
        ) {
            (Some(subject), Some(detail), None) => Ok(Self {
                class,
                subject,
                detail,
            }),
            _ => Err(()),
        }
    }
}

fn number(text: &str) -> Option<u16> {
    let digits = (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

impl fmt::Display for EnhancedStatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_written() {
        fn check(text: &str, expected: Option<&str>) {
            let code = text.parse::<EnhancedStatusCode>().map(|c| c.to_string());
            assert_eq!(code.ok().as_deref(), expected, "{text}");
        }
        check("5.1.1", Some("5.1.1"));
        check("5.7.606", Some("5.7.606"));
        check("3.1.1", None);
        check("5.1", None);
        check("5.1.1.1", None);
        check("5.1.1000", None);
        check("5.+1.1", None);
        assert!("550".parse::<ReplyCode>().is_ok());
        assert!("650".parse::<ReplyCode>().is_err());
        assert!("+55".parse::<ReplyCode>().is_err());
    }
}
