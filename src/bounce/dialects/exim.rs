//! Exim up to 4.86, and later where `dsn` is not built in: `deliver.c` and `moan.c`.
//!
//! ```text
//! X-Failed-Recipients: bob@example.net
//!
//! This message was created automatically by mail delivery software.
//!
//! A message that you sent could not be delivered to one or more of its
//! recipients. This is a permanent error. The following address(es) failed:
//!
//!   bob@example.net
//!     SMTP error from remote mail server after RCPT TO:<bob@example.net>:
//!     host mx.example.net [192.0.2.1]: 550 5.1.1 User unknown
//!
//! ------ This is a copy of the message, including all the headers. ------
//! ```
//!
//! A warning has the same shape: `has not yet been delivered to one or more of its recipients after
//! more than 24 hours on the queue on example.org.`

use crate::bounce::general::context;
use crate::bounce::report::{Action, Kind, Report, ReportedRecipient, ReturnedMessage};
use crate::bounce::{returned, text};
use crate::mail::parse_addresses;

use super::{Letter, gmx, mx_logic, zoho};

const OPENINGS: [&str; 2] = [
    "This message was created automatically by mail delivery software",
    "This message was created automatically by the mail system",
];

/// GMX, MX Logic and Zoho took over the opening, and go on in their own way.
pub fn recognizes(letter: &Letter<'_>) -> bool {
    let borrowed = [gmx::recognizes, mx_logic::recognizes, zoho::recognizes];
    OPENINGS.iter().any(|opening| letter.opens_with(opening))
        && !borrowed.iter().any(|recognizes| recognizes(letter))
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    read_words(letter, letter.words().trim_start())
}

/// Reads an Exim bounce out of the words of a letter.
pub fn read_words(letter: &Letter<'_>, words: &str) -> Option<Report> {
    let (notes, copy) = cut(words);
    let delayed = notes.contains("has not yet been delivered");
    let action = if delayed {
        Action::Delayed
    } else {
        Action::Failed
    };
    let mut recipients = recipients(notes, action);
    if recipients.is_empty() {
        recipients = from_header(letter, action, notes);
    }
    // imitators say it elsewhere than below the address
    if let [only] = recipients.as_mut_slice()
        && only.diagnostic.is_none()
    {
        only.context = Some(context(notes, &letter.subject));
    }
    Some(Report {
        kind: Kind::Failure,
        dialect: "",
        reporting_mta: reporting_mta(letter, notes),
        arrival_date: None,
        recipients,
        original: original(notes, copy),
    })
}

/// A warning returns nothing, and names the message in its own words.
fn original(notes: &str, copy: &str) -> ReturnedMessage {
    let named = |label| notes.lines().find_map(|line| line.strip_prefix(label));
    let named = |label| named(label).map(|value| value.trim().to_owned());
    let returned = returned::read(copy.as_bytes(), 0..copy.len());
    ReturnedMessage {
        subject: returned
            .subject
            .or_else(|| named("The subject of the message is:")),
        date: returned
            .date
            .or_else(|| named("The date of the message is:")),
        ..returned
    }
}

/// The copy begins behind a line of dashes with words in it.
fn cut(words: &str) -> (&str, &str) {
    let Some(at) = words.find("\n------ This is a copy of") else {
        return (words, "");
    };
    let copy = words[at + 1..]
        .split_once('\n')
        .map_or("", |(_, copy)| copy);
    (&words[..at], copy)
}

/// An address stands alone in a line, two spaces in; what is said of it, deeper.
fn recipients(notes: &str, action: Action) -> Vec<ReportedRecipient> {
    // to somebody else than the sender it names the sender first: `A message sent by`
    let notes = match notes.split_once("A message sent by") {
        Some((_, rest)) => rest
            .split_once("could not be")
            .map_or(rest, |(_, rest)| rest),
        None => notes,
    };
    let mut out: Vec<ReportedRecipient> = Vec::new();
    let mut said: Vec<String> = Vec::new();
    for line in notes.lines() {
        if let Some(address) = address_line(line) {
            said.push(String::new());
            out.push(ReportedRecipient {
                final_recipient: Some(address.to_owned()),
                action: Some(action),
                ..ReportedRecipient::default()
            });
        } else if let Some(last) = said.last_mut()
            && line.starts_with("    ")
        {
            last.push_str(line);
            last.push('\n');
        }
    }
    for (recipient, said) in out.iter_mut().zip(said) {
        recipient.take_words(&said);
    }
    out
}

/// `  bob@example.net`, `  |/usr/bin/procmail`, `  bob@example.net (generated from team@…)`
fn address_line(line: &str) -> Option<&str> {
    let rest = line
        .strip_prefix("  ")
        .filter(|rest| !rest.starts_with([' ', '\t']))?;
    let rest = rest.trim_end();
    let word = rest
        .split_once(" (generated")
        .map_or(rest, |(address, _)| address);
    let word = word.strip_suffix(':').unwrap_or(word);
    let bare = word
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'));
    let word = bare.unwrap_or(word);
    let address = word.contains('@') && !word.contains(' ') || word.starts_with(['|', '/']);
    address.then_some(word)
}

impl ReportedRecipient {
    fn take_words(&mut self, said: &str) {
        let line = text::one_line(said);
        if let Some(alias) = generated_from(&line) {
            self.original_recipient = Some(alias.to_owned());
        }
        self.remote_mta = host(&line).map(str::to_owned);
        self.status = text::first_status(&line);
        self.diagnostic = (!line.is_empty()).then_some(line);
    }
}

/// `(generated from team@example.org)`
fn generated_from(said: &str) -> Option<&str> {
    let (_, rest) = said.split_once("(generated from ")?;
    rest.split_once(')')
        .map(|(alias, _)| alias)
        .filter(|alias| alias.contains('@'))
}

/// `host mx.example.net [192.0.2.1]`
fn host(said: &str) -> Option<&str> {
    let (_, rest) = said.split_once("host ")?;
    let (name, behind) = rest.split_once(' ')?;
    (behind.starts_with('[') && name.contains('.')).then_some(name)
}

fn from_header(letter: &Letter<'_>, action: Action, notes: &str) -> Vec<ReportedRecipient> {
    let listed = letter
        .message
        .field("X-Failed-Recipients")
        .map(parse_addresses);
    let one = |address: String| ReportedRecipient {
        diagnostic: text::reply_about(notes, Some(&address), true),
        final_recipient: Some(address),
        action: Some(action),
        ..ReportedRecipient::default()
    };
    listed.unwrap_or_default().into_iter().map(one).collect()
}

/// A warning names its host; of a failure, the host part of its From is the best there is.
fn reporting_mta(letter: &Letter<'_>, notes: &str) -> Option<String> {
    if let Some((_, rest)) = notes.split_once("on the queue on ") {
        let name = rest
            .split_whitespace()
            .next()
            .unwrap_or("")
            .trim_end_matches('.');
        return (!name.is_empty()).then(|| name.to_owned());
    }
    let from = letter.message.field("From").map(parse_addresses)?;
    from.first()?
        .split_once('@')
        .map(|(_, host)| host.to_owned())
}
