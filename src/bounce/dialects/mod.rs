//! Programs that write bounces their own way, one file each.
//!
//! A dialect is for bounces that have no delivery status part; those are read from it, whoever
//! wrote them. No bounce is recognised by two dialects, so their order does not matter.

mod exim;
mod qmail;

use crate::mail::{Envelope, Message, Part, ReversePath, html_to_text, parse_addresses};

use super::report::Report;

/// How one program reports.
struct Dialect {
    name: &'static str,
    recognizes: fn(&Letter<'_>) -> bool,
    read: fn(&Letter<'_>) -> Option<Report>,
}

const DIALECTS: &[Dialect] = &[
    Dialect {
        name: "qmail",
        recognizes: qmail::recognizes,
        read: qmail::read,
    },
    Dialect {
        name: "exim",
        recognizes: exim::recognizes,
        read: exim::read,
    },
];

/// The words of a message that a mail system seems to have written.
struct Letter<'m> {
    message: &'m Message<'m>,
    words: String,
}

/// What the first dialect reads that recognises the message.
pub fn read(envelope: &Envelope, message: &Message<'_>) -> Option<Report> {
    if !is_from_mail_system(envelope, message) {
        return None;
    }
    let part = message
        .leaves()
        .map(|id| message.part(id))
        .find(|p| p.content_type.main == "text")?;
    let letter = Letter {
        message,
        words: words(message, part),
    };
    let dialect = DIALECTS
        .iter()
        .find(|dialect| (dialect.recognizes)(&letter))?;
    let report = (dialect.read)(&letter)?;
    Some(Report {
        dialect: dialect.name,
        ..report
    })
}

fn words(message: &Message<'_>, part: &Part) -> String {
    let words = message.part_text(part);
    let words = if part.content_type.sub == "html" {
        html_to_text(&words)
    } else {
        words
    };
    words.replace("\r\n", "\n")
}

/// Whether a mail system can have written this: a person who quotes a bounce has an address.
fn is_from_mail_system(envelope: &Envelope, message: &Message<'_>) -> bool {
    let null = envelope.reverse_path == Some(ReversePath::Null)
        || message
            .field("Return-Path")
            .is_some_and(|path| path.trim_ascii() == b"<>");
    let from = message
        .field("From")
        .map(parse_addresses)
        .unwrap_or_default();
    null || from.iter().any(|address| is_mail_system(address))
}

/// The local parts that mail systems write under (RFC 2142 §5 and custom).
fn is_mail_system(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or("").to_ascii_lowercase();
    [
        "mailer-daemon",
        "postmaster",
        "mail-daemon",
        "maildaemon",
        "mailerdaemon",
        "mail.daemon",
    ]
    .iter()
    .any(|name| local.starts_with(name))
}
