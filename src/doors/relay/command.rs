//! The commands of a client (RFC 5321 §4.1), read once into types.
//!
//! What is passed on is made of these parts, so that nothing passes that was not understood.

use std::borrow::Cow;

pub use super::attribute::Attribute;
use super::attribute::attributes;
use super::reply::Reply;
use super::wire::Line;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Hello {
        verb: Verb,
        name: String,
    },
    Mail(PathCommand),
    Rcpt(PathCommand),
    Data,
    Rset,
    Noop,
    Vrfy,
    Help,
    Quit,
    StartTls,
    /// RFC 3030: what follows it is content.
    Bdat(Chunk),
    /// Postfix's XCLIENT: who the client's client is.
    Xclient(Vec<Attribute>),
    /// Postfix's XFORWARD, to be passed on.
    Xforward(Vec<Attribute>),
}

/// How a client greets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Helo,
    Ehlo,
    /// RFC 2033 §4.1
    Lhlo,
}

/// A piece of a message, `BDAT size` or `BDAT size LAST`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    pub size: u64,
    pub last: bool,
}

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

/// A command, or the reply to what is none.
pub fn read(line: Line<'_>) -> Result<Command, Reply> {
    match line {
        Line::Whole(line) => parse(line),
        Line::Overlong => Err(Reply::new(500, "5.5.2 The line is too long")),
    }
}

fn parse(line: &[u8]) -> Result<Command, Reply> {
    let control = || Reply::new(500, "5.5.2 Control characters are not allowed in a command");
    // A lone CR or LF, a NUL: whoever sends it wants two readers to disagree.
    if line.iter().any(|byte| byte.is_ascii_control()) {
        return Err(control());
    }
    let Ok(line) = std::str::from_utf8(line) else {
        return Err(Reply::new(500, "5.5.2 Neither ASCII nor UTF-8"));
    };
    if !line.is_ascii() && line.chars().any(char::is_control) {
        return Err(control());
    }
    let line = line.trim_end_matches(' ');
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim_start_matches(' ');
    match &*in_capitals(verb) {
        "EHLO" => hello(Verb::Ehlo, rest),
        "HELO" => hello(Verb::Helo, rest),
        "LHLO" => hello(Verb::Lhlo, rest),
        "MAIL" => path_command("FROM:", rest).map(Command::Mail),
        "RCPT" => path_command("TO:", rest).map(Command::Rcpt),
        "DATA" => alone(Command::Data, rest),
        "RSET" => alone(Command::Rset, rest),
        "QUIT" => alone(Command::Quit, rest),
        "NOOP" => Ok(Command::Noop),
        "HELP" => Ok(Command::Help),
        "VRFY" if rest.is_empty() => Err(syntax("VRFY needs a string")),
        "VRFY" => Ok(Command::Vrfy),
        "BDAT" => bdat(rest),
        "STARTTLS" => alone(Command::StartTls, rest),
        "XCLIENT" => attributes(rest).map(Command::Xclient),
        "XFORWARD" => attributes(rest).map(Command::Xforward),
        "EXPN" | "ETRN" | "TURN" | "SEND" | "SOML" | "SAML" | "AUTH" => {
            Err(Reply::new(502, "5.5.1 Command not implemented"))
        }
        _ => Err(Reply::new(500, "5.5.1 Command not recognized")),
    }
}

/// As nearly all programs write it anyway.
fn in_capitals(word: &str) -> Cow<'_, str> {
    if word.bytes().any(|byte| byte.is_ascii_lowercase()) {
        word.to_ascii_uppercase().into()
    } else {
        word.into()
    }
}

pub(super) fn syntax(what: &str) -> Reply {
    Reply::new(501, &format!("5.5.4 {what}"))
}

fn hello(verb: Verb, name: &str) -> Result<Command, Reply> {
    if name.is_empty() || name.contains(' ') || !name.is_ascii() {
        return Err(syntax("a host name or address literal is needed"));
    }
    let name = name.to_owned();
    Ok(Command::Hello { verb, name })
}

fn alone(command: Command, rest: &str) -> Result<Command, Reply> {
    if rest.is_empty() {
        Ok(command)
    } else {
        Err(syntax("no parameter is allowed"))
    }
}

fn bdat(rest: &str) -> Result<Command, Reply> {
    let wrong = || syntax("BDAT needs a size, and perhaps LAST");
    let (size, end) = rest.split_once(' ').unwrap_or((rest, ""));
    let last = match end.trim_start_matches(' ') {
        "" => false,
        end if end.eq_ignore_ascii_case("LAST") => true,
        _ => return Err(wrong()),
    };
    let size = octets(size).ok_or_else(wrong)?;
    Ok(Command::Bdat(Chunk { size, last }))
}

/// Digits and nothing else (RFC 1870 §5, RFC 3030 §2); a number without end is one that is too big.
pub fn octets(digits: &str) -> Option<u64> {
    let good = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    good.then(|| digits.parse().unwrap_or(u64::MAX))
}

/// `FROM:<path> parameters`; a space behind the colon is what some clients write.
fn path_command(word: &str, rest: &str) -> Result<PathCommand, Reply> {
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
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => return Some((&inner[..at], &inner[at + 1..])),
            ' ' | '<' if !quoted => return None,
            _ => {}
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let line_of = |verb: &str, command: PathCommand| {
            let mut line = Vec::new();
            command.write(verb, &mut line);
            String::from_utf8(line).unwrap()
        };
        let check = |line: &str, expected: Result<&str, u16>| {
            let parsed = match parse(line.as_bytes()) {
                Ok(Command::Mail(mail)) => Ok(line_of("MAIL FROM", mail)),
                Ok(Command::Rcpt(rcpt)) => Ok(line_of("RCPT TO", rcpt)),
                Ok(other) => panic!("{other:?}"),
                Err(reply) => Err(reply.code),
            };
            assert_eq!(
                parsed.as_deref().map_err(|code| *code),
                expected,
                "{line:?}"
            );
        };
        check("MAIL FROM:<>", Ok("MAIL FROM:<>"));
        check("mail from: <a@b>  SIZE=10 ", Ok("MAIL FROM:<a@b> SIZE=10"));
        check("RCPT TO:<\"a>b\\\" c\"@d> ORCPT=rfc822;a+2Bb@d", {
            Ok("RCPT TO:<\"a>b\\\" c\"@d> ORCPT=rfc822;a+2Bb@d")
        });
        check("RCPT TO:<>", Err(501));
        check("RCPT TO:a@b", Err(501));
        check("RCPT TO:<a b@c>", Err(501));
        check("RCPT TO:<a@b>x", Err(501));
        check("RCPT TO:<a@b> -X=1", Err(501));
        check("RCPT TO:<a@b>\rQUIT", Err(500));
        check("RCPT TO:<\u{85}a@b>", Err(500));
        check("MAIL FROM:<a@b> SIZE=1 size=2", Err(501));
        check("MAIL", Err(501));
        check("MAIL FRÖM:<a@b>", Err(501));
        check("BLAH", Err(500));
        check("AUTH PLAIN", Err(502));
    }
}
