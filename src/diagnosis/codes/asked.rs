//! A code as a person types it, and the entries that answer.

use std::fmt;
use std::str::FromStr;

use super::{Code, of_reply, registered};
use crate::diagnosis::Cause;
use crate::mail::ReplyCode;

/// `5.1.1`, `#5.1.1`, `5.7.x`, `5.x`, `X.1.1`, `5.7.606-649`; `550`, `550 5.7.1`; `511`, the old way
/// to write 5.1.1; `TSS04`, what one receiver alone gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    Reply(ReplyCode),
    /// What is `None` was left open.
    Status {
        class: Option<u8>,
        subject: Option<u16>,
        detail: Option<u16>,
    },
    Own(String),
}

impl Asked {
    /// The registry's entry for this very code, or the nearest wider one.
    pub fn look_up(&self) -> Option<Code> {
        let (class, subject, detail) = match *self {
            Self::Reply(reply) => return of_reply(reply),
            Self::Own(_) => return None,
            Self::Status {
                class,
                subject,
                detail,
            } => (class, subject, detail),
        };
        // most details say what failed
        let failed = |code: &Code| code.cause_of(class) != Cause::Delivered;
        let fits = |code: &Code| class != Some(2) || detail.is_none() || !failed(code);
        let exact = || registered(None, Some(subject?), Some(detail?)).filter(fits);
        let of_subject = || registered(None, Some(subject?), None).filter(fits);
        let of_class = || registered(Some(class?), None, None);
        exact().or_else(of_subject).or_else(of_class)
    }

    /// Whether anything is known of it.
    pub fn is_known(&self) -> bool {
        self.look_up().is_some() || !self.readings().is_empty()
    }

    /// Whether the entry is for this very code, and no wider one.
    pub fn is_listed_as(&self, code: Code) -> bool {
        match *self {
            Self::Reply(_) | Self::Own(_) => true,
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
                code.code() == format!("X.{subject}.{detail}")
            }
        }
    }

    pub fn class(&self) -> Option<u8> {
        match self {
            Self::Reply(reply) => Some(reply.class()),
            Self::Status { class, .. } => *class,
            Self::Own(_) => None,
        }
    }
}

impl FromStr for Asked {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim();
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            [code] => of_one_word(code),
            // what stands behind a reply code says more
            [reply, code, ..] if reply.parse::<ReplyCode>().is_ok() => {
                of_one_word(code).or_else(|()| of_one_word(reply))
            }
            _ => Err(()),
        }
        .or_else(|()| own(text))
    }
}

fn of_one_word(text: &str) -> Result<Asked, ()> {
    let text = text.trim_start_matches('#');
    if !text.contains('.') {
        return three_digits(text);
    }
    // of a range, its first code
    let text = text.split('-').next().unwrap_or(text);
    let numbers: Vec<_> = text.split('.').map(number).collect::<Result<_, ()>>()?;
    match *numbers.as_slice() {
        [class, subject] => status(class, subject, None),
        [Some(3), Some(subject), Some(detail)] => three_digits(&format!("3{subject}{detail}")),
        [class, subject, detail] => status(class, subject, detail),
        _ => Err(()),
    }
}

fn own(text: &str) -> Result<Asked, ()> {
    let asked = Asked::Own(text.to_owned());
    if asked.is_known() { Ok(asked) } else { Err(()) }
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
        match self {
            Self::Reply(reply) => write!(f, "{reply}"),
            Self::Own(code) => write!(f, "{code}"),
            Self::Status {
                class,
                subject,
                detail,
            } => {
                let class = number(class.map(u16::from));
                write!(f, "{class}.{}.{}", number(*subject), number(*detail))
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
            let found = text.parse::<Asked>().ok().and_then(|asked| asked.look_up());
            assert_eq!(found.map(Code::code), expected, "{text}");
        }
        check("5.1.1", Some("X.1.1"));
        check("#5.1.1", Some("X.1.1"));
        check("X.1.1", Some("X.1.1"));
        check("511", Some("X.1.1"));
        check("550", Some("550"));
        check("550 5.7.1", Some("X.7.1"));
        check("5.7.x", Some("X.7.X"));
        check("5.x", Some("5.X.X"));
        check("5.99.1", Some("5.X.X"));
        check("5.7.606-649", Some("X.7.X"));
        check("2.1.1", Some("2.X.X"));
        check("2.1.5", Some("X.1.5"));
        check("3.5.4", Some("354"));
        check("x.x.x", None);
        check("9.1.1", None);
        check("55", None);
        check("5.1.1.1", None);
        check("", None);
    }
}
