//! Exchange from 2007 on, and Exchange Online, where only the words or the HTML arrived: the
//! diagnostics for administrators below a letter for everybody else.
//!
//! ```text
//! Delivery has failed to these recipients or groups:
//!
//! bob@example.net<mailto:bob@example.net>
//! The email address you entered couldn't be found.
//!
//! Diagnostic information for administrators:
//!
//! Generating server: mail.example.org
//!
//! bob@example.net
//! mx.example.net
//! Remote Server returned '550 5.1.1 User unknown'
//!
//! Original message headers:
//! ```
//!
//! All of it is in the language of the server, so it is read by its form: a lone address, perhaps a
//! host, and a reply in quotes, or, before 2013, `#550 5.1.1 User unknown ##`.

use crate::bounce::notes::{Notes, lone_address};
use crate::bounce::report::{Action, Report, ReportedRecipient};
use crate::bounce::text::{first_reply, first_status, one_line};

use super::Letter;

/// A reply stands this many lines behind its address, at most.
const NEAR: usize = 4;

pub fn recognizes(letter: &Letter<'_>) -> bool {
    let notes = letter.notes();
    (notes.contains('\'') || notes.contains("##")) && !diagnostics(notes).is_empty()
}

pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let notes = Notes::of(letter);
    let found = diagnostics(notes.text);
    let host = found.first().and_then(|first| first.generated_by.clone());
    let recipients = found.into_iter().map(|one| {
        let action = if one.waits {
            Action::Delayed
        } else {
            Action::Failed
        };
        ReportedRecipient::told(one.address, action, &one.reply).from_host(one.host)
    });
    let recipients = recipients.collect();
    notes.report(host, recipients)
}

struct Diagnostics<'t> {
    address: &'t str,
    host: Option<&'t str>,
    reply: String,
    waits: bool,
    generated_by: Option<String>,
}

fn diagnostics(text: &str) -> Vec<Diagnostics<'_>> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut out = Vec::new();
    let mut server = None;
    let delay = text.contains("has been delayed");
    for (at, line) in lines.iter().enumerate() {
        if let Some(name) = generating_server(line) {
            server = Some(name);
        }
        let Some(address) = lone_address(line) else {
            continue;
        };
        let behind = &lines[at + 1..];
        let behind = &behind[..behind.len().min(NEAR)];
        let Some(begins) = behind.iter().position(|line| begins_reply(line)) else {
            continue;
        };
        let Some(reply) = reply(&lines[at + 1 + begins..]) else {
            continue;
        };
        let said_by = behind[begins].split('#').next().unwrap_or("").trim();
        let mut hosts = behind[..begins].iter().copied().chain([said_by]);
        out.push(Diagnostics {
            address,
            host: hosts.find(|host| is_host(host)),
            waits: delay && reply.starts_with('4'),
            reply,
            generated_by: server.map(str::to_owned),
        });
    }
    out
}

/// `Generating server: mail.example.org`, in any language: a line that ends in a host name.
fn generating_server(line: &str) -> Option<&str> {
    let (label, name) = line.rsplit_once([':', '：'])?;
    let words = label.chars().count() < 40 && !label.contains([':', '@', ';']);
    let name = name.trim();
    (words && is_host(name)).then_some(name)
}

fn is_host(name: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    name.contains('.') && name.len() > 3 && name.chars().all(known)
}

/// `Remote Server returned '550 5.1.1 …'`, `mx.example.net #550 5.1.1 …`, `#< #5.1.1 smtp;550 …`
fn begins_reply(line: &str) -> bool {
    let quoted = line.split_once('\'').map(|(_, reply)| reply);
    let fenced = line
        .split_once('#')
        .map(|(host, reply)| (host.trim(), reply));
    quoted.is_some_and(is_reply)
        || fenced.is_some_and(|(host, reply)| {
            (host.is_empty() || is_host(host)) && (is_reply(reply) || reply.starts_with("< #"))
        })
}

/// A reply code with an enhanced status code behind it.
fn is_reply(text: &str) -> bool {
    let Some((code, rest)) = text.split_once(' ') else {
        return false;
    };
    code.len() == 3
        && first_reply(text).is_some_and(|reply| reply.to_string() == code)
        && first_status(rest.split([' ', ';']).next().unwrap_or("")).is_some()
}

/// The first reply there, over the lines into which it was broken, up to its closing mark.
fn reply(lines: &[&str]) -> Option<String> {
    let lines: Vec<&str> = lines
        .iter()
        .take_while(|line| !line.is_empty())
        .take(20)
        .copied()
        .collect();
    let text = one_line(&lines.join("\n"));
    if let Some(at) = text.find('\'').filter(|&at| is_reply(&text[at + 1..])) {
        let reply = &text[at + 1..];
        let end = reply.find("' ").unwrap_or(reply.len());
        return Some(reply[..end].trim_end_matches('\'').to_owned());
    }
    let (_, reply) = text.split_once('#')?;
    let end = reply.find("##").or_else(|| reply.find("> #SMTP#"));
    let reply = reply[..end.unwrap_or(reply.len())].trim();
    Some(reply.trim_start_matches(['<', ' ', '#']).to_owned())
}
