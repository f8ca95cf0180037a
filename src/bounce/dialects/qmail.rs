//! qmail and its descendants (netqmail, s/qmail, notqmail): `qmail-send.c`, described by its author
//! as QSBMF, <https://cr.yp.to/proto/qsbmf.txt>.
//!
//! ```text
//! Hi. This is the qmail-send program at example.org.
//! I'm afraid I wasn't able to deliver your message to the following addresses.
//! This is a permanent error; I've given up. Sorry it didn't work out.
//!
//! <bob@example.net>:
//! 192.0.2.1 does not like recipient.
//! Remote host said: 550 5.1.1 no such user
//! Giving up on 192.0.2.1.
//!
//! --- Below this line is a copy of the message.
//!
//! Return-Path: <alice@example.org>
//! ```
//!
//! Descendants and imitators keep the form and change the words, into Spanish, Portuguese or
//! Japanese, with a break of their own (`--- Mensaje original adjunto.`).

use crate::bounce::report::{Action, Kind, Report, ReportedRecipient};
use crate::bounce::{returned, text};

use super::{Letter, yahoo};

/// Yahoo took over the break, and goes on in its own way.
pub fn recognizes(letter: &Letter<'_>) -> bool {
    let (notes, copy) = cut(letter.words());
    let known = notes.starts_with("Hi. This is the") || copy.starts_with("--- ");
    known && names_recipient(notes) && !yahoo::recognizes(letter)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let (notes, copy) = cut(letter.words());
    let mut paragraphs = notes.split("\n\n").map(str::trim);
    let intro = paragraphs.next()?;
    let action = action(intro);
    let recipients: Vec<_> = paragraphs
        .filter_map(|paragraph| recipient(paragraph, action))
        .collect();
    if recipients.is_empty() {
        return None;
    }
    let copy = copy.split_once('\n').map_or("", |(_, copy)| copy);
    let inline = || returned::read(copy.as_bytes(), 0..copy.len());
    Some(Report {
        kind: Kind::Failure,
        dialect: "",
        reporting_mta: reporting_mta(intro),
        arrival_date: None,
        recipients,
        original: letter.enclosed().cloned().unwrap_or_else(inline),
    })
}

/// Cuts in front of the break paragraph, the first that begins with a dash.
fn cut(words: &str) -> (&str, &str) {
    let words = words.trim_start();
    match words.find("\n-") {
        Some(at) => (&words[..at], &words[at + 1..]),
        None => (words, ""),
    }
}

/// Whether a recipient paragraph is there; others who write an address so indent what is below it.
fn names_recipient(notes: &str) -> bool {
    let mut lines = notes.lines().zip(notes.lines().skip(1));
    lines.any(|(line, next)| {
        line.starts_with('<')
            && line.trim_end().ends_with(">:")
            && next.starts_with(|c: char| !c.is_whitespace())
    })
}

/// `Hi. This is the qmail-send program at example.org.`
fn reporting_mta(intro: &str) -> Option<String> {
    let line = intro.lines().next()?;
    let (_, name) = line.split_once(" at ")?;
    let name = name.trim().trim_end_matches('.');
    (!name.is_empty() && !name.contains(' ')).then(|| name.to_owned())
}

/// qmail-send never tells of a delay, but patches to it do: `This is just a warning message`.
fn action(intro: &str) -> Action {
    let waits = ["not yet been delivered", "keep trying", "just a warning"];
    if waits.iter().any(|words| intro.contains(words)) {
        Action::Delayed
    } else {
        Action::Failed
    }
}

/// A paragraph on a recipient begins with its address in angle brackets and a colon.
fn recipient(paragraph: &str, action: Action) -> Option<ReportedRecipient> {
    let (first, rest) = paragraph.split_once('\n').unwrap_or((paragraph, ""));
    let address = first.trim().strip_prefix('<')?.strip_suffix(">:")?;
    Some(ReportedRecipient {
        final_recipient: Some(address.to_owned()),
        action: Some(action),
        status: text::first_status(rest),
        remote_mta: remote_mta(rest),
        diagnostic: Some(text::one_line(rest)),
        ..ReportedRecipient::default()
    })
}

/// `Connected to 192.0.2.1 but sender was rejected.`, `192.0.2.1 does not like recipient.`
fn remote_mta(paragraph: &str) -> Option<String> {
    let line = paragraph.lines().next()?.trim();
    let line = line.strip_prefix("Connected to ").unwrap_or(line);
    let (host, rest) = line.split_once(' ')?;
    let says = [
        "does not like recipient",
        "failed on DATA",
        "failed after I sent",
        "but ",
    ];
    let named = says.iter().any(|says| rest.starts_with(says)) && host.contains('.');
    named.then(|| host.to_owned())
}
