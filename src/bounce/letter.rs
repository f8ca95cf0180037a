//! A message as a letter: what it says in words, from whom, and what lies with it.

use std::cell::OnceCell;
use std::ops::Range;

use crate::mail::{
    Envelope, Message, Part, ReversePath, decode_header_text, html_to_text, parse_addresses,
};

use super::report::ReturnedMessage;
use super::{general, returned};

/// More words than this no mail system has to say; the rest is the returned message.
const MOST_WORDS: usize = 64 << 10;

/// So far into its letter, every program has said what it is.
const OPENING: usize = 4 << 10;

/// The header section of most mails decides that they report nothing: what lies in the body is read
/// when somebody asks for it.
pub struct Letter<'m> {
    pub message: &'m Message<'m>,
    pub subject: String,
    pub from: Vec<String>,
    /// Whether it names a mail system as its author: a person who quotes a bounce has an address.
    pub from_mail_system: bool,
    /// Whether nobody is to answer it (RFC 5321 §4.5.5): a hint, never a proof.
    pub null_path: bool,
    /// Whether it is known where reports about it go.
    pub has_path: bool,
    envelope: &'m Envelope,
    to: OnceCell<Vec<String>>,
    words: OnceCell<String>,
    copy: OnceCell<Option<usize>>,
    enclosed: OnceCell<Option<ReturnedMessage>>,
}

impl<'m> Letter<'m> {
    pub fn open(envelope: &'m Envelope, message: &'m Message<'m>) -> Self {
        let from = addresses(message, "From");
        let subject = message.field("Subject").map(decode_header_text);
        Self {
            message,
            subject: subject.unwrap_or_default(),
            from_mail_system: is_from_mail_system(envelope, message, &from),
            null_path: has_null_reverse_path(envelope, message),
            has_path: has_path(envelope, message),
            from,
            envelope,
            to: OnceCell::new(),
            words: OnceCell::new(),
            copy: OnceCell::new(),
            enclosed: OnceCell::new(),
        }
    }

    /// To whom the letter itself goes: the sender of what came back.
    pub fn to(&self) -> &[String] {
        self.to.get_or_init(|| {
            let mut to = addresses(self.message, "To");
            to.extend(self.envelope.forward_paths.iter().cloned());
            to
        })
    }

    /// The parts for people that stand in front of a returned message, in lines that end with LF.
    pub fn words(&self) -> &str {
        self.words.get_or_init(|| words(self.message))
    }

    /// Where in them a returned message seems to begin.
    pub fn copy(&self) -> Option<usize> {
        let find = || general::cut::returned_message(self.words());
        *self.copy.get_or_init(find)
    }

    /// The message that lies in a part of its own.
    pub fn enclosed(&self) -> Option<&ReturnedMessage> {
        let find = || returned::find(self.message, Message::ROOT);
        self.enclosed.get_or_init(find).as_ref()
    }

    /// Whether the words begin so.
    pub fn opens_with(&self, opening: &str) -> bool {
        self.words().trim_start().starts_with(opening)
    }

    /// Whether it stands near the beginning of the words.
    pub fn says(&self, words: &str) -> bool {
        let all = self.words().as_bytes();
        let opening = &all[..all.len().min(OPENING)];
        memchr::memmem::find(opening, words.as_bytes()).is_some()
    }

    /// Whether the letter is from an address that begins, or ends, so.
    pub fn is_from(&self, piece: &str) -> bool {
        let fits = |from: &String| {
            let (from, piece) = (from.as_bytes(), piece.as_bytes());
            let start = from.get(..piece.len());
            let end = from.len().checked_sub(piece.len()).map(|at| &from[at..]);
            let is_it = |found: &[u8]| found.eq_ignore_ascii_case(piece);
            start.is_some_and(is_it) || end.is_some_and(is_it)
        };
        self.from.iter().any(fits)
    }

    /// The words in front of the returned message.
    pub fn notes(&self) -> &str {
        let words = self.words();
        &words[..self.copy().unwrap_or(words.len())]
    }

    /// The value of a field of the letter, decoded.
    pub fn field(&self, name: &str) -> Option<String> {
        self.message.field(name).map(decode_header_text)
    }
}

fn addresses(message: &Message<'_>, field: &str) -> Vec<String> {
    let list = message.field(field).map(parse_addresses);
    list.unwrap_or_default()
}

/// The text parts in front of the returned message, one behind the other; of several forms of one
/// text, the plain one.
fn words(message: &Message<'_>) -> String {
    let parts: Vec<&Part> = message.leaves().map(|id| message.part(id)).collect();
    let enclosed = parts
        .iter()
        .position(|part| returned::is_returned(&part.content_type));
    let texts = parts[..enclosed.unwrap_or(parts.len())]
        .iter()
        .filter(|part| is_words(part));
    let plain = texts.clone().any(|part| part.content_type.sub != "html");
    if texts.clone().next().is_none() {
        // parts that a program spoilt: their text is there all the same
        return message
            .part_text_start(message.root(), MOST_WORDS)
            .replace("\r\n", "\n");
    }
    let mut out = String::new();
    for part in texts.filter(|part| !plain || part.content_type.sub != "html") {
        let mut text = message.part_text_start(part, MOST_WORDS);
        if part.content_type.sub == "html" {
            text = html_to_text(&with_lines(&text));
        }
        out.push_str(&text.replace("\r\n", "\n"));
        out.push('\n');
        if out.len() > MOST_WORDS {
            break;
        }
    }
    out
}

fn is_words(part: &Part) -> bool {
    let kind = &part.content_type;
    kind.main == "text"
        && matches!(
            kind.sub.as_str(),
            "plain" | "html" | "rfc822-status" | "x-plain"
        )
        || super::is_delivery_status(kind)
}

/// HTML in which every block begins a line of its own, as html_to_text knows only `<br>`.
fn with_lines(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 8);
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at(at);
        out.push_str(text);
        if BLOCKS.iter().any(|block| begins(tag, block)) {
            out.push_str("<br>");
        }
        out.push('<');
        rest = &tag[1..];
    }
    out.push_str(rest);
    out
}

const BLOCKS: [&str; 12] = [
    "</p", "</div", "</tr", "</td", "</li", "</h1", "</h2", "</h3", "<table", "<hr", "<div", "<p",
];

fn begins(tag: &str, block: &str) -> bool {
    tag.get(..block.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(block))
}

/// Whether reports about this message go nowhere. `MAILER-DAEMON` is what local delivery writes for
/// the null reverse path.
pub fn has_null_reverse_path(envelope: &Envelope, message: &Message<'_>) -> bool {
    let is_null = |path: &[u8]| {
        let path = path.trim_ascii();
        let begins = |daemon: &&str| {
            let start = path.get(..daemon.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(daemon.as_bytes()))
        };
        path == b"<>" || DAEMONS.iter().any(begins)
    };
    envelope.reverse_path == Some(ReversePath::Null)
        || message.field("Return-Path").is_some_and(is_null)
}

/// Whether a path that reports go back on would fit one itself: none, or a mail system's. Some write
/// bounces under other addresses.
pub fn may_report(envelope: &Envelope) -> bool {
    match &envelope.reverse_path {
        None | Some(ReversePath::Null) => true,
        Some(ReversePath::Mailbox(path)) => names_mail_system(path),
    }
}

const DAEMONS: [&str; 4] = ["<mailer-daemon", "mailer-daemon", "<mdaemon", "mdaemon@"];

fn has_path(envelope: &Envelope, message: &Message<'_>) -> bool {
    envelope.reverse_path.is_some() || message.field("Return-Path").is_some()
}

/// By its address or path, or by having none at all; by its name alone only where nobody else
/// answers for it: anybody can write under a name.
fn is_from_mail_system(envelope: &Envelope, message: &Message<'_>, from: &[String]) -> bool {
    let by_address = from.iter().any(|address| names_mail_system(address));
    let by_name = || {
        let elsewhere = has_path(envelope, message) && !has_null_reverse_path(envelope, message);
        !elsewhere && is_signed_by_mail_system(message, from)
    };
    let is_nobodys = from.is_empty() && has_null_reverse_path(envelope, message);
    by_address || is_nobodys || path_names_mail_system(message) || by_name()
}

fn path_names_mail_system(message: &Message<'_>) -> bool {
    let path = message.field("Return-Path").map(String::from_utf8_lossy);
    path.is_some_and(|path| names_mail_system(path.trim()))
}

/// Whether a mail system signs it, with its address or its name.
pub fn is_signed_by_mail_system(message: &Message<'_>, from: &[String]) -> bool {
    let display = message
        .field("From")
        .map(decode_header_text)
        .unwrap_or_default();
    from.iter().any(|address| names_mail_system(address)) || names_mail_system(&display)
}

/// The names that mail systems write under (RFC 2142 §5, and custom).
fn names_mail_system(text: &str) -> bool {
    let text = text.trim_start_matches(['<', '"', '\'']);
    let Some(first) = text.chars().next() else {
        return false;
    };
    // most people's names begin with something else
    if first.is_ascii() && !FIRST_LETTERS.contains(&first.to_ascii_lowercase()) {
        return false;
    }
    let first = first.to_lowercase().next();
    let mut names = NAMES.iter().filter(|name| name.chars().next() == first);
    names.any(|name| {
        let length = name.chars().count();
        let start = text.chars().take(length).flat_map(char::to_lowercase);
        start.take(length).eq(name.chars())
    })
}

/// Of those below.
const FIRST_LETTERS: [char; 10] = ['a', 'd', 'e', 'f', 'i', 'j', 'm', 'p', 's', 't'];

const NAMES: [&str; 46] = [
    "mdaemon@",
    "mailer-daemon",
    "mailer_daemon",
    "mailerdaemon",
    "mail-daemon",
    "maildaemon",
    "mail.daemon",
    "mail delivery",
    "mail_delivery",
    "mail.delivery",
    "mail-delivery",
    "mail deliver system",
    "email delivery",
    "message delivery",
    "mail administrator",
    "mail system",
    "mail router",
    "mail gateway",
    "mail service (",
    "mailsystem",
    "memo service (mmdf",
    "postmaster",
    "post master",
    "electronic postmaster",
    "the post office",
    "system administrator",
    "systemadministrator",
    "systembeheerder",
    "systemadministratör",
    "administrateur système",
    "administrador del sistema",
    "administrador do sistema",
    "amministratore di sistema",
    "järjestelmänvalvoja",
    "administrator systemu",
    "системный администратор",
    "システム管理者",
    "系统管理员",
    "系統管理員",
    "시스템 관리자",
    "internet mail delivery",
    "internet mail service",
    "firstclass gateway",
    "microsoft outlook",
    "microsoftexchange",
    "delivery subsystem",
];

/// What is known of a returned message that does not lie in a part of its own; some programs quote
/// it, line by line.
pub fn returned_in_words(words: &str, range: Range<usize>) -> ReturnedMessage {
    let copy = &words[range.clone()];
    let blank = |c: char| c.is_whitespace() || "=-_*".contains(c);
    if !copy.trim_start_matches(blank).starts_with('>') {
        return returned::read(words.as_bytes(), range);
    }
    let lines = copy.lines().map(|line| {
        let line = line.strip_prefix('>').unwrap_or(line);
        line.strip_prefix(' ').unwrap_or(line)
    });
    let lines = lines.skip_while(|line| line.trim_start_matches(blank).is_empty());
    let header: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    let header = header.join("\n");
    returned::read(header.as_bytes(), 0..header.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_letters() {
        let first = |name: &&str| name.chars().next().unwrap();
        let ascii: Vec<char> = NAMES.iter().map(first).filter(char::is_ascii).collect();
        assert!(ascii.iter().all(|letter| FIRST_LETTERS.contains(letter)));
        assert!(FIRST_LETTERS.iter().all(|letter| ascii.contains(letter)));
    }
}
