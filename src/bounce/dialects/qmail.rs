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

use crate::bounce::report::{Action, Kind, Report, ReportedRecipient};
use crate::bounce::{returned, text};

use super::{Letter, yahoo};

/// Yahoo took over the break, and goes on in its own way.
pub fn recognizes(letter: &Letter<'_>) -> bool {
    cut(&letter.words).is_some() && !yahoo::recognizes(letter)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let (notes, copy) = cut(&letter.words)?;
    let mut paragraphs = notes.split("\n\n").map(str::trim).filter(|p| !p.is_empty());
    let intro = paragraphs.next()?;
    let recipients: Vec<_> = paragraphs.filter_map(recipient).collect();
    if recipients.is_empty() {
        return None;
    }
    Some(Report {
        kind: Kind::Failure,
        dialect: "",
        reporting_mta: reporting_mta(intro),
        arrival_date: None,
        recipients,
        original: returned::read(copy.as_bytes(), 0..copy.len()),
    })
}

/// Cuts at the break paragraph, the first that begins with a dash. The introduction in front of it
/// begins `Hi. This is the`, or, where an administrator put it into words of his own, the break is
/// qmail's.
fn cut(words: &str) -> Option<(&str, &str)> {
    let words = words.trim_start();
    let (notes, copy) = match words.find("\n-") {
        Some(at) => {
            let (notes, rest) = words.split_at(at);
            (notes, rest.trim_start())
        }
        None => (words, ""),
    };
    let known = words.starts_with("Hi. This is the")
        || copy.starts_with("--- Below this line is a copy of the m")
        || copy.starts_with("--- Enclosed are the original headers");
    let copy = copy.split_once('\n').map_or("", |(_, copy)| copy);
    known.then_some((notes, copy))
}

/// `Hi. This is the qmail-send program at example.org.`
fn reporting_mta(intro: &str) -> Option<String> {
    let (_, rest) = intro.lines().next()?.split_once(" at ")?;
    let name = rest.trim().trim_end_matches('.');
    (!name.is_empty() && !name.contains(' ')).then(|| name.to_owned())
}

/// A paragraph on a recipient begins with its address in angle brackets and a colon.
fn recipient(paragraph: &str) -> Option<ReportedRecipient> {
    let (first, rest) = paragraph.split_once('\n').unwrap_or((paragraph, ""));
    let address = first.trim().strip_prefix('<')?.strip_suffix(">:")?;
    Some(ReportedRecipient {
        final_recipient: Some(address.to_owned()),
        action: Some(Action::Failed),
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
