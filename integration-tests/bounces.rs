//! Real shapes of bounces, each with what `inspect --json` says of it (`.json`) and what `annotate`
//! writes (`.out`). `UPDATE_EXPECTED=1` writes them anew; read the diff.

use std::path::{Path, PathBuf};

use crate::harness::{filter, program};

/// Every sample, in name order.
pub fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("integration-tests/bounces");
    let mut out = Vec::new();
    for vendor in std::fs::read_dir(folder).unwrap() {
        for file in std::fs::read_dir(vendor.unwrap().path()).unwrap() {
            out.push(file.unwrap().path());
        }
    }
    out.retain(|file| file.extension().is_some_and(|extension| extension == "eml"));
    out.sort();
    assert!(out.len() > 10);
    out
}

fn check(expected: &Path, found: &[u8]) {
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(expected, found).unwrap();
    }
    let wanted = std::fs::read(expected).unwrap_or_default();
    assert!(
        wanted == found,
        "{}: found\n{}",
        expected.display(),
        String::from_utf8_lossy(found)
    );
}

fn with_crlf(text: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    lines.join(b"\r\n".as_slice())
}

/// Our name is in the notice, so it must be the same on every machine.
fn annotate(input: &[u8]) -> Vec<u8> {
    let mut command = program();
    command
        .arg("annotate")
        .env("PLAINBOUNCE__SMTP__HOSTNAME", "relay.example.org");
    let output = filter(command, input);
    assert_eq!(output.status.code(), Some(0));
    output.stdout
}

#[test]
fn inspect_says_what_is_in_it() {
    for file in samples() {
        let mut command = program();
        command.args(["inspect", "--json"]);
        let bytes = std::fs::read(&file).unwrap();
        let said = filter(command, &bytes).stdout;
        check(&file.with_extension("json"), &said);

        let mut command = program();
        command.args(["inspect", "--json"]);
        let crlf = filter(command, &with_crlf(&bytes)).stdout;
        assert_eq!(
            String::from_utf8(said),
            String::from_utf8(crlf),
            "{}",
            file.display()
        );
    }
}

#[test]
fn annotate_explains_it() {
    for file in samples() {
        let bytes = std::fs::read(&file).unwrap();
        let annotated = annotate(&bytes);
        if annotated == bytes {
            assert!(
                !file.with_extension("out").exists(),
                "{}: untouched",
                file.display()
            );
        } else {
            check(&file.with_extension("out"), &annotated);
        }
    }
}

/// Only a report on a delivery is annotated; sealed mail stays as it is, whatever it says.
#[test]
fn what_must_not_be_touched_is_not() {
    let untouched = samples().into_iter().filter(|file| {
        let folder = file.parent().unwrap().file_name().unwrap();
        let untouched = ["ordinary", "sealed", "feedback", "receipt", "auto-reply"];
        untouched.iter().any(|name| folder == *name)
    });
    for file in untouched {
        let bytes = std::fs::read(&file).unwrap();
        assert!(annotate(&bytes) == bytes, "{}", file.display());
    }
}

/// The line ends of a message are those of what is added to it.
#[test]
fn line_ends_stay() {
    for file in samples() {
        let bytes = with_crlf(&std::fs::read(&file).unwrap());
        let annotated = annotate(&bytes);
        let bare = annotated
            .windows(2)
            .filter(|two| two[1] == b'\n' && two[0] != b'\r')
            .count();
        assert_eq!(bare, 0, "{}", file.display());
    }
}

/// Nothing that came with a bounce becomes markup, and nothing hidden is left in it.
#[test]
fn hostile_words_are_harmless() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("integration-tests/bounces");
    let annotated = annotate(&std::fs::read(folder.join("generic/hostile.eml")).unwrap());
    let message = mail_parser::MessageParser::default()
        .parse(&annotated)
        .unwrap();
    let html = message.body_html(0).unwrap().to_lowercase();
    for bad in [
        "<script",
        "<img",
        "<a ",
        "https://evil.example/\"",
        "javascript:",
        "\u{202e}",
    ] {
        assert!(!html.contains(bad), "{bad} in\n{html}");
    }
    assert!(html.contains("&lt;img"));
    let text = message.body_text(0).unwrap();
    assert!(!text.contains('\u{202e}') && !text.contains('\u{200b}'));
    assert!(text.contains("{{ 7*7 }} {domain}"), "{text}");
}

#[test]
fn text_stays_within_72_columns() {
    for file in samples() {
        let annotated = annotate(&std::fs::read(&file).unwrap());
        let message = mail_parser::MessageParser::default()
            .parse(&annotated)
            .unwrap();
        let Some(text) = message.body_text(0) else {
            continue;
        };
        let notice = text
            .split("------------------------------------------------------------")
            .next();
        if text.contains("Your message") {
            for line in notice.unwrap().lines() {
                assert!(
                    textwrap::core::display_width(line) <= 72,
                    "{}: {line}",
                    file.display()
                );
            }
        }
    }
}
