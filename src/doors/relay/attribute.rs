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
        ["[UNAVAILABLE]", "[TEMPUNAVAIL]"].contains(&self.value.as_str())
    }

    /// What the value says (RFC 3461 §4); none where it says that it says nothing, or is no xtext
    /// of printable ASCII.
    pub fn decoded(&self) -> Option<String> {
        if self.is_unknown() {
            return None;
        }
        let mut out = String::new();
        let mut rest = self.value.chars();
        while let Some(c) = rest.next() {
            let c = match c {
                '+' => {
                    let digits: String = rest.by_ref().take(2).collect();
                    if digits.len() != 2 || digits.starts_with('+') {
                        return None;
                    }
                    char::from(u8::from_str_radix(&digits, 16).ok()?)
                }
                c => c,
            };
            if !c.is_ascii_graphic() {
                return None;
            }
            out.push(c);
        }
        Some(out)
    }
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
