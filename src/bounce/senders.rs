//! Who sends a message: a mail system, nobody, or somebody else.

use crate::mail::{Envelope, Message, ReversePath, decode_header_text};

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

pub fn has_path(envelope: &Envelope, message: &Message<'_>) -> bool {
    envelope.reverse_path.is_some() || message.field("Return-Path").is_some()
}

/// By its address or path, or by having none at all; by its name alone only where nobody else
/// answers for it: anybody can write under a name.
pub fn is_from_mail_system(envelope: &Envelope, message: &Message<'_>, from: &[String]) -> bool {
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
