//! Programs that write bounces their own way, one file each.
//!
//! A dialect is for bounces that have no delivery status part; those are read from it, whoever
//! wrote them. No bounce is recognised by two dialects, so their order does not matter.

mod amazon_ses;
mod amazon_sns;
mod aol;
mod barracuda;
mod biglobe;
mod exim;
mod fml;
mod gmail;
mod gmail_notice;
mod gmx;
mod google_groups;
mod inter_mail;
mod inter_scan;
mod ironport;
mod kddi;
mod m_filter;
mod mail_foundry;
mod mail_marshal;
mod mail_ru;
mod mailman;
mod mcafee;
mod message_labs;
mod mimecast;
mod mx_logic;
mod outlook_com;
mod power_mta;
mod qmail;
mod sendgrid;
mod surf_control;
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
    Dialect {
        name: "gmail",
        recognizes: gmail::recognizes,
        read: gmail::read,
    },
    Dialect {
        name: "gmail-notice",
        recognizes: gmail_notice::recognizes,
        read: gmail_notice::read,
    },
    Dialect {
        name: "google-groups",
        recognizes: google_groups::recognizes,
        read: google_groups::read,
    },
    Dialect {
        name: "yahoo",
        recognizes: yahoo::recognizes,
        read: yahoo::read,
    },
    Dialect {
        name: "aol",
        recognizes: aol::recognizes,
        read: aol::read,
    },
    Dialect {
        name: "outlook-com",
        recognizes: outlook_com::recognizes,
        read: outlook_com::read,
    },
    Dialect {
        name: "amazon-ses",
        recognizes: amazon_ses::recognizes,
        read: amazon_ses::read,
    },
    Dialect {
        name: "ironport",
        recognizes: ironport::recognizes,
        read: ironport::read,
    },
    Dialect {
        name: "sendgrid",
        recognizes: sendgrid::recognizes,
        read: sendgrid::read,
    },
    Dialect {
        name: "power-mta",
        recognizes: power_mta::recognizes,
        read: power_mta::read,
    },
    Dialect {
        name: "mail-marshal",
        recognizes: mail_marshal::recognizes,
        read: mail_marshal::read,
    },
    Dialect {
        name: "barracuda",
        recognizes: barracuda::recognizes,
        read: barracuda::read,
    },
    Dialect {
        name: "message-labs",
        recognizes: message_labs::recognizes,
        read: message_labs::read,
    },
    Dialect {
        name: "mx-logic",
        recognizes: mx_logic::recognizes,
        read: mx_logic::read,
    },
    Dialect {
        name: "mcafee",
        recognizes: mcafee::recognizes,
        read: mcafee::read,
    },
    Dialect {
        name: "inter-scan",
        recognizes: inter_scan::recognizes,
        read: inter_scan::read,
    },
    Dialect {
        name: "mail-foundry",
        recognizes: mail_foundry::recognizes,
        read: mail_foundry::read,
    },
    Dialect {
        name: "surf-control",
        recognizes: surf_control::recognizes,
        read: surf_control::read,
    },
    Dialect {
        name: "mimecast",
        recognizes: mimecast::recognizes,
        read: mimecast::read,
    },
    Dialect {
        name: "zoho",
        recognizes: zoho::recognizes,
        read: zoho::read,
    },
    Dialect {
        name: "yandex",
        recognizes: yandex::recognizes,
        read: yandex::read,
    },
    Dialect {
        name: "mail-ru",
        recognizes: mail_ru::recognizes,
        read: mail_ru::read,
    },
    Dialect {
        name: "gmx",
        recognizes: gmx::recognizes,
        read: gmx::read,
    },
    Dialect {
        name: "inter-mail",
        recognizes: inter_mail::recognizes,
        read: inter_mail::read,
    },
    Dialect {
        name: "m-filter",
        recognizes: m_filter::recognizes,
        read: m_filter::read,
    },
    Dialect {
        name: "biglobe",
        recognizes: biglobe::recognizes,
        read: biglobe::read,
    },
];

/// Those that write under names that people could have: their own marks must prove who wrote, in the
/// header or in a machine's part, where a person who quotes a bounce leaves none.
const UNDER_OTHER_NAMES: &[Dialect] = &[
    Dialect {
        name: "amazon-sns",
        recognizes: amazon_sns::recognizes,
        read: amazon_sns::read,
    },
    Dialect {
        name: "kddi",
        recognizes: kddi::recognizes,
        read: kddi::read,
    },
    Dialect {
        name: "verizon",
        recognizes: verizon::recognizes,
        read: verizon::read,
    },
    Dialect {
        name: "fml",
        recognizes: fml::recognizes,
        read: fml::read,
    },
    Dialect {
        name: "mailman",
        recognizes: mailman::recognizes,
        read: mailman::read,
    },
];

/// What the first dialect reads that recognises the message.
pub fn read(letter: &Letter<'_>) -> Option<Report> {
    let dialect = all(letter).find(|dialect| (dialect.recognizes)(letter))?;
    let report = (dialect.read)(letter).filter(|report| !report.recipients.is_empty())?;
    Some(Report {
        dialect: dialect.name,
        ..report
    })
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
        let letter = Letter::open(&Envelope::default(), &message);
        let found = all(&letter).filter(|dialect| (dialect.recognizes)(&letter));
        let found: Vec<&str> = found.map(|dialect| dialect.name).collect();
        let dialects = DIALECTS.iter().chain(UNDER_OTHER_NAMES);
        let is_dialects = dialects.map(|dialect| dialect.name).any(|n| n == folder);
        let own = !is_dialects || found.iter().all(|name| *name == folder);
        assert!(found.len() < 2 && own, "{}: {found:?}", path.display());
    }
}
