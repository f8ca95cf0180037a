//! What XCLIENT and XFORWARD say, attribute by attribute.

use super::command::syntax;
use super::reply::Reply;

/// `NAME=value` of XCLIENT and XFORWARD; the value is xtext, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// In upper case.
    pub name: String,
    pub value: String,
}

impl Attribute {
    /// It says that it says nothing.
    pub fn is_unknown(&self) -> bool {
        let known = ["[UNAVAILABLE]", "[TEMPUNAVAIL]"];
        known
            .iter()
            .any(|name| self.value.eq_ignore_ascii_case(name))
    }

    /// What the value says; none where it says that it says nothing, or is no xtext of printable
    /// ASCII.
    pub fn decoded(&self) -> Option<String> {
        let said = self.xtext().filter(|_| !self.is_unknown())?;
        let is_printable = said.iter().all(u8::is_ascii_graphic);
        is_printable.then(|| String::from_utf8(said).ok()).flatten()
    }

    /// The octets that the value stands for (RFC 3461 §4), whatever they are.
    pub fn xtext(&self) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let mut rest = self.value.bytes();
        while let Some(byte) = rest.next() {
            out.push(match byte {
                b'+' => digit(rest.next()?)? << 4 | digit(rest.next()?)?,
                byte => byte,
            });
        }
        Some(out)
    }
}

/// The command with these attributes, in lines that every server takes (RFC 5321 §4.5.3.1.4).
pub fn lines(verb: &str, attributes: &[Attribute]) -> Vec<String> {
    const LONGEST: usize = 510;
    let mut lines: Vec<String> = Vec::new();
    for Attribute { name, value } in attributes {
        let more = format!(" {name}={value}");
        match lines.last_mut() {
            Some(line) if line.len() + more.len() <= LONGEST => line.push_str(&more),
            _ => lines.push(format!("{verb}{more}")),
        }
    }
    lines
}

fn digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

/// `NAME=value NAME=value`, the values as they came.
pub fn attributes(rest: &str) -> Result<Vec<Attribute>, Reply> {
    let attribute = |word: &str| {
        let (name, value) = word.split_once('=')?;
        let good = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let good = good && value.is_ascii() && !value.is_empty();
        good.then(|| Attribute {
            name: name.to_ascii_uppercase(),
            value: value.to_owned(),
        })
    };
    let words = rest.split(' ').filter(|word| !word.is_empty());
    let all: Option<Vec<_>> = words.map(attribute).collect();
    all.filter(|all| !all.is_empty())
        .ok_or_else(|| syntax("attributes are needed, as in NAME=value"))
}
