//! Programs that write bounces their own way, one file each.
//!
//! A dialect is for bounces that have no delivery status part; those are read from it, whoever
//! wrote them. No bounce is recognised by two dialects, so their order does not matter.

mod exim;
mod qmail;

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
