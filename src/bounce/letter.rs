//! A message as a letter: what it says in words, from whom, and what lies with it.

use std::cell::OnceCell;
use std::ops::Range;

use crate::mail::{Envelope, Message, Part, decode_header_text, html_to_text, parse_addresses};

use super::report::ReturnedMessage;
use super::senders::{has_null_reverse_path, has_path, is_from_mail_system};
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
