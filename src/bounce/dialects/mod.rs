//! Programs that write bounces their own way, one file each.
//!
//! A dialect is for bounces that have no delivery status part; those are read from it, whoever
//! wrote them. No bounce is recognised by two dialects, so their order does not matter.

mod amazon_ses;
mod amazon_sns;
mod aol;
mod barracuda;
mod biglobe;
mod communigate;
mod courier;
mod domino;
mod dragonfly;
mod exchange;
mod exchange_online;
mod exim;
mod fml;
mod gmail;
mod gmail_notice;
mod gmx;
mod google_groups;
mod groupwise;
mod hmailserver;
mod imail;
mod inter_mail;
mod inter_scan;
mod ironport;
mod james;
mod kddi;
mod listserv;
mod lotus_notes;
mod m_filter;
mod mail_foundry;
mod mail_marshal;
mod mail_ru;
mod mailman;
mod mcafee;
mod mdaemon;
mod message_labs;
mod messaging_server;
mod mimecast;
mod mx_logic;
mod opensmtpd;
mod outlook_com;
mod pec;
mod postfix;
mod power_mta;
mod qmail;
mod sendgrid;
mod sendmail;
mod surf_control;
mod sympa;
mod verizon;
mod yahoo;
mod yandex;
mod zoho;

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

/// Programs of the Unix world, those of Windows and of offices, then providers, then gateways and
/// carriers.
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
    "gmail" gmail,
    "gmail-notice" gmail_notice,
    "google-groups" google_groups,
    "yahoo" yahoo,
    "aol" aol,
    "outlook-com" outlook_com,
    "amazon-ses" amazon_ses,
    "sendgrid" sendgrid,
    "power-mta" power_mta,
    "zoho" zoho,
    "yandex" yandex,
    "mail-ru" mail_ru,
    "gmx" gmx,
    "inter-mail" inter_mail,
    "biglobe" biglobe,
    "ironport" ironport,
    "mail-marshal" mail_marshal,
    "barracuda" barracuda,
    "message-labs" message_labs,
    "mx-logic" mx_logic,
    "mcafee" mcafee,
    "inter-scan" inter_scan,
    "mail-foundry" mail_foundry,
    "surf-control" surf_control,
    "mimecast" mimecast,
    "m-filter" m_filter,
];

/// Those that write under names that people could have: their own marks must prove who wrote, in the
/// header or in a machine's part, where a person who quotes a bounce leaves none.
const UNDER_OTHER_NAMES: &[Dialect] = dialects![
    "amazon-sns" amazon_sns,
    "kddi" kddi,
    "verizon" verizon,
    "fml" fml,
    "mailman" mailman,
    "sympa" sympa,
    "listserv" listserv,
    "pec" pec,
];

/// As reports name them.
pub fn names() -> impl Iterator<Item = &'static str> {
    DIALECTS
        .iter()
        .chain(UNDER_OTHER_NAMES)
        .map(|dialect| dialect.name)
}

/// What the first dialect reads that recognises the message.
pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let dialect = all(letter).find(|dialect| (dialect.recognizes)(letter))?;
    let report = (dialect.read)(letter).filter(|report| !report.recipients.is_empty())?;
    Some(Report {
        dialect: dialect.name,
        ..report
    })
}

/// Whether the header section lets a dialect have written the letter. It asks for less than each of
/// them does, and never for the body.
pub fn may_be(letter: &Letter<'_>) -> bool {
    const FIELDS: [&str; 5] = [
        "x-amz-sns-message-id",
        "X-MLServer",
        "X-Mailman-Version",
        "X-Ricevuta",
        // Sympa's, and most programs'.
        "Auto-Submitted",
    ];
    const ADDRESSES: [&str; 5] = [
        "no-reply@",
        "sysadmin@",
        "post_master@",
        "listserv@",
        "sympa@",
    ];
    letter.from_mail_system
        || letter.null_path
        || FIELDS
            .iter()
            .any(|name| letter.message.field(name).is_some())
        || ADDRESSES.iter().any(|piece| letter.is_from(piece))
        || letter.from.iter().any(|from| from.contains("-request@"))
}

/// Those that can have written the letter.
fn all(letter: &Letter<'_>) -> impl Iterator<Item = &'static Dialect> {
    let named = if letter.from_mail_system || letter.null_path {
        DIALECTS
    } else {
        &[]
    };
    named.iter().chain(UNDER_OTHER_NAMES)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::mail::{Envelope, Message};

    /// What lies in the folder of a dialect is not recognised by another.
    #[test]
    fn no_sample_is_recognised_by_two() {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("integration-tests/bounces");
        for folder in samples.read_dir().unwrap() {
            let folder = folder.unwrap();
            for file in folder.path().read_dir().unwrap() {
                let path = file.unwrap().path();
                if path.extension().is_some_and(|extension| extension == "eml") {
                    check(&path, folder.file_name().to_str().unwrap());
                }
            }
        }
    }

    fn check(path: &Path, folder: &str) {
        let bytes = std::fs::read(path).unwrap();
        let message = Message::read(&bytes, true);
        let envelope = Envelope::default();
        let letter = Letter::open(&envelope, &message);
        let found = all(&letter).filter(|dialect| (dialect.recognizes)(&letter));
        let found: Vec<&str> = found.map(|dialect| dialect.name).collect();
        let dialects = DIALECTS.iter().chain(UNDER_OTHER_NAMES);
        let is_dialects = dialects.map(|dialect| dialect.name).any(|n| n == folder);
        let own = !is_dialects || found.iter().all(|name| *name == folder);
        assert!(found.len() < 2 && own, "{}: {found:?}", path.display());
    }
}
