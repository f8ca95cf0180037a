//! The milter door: a message comes out as the other doors would send it on; what is no bounce costs
//! one answer; and no MTA, whatever it says, harms another.

mod hostile;
mod life;
mod steps;

use plainbounce::annotator::{Annotator, Outcome, Settings};
use plainbounce::mail::{Envelope, ReversePath};

use crate::bounces::samples;
use crate::harness::{ALL_ACTIONS, ALL_STEPS, Daemon, MilterPeer};
use crate::smtp::bounce;

/// `more` is TOML for the section `[milter]` and those after it.
fn daemon(more: &str) -> Daemon {
    Daemon::with(&format!("[milter]\nlisten = \"127.0.0.1:0\"\n{more}\n"))
}

const ORDINARY: &[u8] = b"Received: from a\r\n\tby b\r\nFrom:alice@example.org\r\n\
    Subject:  lunch\r\nX-Odd:\ttab \xff\r\n\r\nAt one?\r\n.\r\n";

pub fn is_annotated(message: &[u8]) -> bool {
    String::from_utf8_lossy(message).contains("\r\nPlainbounce-Annotation: ")
}

/// What every door makes of it.
fn annotated(path: &ReversePath, message: &[u8], head_size: usize) -> Vec<u8> {
    annotated_by("mx.example.org", path, message, head_size)
}

pub fn annotated_by(name: &str, path: &ReversePath, message: &[u8], head_size: usize) -> Vec<u8> {
    let annotator = Annotator::new(Settings::named(name));
    let envelope = Envelope {
        reverse_path: Some(path.clone()),
        forward_paths: vec!["alice@example.org".into()],
    };
    let (head, rest) = message.split_at(message.len().min(head_size));
    match annotator.annotate(&envelope, head, rest.is_empty()) {
        Outcome::Untouched(_) => message.to_vec(),
        Outcome::Annotated(edit, _) => [&edit.apply_to_head(head), rest, &edit.end].concat(),
    }
}

/// With CR LF; none where an MTA would see no header section in it.
fn as_mail(file: &std::path::Path) -> Option<Vec<u8>> {
    let bytes = std::fs::read(file).unwrap();
    let mut text = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let bare = line
            .strip_suffix(b"\n")
            .map(|l| l.strip_suffix(b"\r").unwrap_or(l));
        text.extend_from_slice(bare.unwrap_or(line));
        text.extend_from_slice(if bare.is_some() { b"\r\n" } else { b"" });
    }
    let header = text
        .split(|byte| *byte == b'\n')
        .take_while(|line| *line != b"\r");
    let is_field = |line: &[u8]| {
        let name = line.split(|byte| *byte == b':').next().unwrap();
        line.starts_with(b" ")
            || line.starts_with(b"\t")
            || name.len() < line.len() && name.iter().all(|byte| matches!(byte, 33..=126))
    };
    let first = !text.starts_with(b" ") && !text.starts_with(b"\t");
    (first && header.clone().all(is_field)).then_some(text)
}

#[test]
fn every_sample_comes_out_as_from_any_door() {
    let daemon = daemon("");
    let mut peer = MilterPeer::ready(&daemon.address);
    peer.macros(b'C', &[("j", "mx.example.org")]);
    let (mut seen, mut changed) = (0, 0);
    for file in samples() {
        let Some(message) = as_mail(&file) else {
            continue;
        };
        let paths = [
            ("<>", ReversePath::Null),
            (
                "<bob@example.net>",
                ReversePath::Mailbox("bob@example.net".into()),
            ),
        ];
        for (said, path) in paths {
            let expected = annotated(&path, &message, 1 << 20);
            let handed = peer.hand(said, &message);
            let found = String::from_utf8_lossy(&handed.message);
            assert!(
                handed.message == expected,
                "{} {said}\n{found}",
                file.display()
            );
            seen += 1;
            changed += usize::from(expected != message);
        }
    }
    assert!(seen > 300 && changed > 200, "{changed} of {seen}");
}

#[test]
fn a_bounce_is_explained() {
    let daemon = daemon("");
    let mut peer = MilterPeer::ready(&daemon.address);
    peer.macros(
        b'C',
        &[("j", "mx.example.org"), ("_", "client.example [192.0.2.7]")],
    );
    for path in ["<>", ""] {
        peer.macros(b'M', &[("i", "4XYZ"), ("{mail_addr}", "")]);
        peer.macros(b'R', &[("{rcpt_addr}", "alice@example.org")]);
        let handed = peer.hand(path, &bounce());
        assert!(is_annotated(&handed.message));
        // Fields first, then the body in one run, then the last word.
        assert_eq!(handed.changes, b"hba");
    }
    let line = daemon.says("door=milter");
    assert!(
        line.contains(" client_id=4XYZ door=milter peer=192.0.2.7 from=<> to=<alice@example.org> ")
    );
    assert!(
        line.contains(" kind=failure cause=mailbox-unknown "),
        "{line}"
    );
    assert!(line.contains(" outcome=annotated received="), "{line}");
}

#[test]
fn ordinary_mail_takes_one_answer() {
    let daemon = daemon("");
    let mut peer = MilterPeer::ready(&daemon.address);
    for _ in 0..3 {
        let handed = peer.hand("<alice@example.org>", ORDINARY);
        assert_eq!((handed.at, handed.answers), (b'N', 1));
        assert!(handed.message == ORDINARY);
    }
    let line = daemon.says("door=milter");
    assert!(line.contains(" from=<alice@example.org> "), "{line}");
    assert!(line.contains(" kind=ordinary outcome=untouched "), "{line}");
    // From nobody, it has to be seen to its end, and is what it was.
    let handed = peer.hand("<>", ORDINARY);
    assert_eq!(
        (handed.at, handed.changes.as_slice()),
        (b'E', b"a".as_slice())
    );
    assert!(handed.message == ORDINARY);
}

/// What comes to lie in which field, and how often one is there, is no matter.
#[test]
fn fields_that_go() {
    let daemon = daemon("");
    let mut peer = MilterPeer::ready(&daemon.address);
    peer.macros(b'C', &[("j", "mx.example.org")]);
    let message = b"Content-Language: de\r\nFrom: MAILER-DAEMON@example.net (Mail Delivery System)\r\n\
        CONTENT-Type:text/plain;\r\n\tcharset=us-ascii\r\nTo: alice@example.org\r\nContent-language: fr\r\n\
        Subject: failure notice\r\n\r\nHi. This is the qmail-send program at example.net.\r\n\
        I'm afraid I wasn't able to deliver your message to the following addresses.\r\n\
        This is a permanent error; I've given up. Sorry it didn't work out.\r\n\r\n\
        <bob@example.net>:\r\nSorry, no mailbox here by that name. (#5.1.1)\r\n\r\n\
        --- Below this line is a copy of the message.\r\n\r\nReturn-Path: <alice@example.org>\r\n\r\nx\r\n";
    let expected = annotated(&ReversePath::Null, message, 1 << 20);
    let handed = peer.hand("<>", message);
    assert_eq!(handed.changes, b"mmmhhhba");
    let found = String::from_utf8_lossy(&handed.message);
    assert!(handed.message == expected, "{found}");
}

#[test]
fn a_subject_that_changes() {
    let daemon = daemon("[notice]\nsubject = true");
    let mut peer = MilterPeer::ready(&daemon.address);
    let handed = peer.hand("<>", &bounce());
    assert_eq!(handed.changes, b"mhba");
    let found = String::from_utf8(handed.message).unwrap();
    assert!(
        found.contains("\r\nSubject: Not delivered: lunch"),
        "{found}"
    );
    let (header, _) = found.split_once("\r\n\r\n").unwrap();
    assert_eq!(header.matches("Subject:").count(), 1);
}

fn bounce_of(bytes: usize) -> Vec<u8> {
    let text = String::from_utf8(bounce()).unwrap();
    let line = format!("{}\r\n", "z".repeat(70));
    let more = line.repeat(bytes / line.len());
    text.replace("See you.\r\n", &more).into_bytes()
}

#[test]
fn more_than_one_piece() {
    let daemon = daemon("");
    let mut peer = MilterPeer::ready(&daemon.address);
    peer.macros(b'C', &[("j", "mx.example.org")]);
    let message = bounce_of(3 << 20);
    let handed = peer.hand("<>", &message);
    assert!(handed.message == annotated(&ReversePath::Null, &message, 1 << 20));
    let pieces = handed.changes.iter().filter(|change| **change == b'b');
    assert!(pieces.count() > 40);
}

#[test]
fn more_than_is_collected() {
    let daemon = daemon("max_message_size = \"100KiB\"");
    let mut peer = MilterPeer::ready(&daemon.address);
    let handed = peer.hand("<>", &bounce_of(200 << 10));
    assert_eq!(handed.at, b'B');
    daemon.says(" note=too-big outcome=untouched");
    // A header section alone, of which nothing is answered before its end.
    let field = format!("X-Long: {}\r\n", "x".repeat(60 << 10));
    let message = format!("{field}{field}\r\nx\r\n");
    let handed = peer.hand("<>", message.as_bytes());
    assert_eq!((handed.at, handed.answers), (b'N', 1));
    assert!(is_annotated(&peer.hand("<>", &bounce()).message));
}

/// An attachment is not waited for, where the beginning is no bounce's.
#[test]
fn ordinary_mail_is_let_go_in_the_middle() {
    let daemon = daemon("[annotate]\nhead_size = \"100KiB\"");
    let mut peer = MilterPeer::ready(&daemon.address);
    let line = format!("{}\r\n", "z".repeat(70));
    let message = format!(
        "From: alice@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n{}",
        line.repeat(10_000)
    );
    let handed = peer.hand("<alice@example.org>", message.as_bytes());
    assert_eq!((handed.at, handed.answers), (b'B', 3));
    let handed = peer.hand("<>", &bounce_of(300 << 10));
    assert!(is_annotated(&handed.message));
}

/// A list or a gateway may pass a report on under its own name.
#[test]
fn a_report_from_somebody() {
    let daemon = daemon("");
    let mut peer = MilterPeer::ready(&daemon.address);
    let handed = peer.hand("<list-owner@example.org>", &bounce());
    assert!(is_annotated(&handed.message));
}

/// To each MTA what it offers.
#[test]
fn older_versions() {
    let daemon = daemon("");
    let steps_of = [
        (2, 0x7f),
        (3, 0x17f),
        (4, 0x3ff),
        (5, 0x3ff),
        (6, ALL_STEPS),
        (7, !0),
    ];
    for (version, steps) in steps_of {
        for offered in [steps, 0, ALL_STEPS & steps] {
            let mut peer = MilterPeer::connect(&daemon.address);
            peer.negotiate(version, ALL_ACTIONS, offered);
            peer.macros(b'C', &[("j", "mx.example.org")]);
            let handed = peer.hand("<>", &bounce());
            assert!(handed.message == annotated(&ReversePath::Null, &bounce(), 1 << 20));
            assert_eq!(peer.hand("<a@example.org>", ORDINARY).at, b'N');
        }
    }
}
