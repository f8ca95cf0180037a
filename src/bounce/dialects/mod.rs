//! Programs that write bounces their own way, one file each.
//!
//! A dialect is for bounces that have no delivery status part; those are read from it, whoever
//! wrote them. No bounce is recognised by two dialects, so their order does not matter.

mod communigate;
mod courier;
mod domino;
mod dragonfly;
mod exchange;
mod exchange_online;
mod exim;
mod groupwise;
mod hmailserver;
mod imail;
mod james;
mod lotus_notes;
mod mdaemon;
mod messaging_server;
mod opensmtpd;
mod postfix;
mod qmail;
mod sendmail;

use super::letter::Letter;
use super::report::Report;

/// How one program reports.
struct Dialect {
    name: &'static str,
    recognizes: fn(&Letter<'_>) -> bool,
    read: fn(&Letter<'_>) -> Option<Report>,
}

/// Gives each file its line in the list.
macro_rules! dialects {
    ($($name:literal $file:ident,)*) => {
        &[$(Dialect { name: $name, recognizes: $file::recognizes, read: $file::read }),*]
    };
}

/// The programs of the Unix world, then those of Windows and of offices, then the rest.
const DIALECTS: &[Dialect] = dialects![
    "qmail" qmail,
    "exim" exim,
    "postfix" postfix,
    "sendmail" sendmail,
    "courier" courier,
    "opensmtpd" opensmtpd,
    "dragonfly" dragonfly,
    "james" james,
    "exchange" exchange,
    "exchange-online" exchange_online,
    "domino" domino,
    "lotus-notes" lotus_notes,
    "groupwise" groupwise,
    "imail" imail,
    "mdaemon" mdaemon,
    "hmailserver" hmailserver,
    "communigate" communigate,
    "messaging-server" messaging_server,
];

/// What the first dialect reads that recognises the message.
pub fn read(letter: &Letter<'_>) -> Option<Report> {
    if !(letter.from_mail_system || letter.null_path) {
        return None;
    }
    let dialect = DIALECTS
        .iter()
        .find(|dialect| (dialect.recognizes)(letter))?;
    let report = (dialect.read)(letter).filter(|report| !report.recipients.is_empty())?;
    Some(Report {
        dialect: dialect.name,
        ..report
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Envelope, Message};

    /// So that the order of the list cannot matter.
    #[test]
    fn no_sample_is_recognised_by_two() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/integration-tests/bounces");
        let folders = std::fs::read_dir(folder).unwrap();
        let files = folders.flat_map(|vendor| std::fs::read_dir(vendor.unwrap().path()).unwrap());
        let mut seen = Vec::new();
        for file in files.map(|file| file.unwrap().path()) {
            if file.extension().is_none_or(|extension| extension != "eml") {
                continue;
            }
            let bytes = std::fs::read(&file).unwrap();
            let (envelope, message) = (Envelope::default(), Message::read(&bytes, true));
            let letter = Letter::open(&envelope, &message);
            let names = DIALECTS.iter().filter(|d| (d.recognizes)(&letter));
            let names: Vec<_> = names.map(|dialect| dialect.name).collect();
            assert!(names.len() < 2, "{}: {names:?}", file.display());
            seen.extend(names);
        }
        for dialect in DIALECTS {
            assert!(seen.contains(&dialect.name), "{}: no sample", dialect.name);
        }
    }
}
