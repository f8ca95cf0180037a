//! What reading a bounce costs, beside what mail-parser takes to parse the same bytes; and what the
//! worst input costs per byte, beside ordinary mail.
//!
//!     cargo bench
//!     PLAINBOUNCE_MAILS=/path/to/mails cargo bench    (a folder of messages instead of our samples)

use std::hint::black_box;
use std::path::{Path, PathBuf};

use divan::counter::BytesCount;
use divan::{Bencher, Divan};
use plainbounce::annotator::{Annotator, Settings, read};
use plainbounce::mail::{Envelope, Message};

fn main() {
    Divan::from_args().main();
}

fn mails() -> Vec<Vec<u8>> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/integration-tests/bounces");
    let folder = std::env::var_os("PLAINBOUNCE_MAILS").map_or(PathBuf::from(own), PathBuf::from);
    let mut out = Vec::new();
    collect(&folder, &mut out);
    out
}

fn collect(path: &Path, out: &mut Vec<Vec<u8>>) {
    if let Ok(entries) = std::fs::read_dir(path) {
        entries
            .flatten()
            .for_each(|entry| collect(&entry.path(), out));
    } else if path
        .extension()
        .is_none_or(|extension| extension != "json" && extension != "out")
    {
        out.extend(std::fs::read(path));
    }
}

fn each(bencher: Bencher<'_, '_>, work: impl Fn(&[u8]) + Sync) {
    let mails = mails();
    let bytes: usize = mails.iter().map(Vec::len).sum();
    bencher
        .counter(BytesCount::new(bytes))
        .bench(|| mails.iter().for_each(|mail| work(mail)));
}

#[divan::bench]
fn all_mails_mail_parser_parses(bencher: Bencher<'_, '_>) {
    let parser = mail_parser::MessageParser::default();
    each(bencher, |mail| drop(black_box(parser.parse(mail))));
}

#[divan::bench]
fn all_mails_read_and_diagnose(bencher: Bencher<'_, '_>) {
    let envelope = Envelope::default();
    each(bencher, |mail| {
        drop(black_box(read(&envelope, &Message::read(mail, true))))
    });
}

#[divan::bench]
fn all_mails_read_explain_and_edit(bencher: Bencher<'_, '_>) {
    let annotator = Annotator::new(Settings::default());
    let envelope = Envelope::default();
    each(bencher, |mail| {
        drop(black_box(annotator.annotate(&envelope, mail, true)))
    });
}

const HEADER: &str = "From: MAILER-DAEMON@mx.example.net\nTo: alice@example.org\n\
    Subject: Undelivered Mail Returned to Sender\n";
const REPORT: &str = "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
    --b\n\nwords\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a.example\n\n";

/// Twenty megabytes of the same thing, behind a beginning that makes it count.
fn worst(kind: &str) -> Vec<u8> {
    let text = "\nYour message could not be delivered to the following addresses.\n\n";
    let (start, again) = match kind {
        "ordinary" => (
            "Content-Type: text/plain\n\n".to_owned(),
            "A line of an ordinary letter, as people write them.\n",
        ),
        "bounce with a long copy" => (
            format!(
                "{text}<bob@example.net>:\n550 no\n\n--- Below this line is a copy of the message.\n\nReceived: by x\n"
            ),
            "A line of an ordinary letter, as people write them.\n",
        ),
        "delimiters" => (
            "Content-Type: multipart/mixed; boundary=b\n\n".to_owned(),
            "--b\n\n",
        ),
        "nested multiparts" => (
            String::new(),
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n",
        ),
        "header fields" => (String::new(), "X-Field: value\n"),
        "folded field" => ("Subject: x\n".to_owned(), " x\n"),
        "addresses in the words" => (text.to_owned(), "bob@example.net\n"),
        "different addresses" => (text.to_owned(), ""),
        "at signs" => (text.to_owned(), "@"),
        "quote marks" => (text.to_owned(), ">"),
        "empty lines" => (text.to_owned(), "\n"),
        "digits and dots" => (text.to_owned(), "5.1.1 550 "),
        "recipients" => (
            REPORT.to_owned(),
            "Final-Recipient: rfc822; bob@example.net\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\n\n",
        ),
        "status lines that are none" => (REPORT.to_owned(), "x\n"),
        "encoded words" => ("Subject: x\n".to_owned(), " =?utf-8?Q?=41?=\n"),
        "html tags" => (
            "Content-Type: text/html\n\nundeliverable ".to_owned(),
            "<p>",
        ),
        _ => unreachable!("listed below"),
    };
    let mut out = format!("{HEADER}{start}").into_bytes();
    let mut number = 0;
    while out.len() < 20 << 20 {
        if again.is_empty() {
            out.extend(format!("<user{number}@example.net>\n").as_bytes());
            number += 1;
        } else {
            out.extend_from_slice(again.as_bytes());
        }
    }
    out
}

#[divan::bench(sample_count = 3, sample_size = 1, args = [
    "ordinary", "bounce with a long copy", "delimiters", "nested multiparts", "header fields",
    "folded field", "addresses in the words", "different addresses", "at signs", "quote marks",
    "empty lines", "digits and dots", "recipients", "status lines that are none", "encoded words",
    "html tags",
])]
fn worst_of_20_megabytes(bencher: Bencher<'_, '_>, kind: &str) {
    let mail = worst(kind);
    let envelope = Envelope::default();
    bencher
        .counter(BytesCount::new(mail.len()))
        .bench(|| black_box(read(&envelope, &Message::read(&mail, true))));
}
