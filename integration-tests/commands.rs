//! `inspect`, `explain` and `demo`, as a person calls them.

use std::path::Path;

use crate::harness::{filter, program};

fn bounces() -> &'static Path {
    Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/integration-tests/bounces"
    ))
}

/// Exit status, standard output, standard error.
fn call(arguments: &[&str]) -> (i32, String, String) {
    let mut command = program();
    command.args(arguments);
    let output = filter(command, b"");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn inspect_reads_files_and_folders_in_order() {
    let (qmail, postfix) = (
        bounces().join("qmail"),
        bounces().join("postfix/two-causes.eml"),
    );
    let (_, json, _) = call(&[
        "inspect",
        "--json",
        postfix.to_str().unwrap(),
        qmail.to_str().unwrap(),
    ]);
    let answers: Vec<serde_json::Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers[0]["file"], postfix.to_str().unwrap());
    assert_eq!(answers[0]["recipients"][1]["cause"], "mailbox-full");
    let keys: Vec<&str> = answers[0]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        ["file", "kind", "reporting_mta", "original", "recipients"]
    );
    assert!(
        answers[1]["file"]
            .as_str()
            .unwrap()
            .starts_with(qmail.to_str().unwrap())
    );
}

#[test]
fn inspect_says_what_is_no_message_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), b"\xff\xd8\xff\xe0 picture").unwrap();
    std::fs::copy(
        bounces().join("postfix/two-causes.eml"),
        folder.path().join("b"),
    )
    .unwrap();
    let (status, json, said) = call(&["inspect", "--json", folder.path().to_str().unwrap()]);
    assert_eq!(status, 1);
    assert_eq!(json.lines().count(), 2);
    assert!(said.contains("/a: no message"), "{said}");

    let (status, _, said) = call(&["inspect", "/does/not/exist"]);
    assert_eq!(status, 1);
    assert_eq!(said.lines().count(), 1);
    assert!(said.contains("/does/not/exist"));
}

#[test]
fn inspect_reads_files_of_an_old_macintosh() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(bounces().join("feedback/abuse.eml")).unwrap();
    let text = String::from_utf8(bytes).unwrap().replace('\n', "\r");
    std::fs::write(folder.path().join("a"), text).unwrap();
    let (status, json, _) = call(&["inspect", "--json", folder.path().to_str().unwrap()]);
    assert_eq!(status, 0);
    assert!(json.contains("\"kind\":\"feedback\""), "{json}");
}

/// What comes with a bounce cannot steer a terminal.
#[test]
fn inspect_shows_people_no_control_characters() {
    let mail = b"From: MAILER-DAEMON@example.org\n\
        Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
        --b\nContent-Type: message/delivery-status\n\n\
        Final-Recipient: rfc822; \x1b]0;title\x07bob@example.net\nAction: failed\nStatus: 5.1.1\n\
        Diagnostic-Code: smtp; 550 \x1b[2J\xc2\x9b31m no\n--b--\n";
    let mut command = program();
    command.arg("inspect");
    let output = filter(command, mail).stdout;
    assert!(
        String::from_utf8(output)
            .unwrap()
            .chars()
            .all(|c| c == '\n' || !c.is_control())
    );
}

/// Every code of the IANA registry and every reply code of RFC 5321 §4.2.3 has an entry of its own.
#[test]
fn explain_knows_every_registered_code() {
    let subjects = [
        (0, 0),
        (1, 10),
        (2, 4),
        (3, 6),
        (4, 7),
        (5, 6),
        (6, 10),
        (7, 30),
    ];
    let registry = subjects
        .into_iter()
        .flat_map(|(subject, last)| (0..=last).map(move |detail| format!("5.{subject}.{detail}")));
    let replies = [
        211, 214, 220, 221, 250, 251, 252, 354, 421, 450, 451, 452, 455, 500, 501, 502, 503, 504,
        550, 551, 552, 553, 554, 555,
    ];
    let replies = replies.into_iter().map(|reply| reply.to_string());
    for code in registry.chain(replies) {
        for (language, unlisted) in [("en", "No registry"), ("de", "steht in keinem")] {
            let (status, said, _) = call(&["explain", "--lang", language, &code]);
            assert_eq!(status, 0, "{code}");
            assert!(said.starts_with(&format!("{code}  ")), "{code}: {said}");
            assert!(!said.contains(unlisted), "{code}: {said}");
        }
    }
}

#[test]
fn explain_takes_every_spelling() {
    let title = |code: &str| {
        let (status, said, _) = call(&["explain", code]);
        assert_eq!(status, 0, "{code}");
        said.lines()
            .next()
            .unwrap()
            .split_once("  ")
            .unwrap()
            .1
            .to_owned()
    };
    for spelling in ["511", "#5.1.1", "x.1.1", "5.1.1"] {
        assert_eq!(title(spelling), "No such mailbox");
    }
    let (status, said, _) = call(&["explain", "5.7.x"]);
    assert_eq!(status, 0, "{said}");
    let (_, said, _) = call(&["explain", "5.7.606"]);
    assert!(said.starts_with("No registry lists 5.7.606"), "{said}");
    let (status, out, said) = call(&["explain", "hello"]);
    assert_eq!((status, out.as_str(), said.lines().count()), (2, "", 1));
}

#[test]
fn demo_shows_what_comes_in_and_out() {
    let (status, shown, said) = call(&["demo", "--once"]);
    assert_eq!((status, said.as_str()), (0, ""));
    for expected in [
        "There is no mailbox with this address at example.net.",
        "Das Postfach des Empfängers ist voll",
        "Your message has not been delivered yet to",
        "ivan@example.com",
        "  The same bytes, behind one Received field",
    ] {
        assert!(shown.contains(expected), "{expected} is not in\n{shown}");
    }
    assert_eq!(shown.matches("as HTML: ").count(), 6);
    let folder = shown.lines().last().unwrap().rsplit(' ').next().unwrap();
    let page = std::fs::read_to_string(format!("{folder}/1-postfix-mistyped-address.html"));
    assert!(page.unwrap().starts_with("<!doctype html>"));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn rules_are_listed_in_their_order_and_pass_their_examples() {
    let (status, listed, _) = call(&["rules", "list"]);
    assert_eq!(status, 0);
    let place = |name: &str| {
        listed
            .lines()
            .position(|line| line.starts_with(name))
            .unwrap()
    };
    assert!(place("builtin:microsoft/") < place("builtin:common/"));
    let (status, said, _) = call(&["rules", "test"]);
    assert_eq!(status, 0, "{said}");
    assert!(said.ends_with(" examples, 0 failed\n"), "{said}");
    assert_eq!(
        said.split(' ').next().unwrap(),
        listed.lines().count().to_string()
    );
}
