//! Exchange 4.0 to 2003 (`Internet Mail Service`), in words or HTML, and what Outlook makes of it.
//!
//! ```text
//! Your message
//!
//!   To:      team@example.net
//!   Subject: Minutes
//!   Sent:    Mon, 12 Oct 2026 11:00:00 +0200
//!
//! did not reach the following recipient(s):
//!
//! c=US;a= ;p=Example;o=Site;dda:SMTP=bob@example.net; on Mon, 12 Oct 2026 11:00:02 +0200
//!     The recipient name is not recognized
//!     The MTS-ID of the original message is: c=us;a= ;p=example;l=MX20261012
//!     MSEXCH:IMS:Example:SITE:MX 0 (000C05A6) Unknown Recipient
//! ```
//!
//! From 2000 on, and in the language of the server:
//!
//! ```text
//! Your message did not reach some or all of the intended recipients.
//!
//!       Subject:  Minutes
//!       Sent:     10/12/2026 11:00 AM
//!
//! The following recipient(s) could not be reached:
//!
//!       bob@example.net on 10/12/2026 11:00 AM
//!             The e-mail account does not exist at the organization this message was sent to.
//!             <mx.example.net #5.1.1 smtp;550 5.1.1 User unknown>
//! ```

use crate::bounce::general::addresses_in;
use crate::bounce::notes::Notes;
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::text::{first_reply, first_status, one_line};

use super::Letter;

const OPENING: &str = "did not reach the following recipient(s):";

/// Of the message, in the languages in which the letter is met most.
const SUBJECTS: [&str; 6] = [
    "Subject:", "Betreff:", "Objet :", "Asunto:", "Oggetto:", "Assunto:",
];
const DATES: [&str; 5] = ["Sent:", "Gesendet am:", "Date :", "Enviado el:", "Inviato:"];

pub fn recognizes(letter: &Letter<'_>) -> bool {
    let mut lines = letter.notes().lines().map(str::trim);
    lines.any(|line| line == OPENING || line.contains("MSEXCH:") || tail(line).is_some())
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let mut notes = Notes::of(letter);
    let list = match notes.text.split_once(OPENING) {
        Some((_, list)) => list,
        None => notes.text,
    };
    let mut found: Vec<(&str, String)> = Vec::new();
    let mut lines = list.lines().peekable();
    while let Some(line) = lines.next() {
        // an X.400 address may be long: its line goes on behind a semicolon or `on Mon,`
        if let Some(address) = headline(line) {
            found.push((address, String::new()));
            if ends_in_cut_date(line) {
                lines.next();
            }
        } else if let Some((_, said)) = found.last_mut()
            && !line.contains("MTS-ID of the original message")
            && !line.trim_start().starts_with(";l=")
        {
            said.push_str(line);
            said.push('\n');
        }
    }
    let recipients = found.iter().map(|(address, said)| one(address, said));
    let recipients = recipients.collect();
    notes.take_named(&SUBJECTS, &DATES);
    let host = notes.sender_host();
    notes.report(host, recipients)
}

fn one(address: &str, said: &str) -> ReportedRecipient {
    let line = one_line(said);
    let mut angles = line.match_indices('<');
    let angle = angles.find_map(|(at, _)| tail(&line[at..]));
    let host = angle.and_then(|(host, _)| host.contains('.').then_some(host));
    let told = ReportedRecipient::told(address, Action::Failed, &plain(said)).from_host(host);
    ReportedRecipient {
        status: angle
            .and_then(|(_, rest)| first_status(rest))
            .or(told.status),
        ..told
    }
}

/// The codes of the Internet Mail Service are not for people, nor for rules on what was said.
fn plain(said: &str) -> String {
    let Some((words, code)) = said.split_once("MSEXCH:") else {
        return said.to_owned();
    };
    let meaning = code.split_once(") ").map_or("", |(_, meaning)| meaning);
    let (words, meaning) = (words.trim(), meaning.trim());
    if first_reply(meaning).is_some() {
        return meaning.to_owned();
    }
    format!("{meaning} ({words})")
}

/// `bob@example.net on Mon, 12 Oct 2026 …`, in any language: an address, a word or two, a date. An
/// X.400 address has the one of the Internet in it: `…;dda:SMTP=bob@example.net; on …`
fn headline(line: &str) -> Option<&str> {
    let upper = line.to_ascii_uppercase();
    let typed = upper.find("SMTP=").map(|at| at + "SMTP=".len());
    let (at, address) = *addresses_in(line)
        .iter()
        .find(|(at, _)| typed.is_none_or(|typed| *at >= typed))?;
    let front = line[..at].trim_matches([' ', '\t', '\'', '"', '<']);
    let behind = line[at + address.len()..].trim_start_matches(['\'', '"', '>', ';', ' ']);
    let (word, date) = behind.split_once(' ').unwrap_or((behind, ""));
    let dated = !word.is_empty()
        && word.chars().count() <= 4
        && word.chars().all(char::is_alphabetic)
        && (date.is_empty() || date.contains(|c: char| c.is_ascii_digit()));
    let alone = typed.is_some() && behind.is_empty();
    (alone || dated && (front.is_empty() || typed.is_some())).then_some(address)
}

/// `… on Fri, 4 Oct 2002`: the time of day is in the next line.
fn ends_in_cut_date(line: &str) -> bool {
    let (_, date) = line.rsplit_once(" on").unwrap_or(("", ":"));
    !date.contains(':')
}

/// `<mx.example.net #5.1.1 smtp;550 5.1.1 User unknown>`: host and what it said.
fn tail(line: &str) -> Option<(&str, &str)> {
    let inner = line.strip_prefix('<')?.trim_end_matches('>');
    let (host, rest) = inner.split_once(" #")?;
    let code = first_status(rest.split([' ', '>']).next()?).is_some();
    (code && !host.contains(' ')).then_some((host, rest))
}
