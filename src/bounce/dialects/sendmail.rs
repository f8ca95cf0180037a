//! Sendmail without a delivery status part: V5 and 8.6, and 8.x with `SendMimeErrors` off
//! (`savemail.c`, the transcript written by `usersmtp.c` and `err.c`).
//!
//! ```text
//! The original message was received at Mon, 12 Oct 2026 11:00:00 +0200
//! from alice@localhost
//!
//!    ----- The following addresses had permanent fatal errors -----
//! <bob@example.net>
//!     (reason: 550 5.1.1 <bob@example.net>... User unknown)
//!     (expanded from: <team@example.org>)
//!
//!    ----- Transcript of session follows -----
//! ... while talking to mx.example.net.:
//! >>> RCPT To:<bob@example.net>
//! <<< 550 5.1.1 <bob@example.net>... User unknown
//! 550 5.1.1 <bob@example.net>... User unknown
//!
//!    ----- Original message follows -----
//! ```
//!
//! V5 has the transcript alone, 8.6 a list with `(unrecoverable error)` behind each address.

use std::collections::HashMap;

use crate::bounce::notes::{Notes, lone_address};
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::text::{first_reply, first_status};

use super::Letter;

const TRANSCRIPTS: [&str; 2] = [
    "----- Transcript of session follows -----",
    "----- Transcript of session is unavailable -----",
];

const LISTS: [(&str, Action); 5] = [
    ("had permanent fatal errors -----", Action::Failed),
    ("had transient non-fatal errors -----", Action::Delayed),
    (
        "had successful delivery notifications -----",
        Action::Delivered,
    ),
    ("had delivery problems -----", Action::Failed),
    ("have delivery notifications -----", Action::Failed),
];

const COPIES: [&str; 8] = [
    "----- Original message follows -----",
    "----- Unsent message follows -----",
    "----- Returned message follows -----",
    "----- Message header follows -----",
    "----- Message headers follow -----",
    "----- Original message lost -----",
    "----- No message was collected -----",
    "----- Message body suppressed -----",
];

const RECEIVED: &str = "The original message was received at ";

/// A longer reply, and more of what is said of nobody, is cut.
const MOST_LINES: usize = 40;
const MOST_SAID: usize = 1000;

pub fn recognizes(letter: &Letter<'_>) -> bool {
    let notes = letter.notes();
    let listed =
        |line: &str| line.starts_with("   ----- The following addresses ") && list(line).is_some();
    TRANSCRIPTS.iter().any(|title| notes.contains(title))
        || notes.contains(RECEIVED) && notes.lines().any(listed)
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::until(letter, &COPIES);
    let transcript = Transcript::read(notes.text);
    let listed = listed(notes.text);
    let recipients = if listed.is_empty() {
        transcript.recipients(&notes)
    } else {
        let only = listed.len() == 1;
        let complete = |one| transcript.complete(one, only);
        listed.into_iter().map(complete).collect()
    };
    let host = notes.sender_host();
    let received = notes.labelled(RECEIVED);
    Some(Report {
        arrival_date: received.map(str::to_owned),
        ..notes.report(host, recipients)?
    })
}

fn list(line: &str) -> Option<Action> {
    let mut lists = LISTS.iter();
    lists
        .find(|(title, _)| line.contains(title))
        .map(|(_, action)| *action)
}

/// An address and what the list says of it.
struct Listed {
    address: String,
    action: Action,
    reason: String,
    expanded_from: Option<String>,
}

fn listed(text: &str) -> Vec<Listed> {
    let mut out: Vec<Listed> = Vec::new();
    let mut section = None;
    for line in text.lines() {
        if line.contains("-----") {
            section = list(line);
        } else if let Some(action) = section {
            if line.starts_with([' ', '\t']) {
                if let Some(last) = out.last_mut() {
                    last.take(line.trim());
                }
            } else if let Some(one) = Listed::read(line, action) {
                out.push(one);
            }
        }
    }
    out
}

impl Listed {
    /// `<bob@example.net>`, `"|/usr/bin/procmail"`, `bob@example.net  (unrecoverable error)`
    fn read(line: &str, action: Action) -> Option<Self> {
        let (name, remark) = match line.split_once("  (") {
            Some((name, remark)) => (name, remark.trim_end_matches(')')),
            None => (line, ""),
        };
        let name = name.trim();
        let local = name.starts_with(['"', '|', '/']) || !name.contains([' ', '\t', '@']);
        let address = lone_address(name).or(local.then_some(name))?;
        let action = match remark {
            _ if remark.starts_with("transient") => Action::Delayed,
            _ if remark.starts_with("relayed") => Action::Relayed,
            _ if remark.starts_with("expanded") => Action::Expanded,
            _ => action,
        };
        (!address.is_empty()).then(|| Self {
            address: address.trim_matches(['<', '>', '"']).to_owned(),
            action,
            reason: String::new(),
            expanded_from: None,
        })
    }

    fn take(&mut self, remark: &str) {
        let inner = remark.trim_start_matches('(').trim_end_matches(')');
        if let Some(alias) = inner.strip_prefix("expanded from:") {
            self.expanded_from = lone_address(alias).map(str::to_owned);
        } else if let Some(reason) = inner.strip_prefix("reason:") {
            self.reason = reason.trim().to_owned();
        }
    }
}

/// What the transcript says of an address.
#[derive(Default)]
struct Said {
    host: Option<String>,
    /// The reply of the other side, all its lines.
    reply: String,
    /// Sendmail's own line.
    own: String,
}

impl Said {
    /// Sendmail's line, and what the other side replied, if that is more.
    fn line(&self) -> String {
        match (self.own.as_str(), self.reply.as_str()) {
            (own, reply) if reply.is_empty() || own.contains(reply) => own.to_owned(),
            (own, reply) if own.is_empty() || reply.contains(own) => reply.to_owned(),
            (own, reply) => format!("{own} / {reply}"),
        }
    }
}

#[derive(Default)]
struct Transcript {
    order: Vec<String>,
    said: HashMap<String, Said>,
    /// What is said of no address in particular.
    rest: Said,
}

impl Transcript {
    fn read(text: &str) -> Self {
        let mut out = Self::default();
        let mut lines = text.lines();
        lines.find(|line| TRANSCRIPTS.iter().any(|title| line.contains(title)));
        let mut host = None;
        let mut asked: Option<String> = None;
        let mut reply: Vec<&str> = Vec::new();
        for line in lines.take_while(|line| !line.contains("-----")) {
            if let Some(name) = talking_to(line) {
                host = Some(name.to_owned());
            } else if let Some(command) = line.strip_prefix(">>> ") {
                reply.clear();
                asked = recipient_of(command).map(str::to_owned);
            } else if let Some(one) = line.strip_prefix("<<< ") {
                if reply.len() < MOST_LINES {
                    reply.push(one.trim());
                }
                let said = match &asked {
                    Some(address) => out.about(address),
                    None => &mut out.rest,
                };
                said.reply = reply.join(" ");
                said.host.clone_from(&host);
            } else if let Some((address, own)) = own_line(line) {
                let reply = std::mem::take(&mut reply).join(" ");
                let said = out.about(address);
                if said.reply.is_empty() && asked.take().is_none() {
                    said.reply = reply;
                }
                own.clone_into(&mut said.own);
                said.host.clone_from(&host);
            } else if !line.trim().is_empty() && out.rest.own.len() < MOST_SAID {
                if line.contains("... ") {
                    // of another host: `550 nowhere.example.com (smtp)... 550 Host unknown`
                    host = None;
                }
                out.rest.own.push_str(line.trim());
                out.rest.own.push(' ');
            }
        }
        out
    }

    fn about(&mut self, address: &str) -> &mut Said {
        let key = address.to_ascii_lowercase();
        if !self.said.contains_key(&key) {
            self.order.push(address.to_owned());
        }
        self.said.entry(key).or_default()
    }

    /// The reason in the list is the first line of the reply: the rest of it stands here.
    fn complete(&self, one: Listed, only: bool) -> ReportedRecipient {
        let said = self.said.get(&one.address.to_ascii_lowercase());
        let same = |rest: &Said| !one.reason.is_empty() && rest.reply.contains(&one.reason);
        let said = said.or((only || same(&self.rest)).then_some(&self.rest));
        let line = said.map(Said::line).unwrap_or_default();
        let reply = said.map_or("", |said| said.reply.as_str());
        let told = if one.reason.is_empty() {
            line
        } else if reply.contains(&one.reason) {
            reply.to_owned()
        } else if has_code(&one.reason) || line.is_empty() {
            one.reason
        } else {
            format!("{line} ({})", one.reason)
        };
        let host = said.and_then(|said| said.host.as_deref());
        ReportedRecipient::told(&one.address, one.action, &told)
            .from_host(host)
            .sent_to(one.expanded_from.as_deref())
    }

    /// V5 lists nobody: whoever got a line did not get the message.
    fn recipients(&self, notes: &Notes<'_>) -> Vec<ReportedRecipient> {
        let waits = notes.letter.subject.starts_with("Warning:")
            || notes.text.contains("Will keep trying until");
        let action = if waits {
            Action::Delayed
        } else {
            Action::Failed
        };
        let refused = self.order.iter().filter_map(|address| {
            let said = &self.said[&address.to_ascii_lowercase()];
            let refused = !said.own.is_empty() || first_reply(&said.reply).is_some();
            refused.then(|| {
                ReportedRecipient::told(address, action, &said.line())
                    .from_host(said.host.as_deref())
            })
        });
        refused.collect()
    }
}

/// `... while talking to mx.example.net.:`
fn talking_to(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(['.', ' ']);
    let rest = rest
        .strip_prefix("while talking to ")
        .or_else(|| rest.strip_prefix("While talking to "))?;
    let name = rest.trim_end().trim_end_matches([':', '.']);
    (!name.is_empty()).then_some(name)
}

/// `RCPT To:<bob@example.net>`
fn recipient_of(command: &str) -> Option<&str> {
    let rest = command
        .get(..8)
        .filter(|verb| verb.eq_ignore_ascii_case("RCPT To:"))
        .map(|_| &command[8..])?;
    lone_address(rest.split(' ').find(|word| !word.is_empty())?)
}

/// `550 5.1.1 <bob@example.net>... User unknown`. What a mailer of its own exits with stands behind
/// the dots with a code of its own: `554 <bob@example.net>... 550 Host unknown`.
fn own_line(line: &str) -> Option<(&str, &str)> {
    let (front, rest) = line.split_once("... ")?;
    let mut words = front.split(' ').rev();
    let address = lone_address(words.next()?)?;
    let codes = words.all(|word| word.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
    let inner = first_reply(rest).is_some() && rest.as_bytes()[0].is_ascii_digit();
    codes.then_some((address, if inner { rest } else { line.trim() }))
}

fn has_code(text: &str) -> bool {
    first_reply(text).is_some() || first_status(text).is_some()
}
