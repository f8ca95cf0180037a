//! What reading a bounce costs, beside what mail-parser takes to parse the same bytes; and what the
//! worst input costs per byte, beside ordinary mail.
//!
//!     cargo bench
//!     PLAINBOUNCE_MAILS=/path/to/mails cargo bench    (a folder of messages instead of our samples)

mod rules;
mod worst;

use std::hint::black_box;
use std::path::{Path, PathBuf};

use divan::counter::BytesCount;
use divan::{Bencher, Divan};
use plainbounce::annotator::{Annotator, Reading, Settings, read, read_with};
use plainbounce::mail::{Envelope, Message};
use plainbounce::notice::{self, Diagnosed, Forms, House, Language, Style};

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

/// The notice in both its forms, of the bounces among the mails; what they report has been read.
#[divan::bench]
fn all_bounces_write_notice(bencher: Bencher<'_, '_>) {
    let (language, style, forms) = (Language::english(), Style::default(), Forms::built_in());
    let house = House {
        name: "relay.example.org",
        style: &style,
        language: &language,
        known_domains: &[],
    };
    let bounces = bounces();
    bencher.bench(|| {
        for (_, reading) in &bounces {
            let diagnosed = Diagnosed {
                report: &reading.report,
                diagnoses: &reading.diagnoses,
            };
            let notice = notice::write(&diagnosed, &house);
            drop(black_box(forms.write(notice, &language, None)));
        }
    });
}

/// What reading the same mails costs.
#[divan::bench]
fn all_bounces_read_and_diagnose(bencher: Bencher<'_, '_>) {
    let envelope = Envelope::default();
    let bounces = bounces();
    bencher.bench(|| {
        for (mail, _) in &bounces {
            drop(black_box(read(&envelope, &Message::read(mail, true))));
        }
    });
}

fn bounces() -> Vec<(Vec<u8>, Reading)> {
    let envelope = Envelope::default();
    let read = |mail: Vec<u8>| {
        let reading = read(&envelope, &Message::read(&mail, true))?;
        let is_bounce = reading.report.kind.is_of_delivery();
        is_bounce.then_some((mail, reading))
    };
    mails().into_iter().filter_map(read).collect()
}

#[divan::bench]
fn all_mails_read_with_ten_thousand_rules(bencher: Bencher<'_, '_>) {
    let (rules, _) = rules::read(&rules::many());
    let envelope = Envelope::default();
    each(bencher, |mail| {
        let message = Message::read(mail, true);
        drop(black_box(read_with(&rules, &envelope, &message)))
    });
}

#[divan::bench]
fn ten_thousand_rules_are_loaded(bencher: Bencher<'_, '_>) {
    let text = rules::many();
    bencher.bench(|| black_box(rules::read(&text)));
}

#[divan::bench]
fn all_mails_read_explain_and_edit(bencher: Bencher<'_, '_>) {
    let annotator = Annotator::new(Settings::named("relay.example.org"));
    let envelope = Envelope::default();
    each(bencher, |mail| {
        drop(black_box(annotator.annotate(&envelope, mail, true)))
    });
}

#[divan::bench(sample_count = 3, sample_size = 1, args = worst::KINDS.iter().map(|kind| kind.0))]
fn worst_of_20_megabytes(bencher: Bencher<'_, '_>, kind: &str) {
    let mail = worst::mail(kind);
    let envelope = Envelope::default();
    bencher
        .counter(BytesCount::new(mail.len()))
        .bench(|| black_box(read(&envelope, &Message::read(&mail, true))));
}
