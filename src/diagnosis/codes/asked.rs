//! A code as a person types it, and the entry that answers.

use std::fmt;
use std::str::FromStr;

use super::{Code, entry, of_reply};
use crate::mail::ReplyCode;

/// `5.1.1`, `#5.1.1`, `5.7.x`, `5.x`, `X.1.1`; `550`; and `511`, the old way to write 5.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Reply(ReplyCode),
    /// What is `None` was left open.
    Status {
        class: Option<u8>,
        subject: Option<u16>,
        detail: Option<u16>,
    },
}

impl Asked {
    /// The entry for this very code, or the nearest wider one.
    pub fn look_up(self) -> Option<&'static Code> {
        let (class, subject, detail) = match self {
            Self::Reply(reply) => return of_reply(reply),
            Self::Status {
                class,
                subject,
                detail,
            } => (class, subject, detail),
        };
        let exact = || entry(&format!("X.{}.{}", subject?, detail?));
        let of_subject = || entry(&format!("X.{}.X", subject?));
        let of_class = || entry(&format!("{}.X.X", class?));
        exact().or_else(of_subject).or_else(of_class)
    }

    /// Whether the entry is for this very code, and no wider one.
    pub fn is_listed_as(self, code: &Code) -> bool {
        match self {
            Self::Reply(_) => true,
            Self::Status {
                class,
                subject: None,
                ..
            } => class.is_some(),
            Self::Status {
                subject: Some(subject),
                detail,
                ..
            } => {
                let detail = detail.map_or_else(|| "X".to_owned(), |detail| detail.to_string());
                code.code == format!("X.{subject}.{detail}")
            }
        }
    }

    pub fn class(self) -> Option<u8> {
        match self {
            Self::Reply(reply) => Some(reply.class()),
            Self::Status { class, .. } => class,
        }
    }
}

impl FromStr for Asked {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim().trim_start_matches('#');
        if !text.contains('.') {
            return three_digits(text);
        }
        let numbers: Vec<_> = text.split('.').map(number).collect::<Result<_, ()>>()?;
        let (class, subject, detail) = match numbers.as_slice() {
            [class, subject] => (*class, *subject, None),
            [class, subject, detail] => (*class, *subject, *detail),
            _ => return Err(()),
        };
        status(class, subject, detail)
    }
}

/// A reply code, or where none is known, the three numbers of a status code without its dots.
fn three_digits(text: &str) -> Result<Asked, ()> {
    let reply: ReplyCode = text.parse()?;
    if of_reply(reply).is_some() {
        return Ok(Asked::Reply(reply));
    }
    let digits: Vec<u16> = text.bytes().map(|digit| u16::from(digit - b'0')).collect();
    status(Some(digits[0]), Some(digits[1]), Some(digits[2]))
}

fn status(class: Option<u16>, subject: Option<u16>, detail: Option<u16>) -> Result<Asked, ()> {
    let class = match class {
        None if subject.is_some() => None,
        Some(class @ (2 | 4 | 5)) => Some(class as u8),
        _ => return Err(()),
    };
    if subject.is_none() && detail.is_some() {
        return Err(());
    }
    Ok(Asked::Status {
        class,
        subject,
        detail,
    })
}

/// A number, or an x where it is left open.
fn number(text: &str) -> Result<Option<u16>, ()> {
    if text.eq_ignore_ascii_case("x") {
        return Ok(None);
    }
    let digits = (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if digits {
        text.parse().map(Some).map_err(|_| ())
    } else {
        Err(())
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |number: Option<u16>| number.map_or("x".to_owned(), |n| n.to_string());
        match *self {
            Self::Reply(reply) => write!(f, "{reply}"),
            Self::Status {
                class,
                subject,
                detail,
            } => {
                let class = class.map(u16::from);
                write!(
                    f,
                    "{}.{}.{}",
                    number(class),
                    number(subject),
                    number(detail)
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_finds_its_entry() {
        fn check(text: &str, expected: Option<&str>) {
            let found = text.parse::<Asked>().ok().and_then(Asked::look_up);
            assert_eq!(found.map(|code| code.code.as_str()), expected, "{text}");
        }
        check("5.1.1", Some("X.1.1"));
        check("#5.1.1", Some("X.1.1"));
        check("X.1.1", Some("X.1.1"));
        check("511", Some("X.1.1"));
        check("550", Some("550"));
        check("5.7.x", Some("X.7.X"));
        check("5.x", Some("5.X.X"));
        check("5.99.1", Some("5.X.X"));
        check("x.x.x", None);
        check("9.1.1", None);
        check("55", None);
        check("5.1.1.1", None);
        check("", None);
    }
}
