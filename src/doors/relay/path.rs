//! MAIL and RCPT: a path and parameters (RFC 5321 §4.1.2).

use super::command::syntax;
use super::reply::Reply;

/// MAIL or RCPT: the path without its brackets, and the parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathCommand {
    pub path: String,
    pub parameters: Vec<Parameter>,
}

/// As it came; `xtext` (RFC 3461 §4) is not decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// In upper case.
    pub keyword: String,
    pub value: Option<String>,
    pub raw: String,
}

impl PathCommand {
    pub fn parameter(&self, keyword: &str) -> Option<&Parameter> {
        self.parameters
            .iter()
            .find(|parameter| parameter.keyword == keyword)
    }

    /// The command for the next hop, without its CR LF.
    pub fn write(&self, verb: &str, out: &mut Vec<u8>) {
        for piece in [verb, ":<", &self.path, ">"] {
            out.extend_from_slice(piece.as_bytes());
        }
        for parameter in &self.parameters {
            out.push(b' ');
            out.extend_from_slice(parameter.raw.as_bytes());
        }
    }
}

/// `FROM:<path> parameters`; a space behind the colon is what some clients write.
pub fn path_command(word: &str, rest: &str) -> Result<PathCommand, Reply> {
    let wrong = || syntax(&format!("Syntax: {word}<address> parameters"));
    let (said, rest) = rest.split_at_checked(word.len()).ok_or_else(wrong)?;
    if !said.eq_ignore_ascii_case(word) {
        return Err(wrong());
    }
    let (path, rest) = bracketed(rest.trim_start_matches(' ')).ok_or_else(wrong)?;
    if !rest.is_empty() && !rest.starts_with(' ') {
        return Err(wrong());
    }
    if word == "TO:" && path.is_empty() {
        return Err(Reply::new(501, "5.1.3 A recipient is needed"));
    }
    let words = rest.split(' ').filter(|word| !word.is_empty());
    let parameters = words.map(parameter).collect::<Option<Vec<_>>>();
    let parameters = parameters.ok_or_else(|| syntax("a parameter is malformed"))?;
    // Said twice, two readers may take either.
    if is_said_twice(&parameters) {
        return Err(syntax("a parameter stands there twice"));
    }
    Ok(PathCommand {
        path: path.to_owned(),
        parameters,
    })
}

fn is_said_twice(parameters: &[Parameter]) -> bool {
    let mut seen = parameters.iter().enumerate();
    seen.any(|(n, one)| parameters[..n].iter().any(|p| p.keyword == one.keyword))
}

/// What stands between `<` and its `>`, which may also stand in a quoted string, and the rest.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('<')?;
    let (mut quoted, mut escaped) = (false, false);
    // A quoted string is a whole local part (RFC 5321 §4.1.2). Of any other, readers may differ where
    // it ends, and so does what it hides.
    let (mut odd, mut hides) = (false, false);
    let mut before = '<';
    for (at, c) in inner.char_indices() {
        odd |= before == '"' && !quoted && !matches!(c, '@' | '>');
        hides |= quoted && matches!(c, ' ' | '<' | '>');
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => {
                // Behind the colon of a source route, which begins with `@`.
                let is_first = at == 0 || before == ':' && inner.starts_with('@');
                odd |= !quoted && !is_first;
                quoted = !quoted;
            }
            '>' if !quoted => {
                return (!odd || !hides).then_some((&inner[..at], &inner[at + 1..]));
            }
            ' ' | '<' if !quoted => return None,
            _ => {}
        }
        before = c;
    }
    None
}

/// `esmtp-param` of RFC 5321 §4.1.2.
fn parameter(raw: &str) -> Option<Parameter> {
    let (keyword, value) = match raw.split_once('=') {
        Some((keyword, value)) => (keyword, Some(value)),
        None => (raw, None),
    };
    let well_formed = keyword.starts_with(|c: char| c.is_ascii_alphanumeric())
        && keyword
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-')
        && value.is_none_or(|value| !value.is_empty() && !value.contains('='));
    well_formed.then(|| Parameter {
        keyword: keyword.to_ascii_uppercase(),
        value: value.map(str::to_owned),
        raw: raw.to_owned(),
    })
}
