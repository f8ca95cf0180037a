//! The commands of a client (RFC 5321 §4.1), read once into types.
//!
//! What is passed on is made of these parts, so that nothing passes that was not understood.

use std::borrow::Cow;

pub use super::attribute::Attribute;
use super::attribute::attributes;
use super::path::path_command;
pub use super::path::{Parameter, PathCommand};
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
        check("RCPT TO:<@a,@b:\"c>d\"@e>", Ok("RCPT TO:<@a,@b:\"c>d\"@e>"));
        check("RCPT TO:<a.\"b\"@c>", Ok("RCPT TO:<a.\"b\"@c>"));
        check("MAIL FROM:<x\"> AUTH=<a@x> \"@y>", Err(501));
        check("RCPT TO:<\"a\"b\"c>d\"@e>", Err(501));
        check("RCPT TO:<\"a>b\"c@d>", Err(501));
        check("RCPT TO:<a@\"b>c\">", Err(501));
        check("RCPT TO:<x:\"a>b\"@c>", Err(501));
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
