//! `annotate` with what is no mail: the same bytes come out.

use std::io::Write;
use std::process::{Output, Stdio};

use crate::harness::{filter, program};

fn annotate(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = program();
    command.arg("annotate").args(arguments);
    filter(command, input)
}

#[test]
fn odd_input() {
    let jpeg = [
        b"\xff\xd8\xff\xe0\0\x10JFIF\0".as_slice(),
        &[0, 255, 13, 10, 10, 13].repeat(999),
    ];
    let inputs: [&[u8]; 7] = [
        b"",
        b"\n",
        b"\r\n.\r\n",
        &jpeg.concat(),
        b"Subject: no body",
        b"Subject: x\nTo: y\n\n\r\nFrom here\n\0\xff",
        &b"0123456789abcde\n".repeat(3 << 16),
    ];
    for input in inputs {
        let output = annotate(&[], input);
        assert_eq!(output.status.code(), Some(0));
        assert!(output.stdout == input, "{} bytes", input.len());
        assert!(output.stderr.is_empty());
    }
}

/// Settings that are wrong are said, and the message is still not eaten.
#[test]
fn broken_settings() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.toml");
    std::fs::write(&file, "[notice]\nlanguage = \"eo\"\n").unwrap();
    let output = annotate(&["--config", file.to_str().unwrap()], b"Subject: x\n\nx\n");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(output.stdout, b"Subject: x\n\nx\n");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("x.toml: notice.language: "), "{stderr}");
    assert_eq!(stderr.lines().count(), 1);
}

#[test]
fn a_closed_output_is_no_panic() {
    let mut child = program()
        .arg("annotate")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    // The program may be gone before all of it is written.
    let _ = child
        .stdin
        .take()
        .unwrap()
        .write_all(&b"x\n".repeat(1 << 20));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(!String::from_utf8(output.stderr).unwrap().contains("panic"));
}

/// Nor is one that takes nothing, or that was never there; who started it hears of it.
#[test]
fn an_output_that_takes_nothing() {
    let mail = crate::smtp::bounce();
    for (script, expected) in [
        ("exec \"$0\" annotate >/dev/full", Some(1)),
        ("exec \"$0\" annotate >&-", None),
    ] {
        let mut command = std::process::Command::new("/bin/sh");
        command.args(["-c", script, env!("CARGO_BIN_EXE_plainbounce")]);
        let output = filter(command, &mail);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains("panic"), "{said}");
        if let Some(expected) = expected {
            assert_eq!(output.status.code(), Some(expected), "{said}");
            assert!(said.contains("did not pass as a whole"), "{said}");
        }
    }
}

/// Nothing is written before it is known what: who kills it has half a message of nobody's.
#[test]
fn nothing_too_early() {
    let bounce = crate::smtp::bounce();
    for size in [bounce.len() - 1, 900_000] {
        let mut mail = bounce.clone();
        mail.resize(size.max(bounce.len() - 1), b'x');
        let mut child = program()
            .arg("annotate")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(&mail).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(300));
        child.kill().unwrap();
        assert_eq!(child.wait_with_output().unwrap().stdout, b"");
    }
}

/// Line ends stay as they came, and so does the line that an mbox file or an MTA puts in front.
#[test]
fn line_ends_and_the_from_line() {
    let crlf = crate::smtp::bounce();
    let lf = String::from_utf8(crlf.clone()).unwrap().replace('\r', "");
    let annotated = [crlf.as_slice(), lf.as_bytes()].map(|mail| annotate(&[], mail).stdout);
    let [with_crlf, with_lf] = annotated.map(|mail| String::from_utf8(mail).unwrap());
    assert!(with_lf.contains("Plainbounce-Annotation"));
    assert!(!with_lf.contains('\r'));
    // The same, but for the boundaries, which are made from the message.
    assert_eq!(
        with_crlf.matches("\r\n").count(),
        with_crlf.matches('\n').count()
    );
    assert_eq!(
        with_crlf.matches('\n').count(),
        with_lf.matches('\n').count()
    );
    for (mail, end) in [(crlf.as_slice(), "\r\n"), (lf.as_bytes(), "\n")] {
        let line = format!("From MAILER-DAEMON Thu Nov 26 12:00:00 2026{end}");
        let out = annotate(&[], &[line.as_bytes(), mail].concat()).stdout;
        let rest = out.strip_prefix(line.as_bytes()).unwrap();
        let rest = String::from_utf8(rest.to_vec()).unwrap();
        let (head, _) = std::str::from_utf8(mail)
            .unwrap()
            .split_once(&format!("{end}{end}"))
            .unwrap();
        assert!(
            rest.starts_with(&format!("{head}{end}Plainbounce-Annotation: ")),
            "{rest}"
        );
        assert!(rest.contains("Your message was not delivered to"));
        let ordinary = format!("{line}From: a@example.org{end}{end}From here{end}");
        assert_eq!(
            annotate(&[], ordinary.as_bytes()).stdout,
            ordinary.as_bytes()
        );
    }
}

/// Past its time limit it passes as it came, and that is said.
#[test]
fn no_time() {
    let mut command = program();
    command
        .arg("annotate")
        .env("PLAINBOUNCE__ANNOTATE__TIME_LIMIT", "0s");
    let output = filter(command, &crate::smtp::bounce());
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout == crate::smtp::bounce());
    let expected = "plainbounce: the message passed as it came: time-limit\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
}

/// A bounce of 50 MB, its returned message cut off by the head: explained, the rest to the byte,
/// in the memory of a small one.
#[test]
fn a_big_bounce_streams() {
    let file = "integration-tests/bounces/postfix/two-causes.eml";
    let small = std::fs::read(format!("{}/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let end = small.len() - b"--4ABC.1/mail.example.org--\n".len();
    let mut big = small[..end].to_vec();
    big.extend(b"and so on, line for line, for ever and ever\n".repeat(1_200_000));
    big.extend(&small[end..]);
    assert!(big.len() > 50 << 20);

    let mut command = std::process::Command::new("/bin/sh");
    let script = "ulimit -v 300000; exec \"$0\" annotate";
    command.args(["-c", script, env!("CARGO_BIN_EXE_plainbounce")]);
    let output = filter(command, &big);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let behind_words = memchr::memmem::find(&big, b"\n--4ABC.1/mail.example.org\n").unwrap() + 1;
    let behind_words = behind_words
        + memchr::memmem::find(&big[behind_words..], b"\n\n--4ABC.1/mail.example.org\n").unwrap();
    assert!(output.stdout.ends_with(&big[behind_words + 1..]));
    assert!(memchr::memmem::find(&output.stdout, b"Your message was not delivered to").is_some());
}
