//! What receivers mean by a code that a person asks for, and what it is in another spelling.

use super::pattern::Pattern;
use super::spoken::{Speaker, Spoken};
use super::{ALL, Asked, Code, of_receivers, of_reply, registered};

/// One of the things that a code means.
#[derive(Debug, Clone)]
pub struct Reading {
    pub code: Code,
    /// The code that was asked for as this reading spells it: `451` of `4.5.1`, `5.5.0` of `550`.
    pub spelled: Option<String>,
}

/// Those whose lists write enhanced codes without their dots, and replies with dots.
const RESPELLS: &str = "exchange/";

impl Asked {
    /// All that receivers mean by it, in the order of their files, and behind that, what it is with
    /// dots put in or left out, as old lists have it.
    pub fn readings(&self) -> Vec<Reading> {
        let plain = |code: Code| Reading {
            code,
            spelled: None,
        };
        match self {
            Self::Own(text) => own(text).into_iter().map(plain).collect(),
            Self::Reply(reply) => {
                let number = reply.number();
                let mut out: Vec<Reading> = of_receivers()
                    .filter(|code| code.0.pattern == Pattern::Reply(number))
                    .map(plain)
                    .collect();
                out.extend(with_dots(number));
                out
            }
            Self::Status {
                class,
                subject,
                detail,
            } => {
                let mut out: Vec<Reading> = of_receivers()
                    .filter(|code| code.0.pattern.covers(*class, *subject, *detail))
                    .map(plain)
                    .collect();
                out.extend(without_dots(*class, *subject, *detail));
                out
            }
        }
    }
}

/// A code of a receiver's own: as the files have it, or as replies have it.
fn own(text: &str) -> Vec<Code> {
    let named: Vec<Code> = of_receivers()
        .filter(|code| code.0.pattern == Pattern::Token && code.code().eq_ignore_ascii_case(text))
        .collect();
    if !named.is_empty() {
        return named;
    }
    let spoken = Spoken::hear(&text.to_lowercase(), Speaker::default());
    let entries = spoken.tokens().iter().map(|&entry| &ALL.entries[entry]);
    entries.map(Code).collect()
}

/// `550` as 5.5.0.
fn with_dots(number: u16) -> Vec<Reading> {
    let class = (number / 100) as u8;
    let (subject, detail) = (number / 10 % 10, number % 10);
    if class < 4 {
        return Vec::new();
    }
    let registered = registered(None, Some(subject), Some(detail));
    let respelled = of_receivers().filter(|code| {
        let covers = code
            .0
            .pattern
            .covers(Some(class), Some(subject), Some(detail));
        code.key().starts_with(RESPELLS) && covers
    });
    let spelled = |code| Reading {
        code,
        spelled: Some(format!("{class}.{subject}.{detail}")),
    };
    registered
        .into_iter()
        .chain(respelled)
        .map(spelled)
        .collect()
}

/// `4.5.1` as 451.
fn without_dots(class: Option<u8>, subject: Option<u16>, detail: Option<u16>) -> Option<Reading> {
    let (class, subject, detail) = (class?, subject?, detail?);
    let number = format!("{class}{subject}{detail}");
    let code = of_reply(number.parse().ok()?)?;
    let spelled = Some(number);
    Some(Reading { code, spelled })
}
