//! `check`: what an operator is told who has just put plainbounce in.

mod next_hops;

use std::net::TcpListener;
use std::path::Path;

use crate::harness::{Daemon, NextHop, free_port, program};
use crate::rules::Postmaster;

/// Exit status, and the findings.
fn check(file: &Path) -> (i32, String) {
    let mut command = program();
    let output = command.arg("check").arg("--config").arg(file);
    let output = output.output().unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), said)
}

/// With these settings.
fn check_settings(settings: &str) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plainbounce.toml");
    std::fs::write(&file, settings).unwrap();
    check(&file)
}

/// That it is said, in a line that begins so, and what status it leads to.
fn says(settings: &str, line: &str) {
    let (status, said) = check_settings(settings);
    assert!(said.lines().any(|said| said.starts_with(line)), "{said}");
    let is_wrong = line.starts_with("wrong ");
    assert_eq!(status, i32::from(is_wrong), "{said}");
    let last = said.lines().last().unwrap();
    let expected = if is_wrong {
        "one thing is wrong"
    } else {
        "nothing is wrong"
    };
    assert_eq!(last, expected, "{said}");
}

/// A section with a door on a free port.
fn smtp(next_hop: &str, more: &str) -> String {
    let port = free_port();
    format!("[smtp]\nlisten = \"127.0.0.1:{port}\"\nnext_hop = \"{next_hop}\"\n{more}\n")
}

#[test]
fn all_is_well() {
    let next_hop = NextHop::start();
    let settings = smtp(&next_hop.url, "");
    says(&settings, "ok     settings: /");
    says(&settings, "ok     smtp.listen 127.0.0.1:");
    let place = format!(
        "ok     smtp.next_hop {}: answers \"220 ",
        next_hop.address()
    );
    says(&settings, &place);
    says(
        &settings,
        "ok     notices: en where the mail does not say; ",
    );
    says(&settings, "ok     rules: ");
    // No mail was sent.
    let books = next_hop.books();
    let polite = |line: &String| line.starts_with("EHLO ") || line == "QUIT";
    assert!(books.commands.iter().all(polite), "{:?}", books.commands);
}

#[test]
fn it_is_running() {
    let next_hop = NextHop::start();
    let listen = format!("127.0.0.1:{}", free_port());
    let daemon = Daemon::open("smtp", &listen, &next_hop.url, "");
    let (status, said) = check(&daemon.file());
    let running = format!("ok     smtp.listen {listen}: plainbounce is running there (\"220 ");
    assert!(said.contains(&running), "{said}");
    assert_eq!(status, 0);
    daemon.connect().expect("220");
}

/// It speaks with those that it is told to speak with.
#[test]
fn it_is_running_for_others() {
    let next_hop = NextHop::start();
    let listen = format!("127.0.0.1:{}", free_port());
    let others = "allow_from = [\"192.0.2.0/24\"]";
    let daemon = Daemon::open("smtp", &listen, &next_hop.url, others);
    let (status, said) = check(&daemon.file());
    let running = format!("note   smtp.listen {listen}: somebody is running there, and turns");
    assert!(said.contains(&running), "{said}");
    assert_eq!(status, 0);

    let listen = format!("127.0.0.1:{}", free_port());
    let proxy = "proxy_protocol_from = [\"127.0.0.1\"]";
    let daemon = Daemon::open("smtp", &listen, &next_hop.url, proxy);
    let (status, said) = check(&daemon.file());
    let running = format!("note   smtp.listen {listen}: somebody is running there, and waits");
    assert!(said.contains(&running), "{said}");
    assert_eq!(status, 0);
}

#[test]
fn a_milter_and_a_console_are_running() {
    let [milter, console] = std::array::from_fn(|_| format!("127.0.0.1:{}", free_port()));
    let settings = format!("[milter]\nlisten = \"{milter}\"\n[console]\nlisten = \"{console}\"\n");
    let _daemon = Daemon::with(&settings);
    says(
        &settings,
        &format!("ok     milter.listen {milter}: a milter is running there"),
    );
    let line = format!("ok     console.listen {console}: a console is running there");
    says(&settings, &line);
}

#[test]
fn a_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("door");
    let next_hop = NextHop::lmtp();
    let settings = |path: &Path| {
        let path = path.display();
        format!(
            "[lmtp]\nlisten = \"{path}\"\nnext_hop = \"{}\"\n",
            next_hop.url
        )
    };
    let free = format!("ok     lmtp.listen {}: free", path.display());
    says(&settings(&path), &free);
    assert!(!path.exists());
    // Whoever listened there is gone.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    says(&settings(&path), &free);
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, "").unwrap();
    let file = format!(
        "wrong  lmtp.listen {}: cannot listen there (there is a file",
        path.display()
    );
    says(&settings(&path), &file);
    let nowhere = folder.path().join("no/door");
    let line = format!(
        "wrong  lmtp.listen {}: cannot listen there (there is no folder",
        nowhere.display()
    );
    says(&settings(&nowhere), &line);
}

#[test]
fn another_program_is_there() {
    let (next_hop, other) = (NextHop::start(), NextHop::start());
    let listen = other.address();
    let settings = format!(
        "[smtp]\nlisten = \"{listen}\"\nnext_hop = \"{}\"\n",
        next_hop.url
    );
    let line =
        format!("wrong  smtp.listen {listen}: another program is running there; it says \"220 ");
    says(&settings, &line);
    // One that says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = silent.local_addr().unwrap();
    let settings = format!(
        "[smtp]\nlisten = \"{listen}\"\nnext_hop = \"{}\"\n",
        next_hop.url
    );
    let line =
        format!("wrong  smtp.listen {listen}: another program is running there, and it is not");
    says(&settings, &line);
}

#[test]
fn two_doors_at_one_port() {
    let (smtp, lmtp) = (NextHop::start(), NextHop::lmtp());
    let port = free_port();
    for (one, other) in [("127.0.0.1", "127.0.0.1"), ("127.0.0.1", "0.0.0.0")] {
        let settings = format!(
            "[smtp]\nlisten = \"{one}:{port}\"\nnext_hop = \"{}\"\n\
             [lmtp]\nlisten = \"{other}:{port}\"\nnext_hop = \"{}\"\n",
            smtp.url, lmtp.url
        );
        let line = format!("wrong  lmtp.listen {other}:{port}: smtp.listen is to listen there as");
        says(&settings, &line);
    }
}

#[test]
fn a_rule_whose_example_fails() {
    let rule = |says: &str| {
        format!(
            "[[rule]]\nname = \"parked\"\nmatch.diagnostic = 'parked'\n\
             words.en.why = \"This mailbox is parked.\"\n\
             [[rule.example]]\ndiagnostic = \"550 5.1.1 Account parked\"\nsays = \"{says}\"\n"
        )
    };
    let postmaster = Postmaster::new();
    let settings = postmaster.path("plainbounce.toml");
    postmaster.write("rules.d/a.toml", &rule("is parked"));
    let (status, said) = check(&settings);
    assert!(said.contains("ok     rules: 1 of yours, "), "{said}");
    assert_eq!(status, 0);
    postmaster.write("rules.d/a.toml", &rule("is full"));
    let (status, said) = check(&settings);
    assert!(said.contains("wrong  rules: "), "{said}");
    assert!(said.contains("`plainbounce rules test`"), "{said}");
    assert_eq!(status, 1);
}

#[test]
fn an_address_of_another_machine() {
    let next_hop = NextHop::start();
    let settings = format!(
        "[smtp]\nlisten = \"192.0.2.1:25\"\nnext_hop = \"{}\"\n",
        next_hop.url
    );
    says(
        &settings,
        "wrong  smtp.listen 192.0.2.1:25: this machine has no such address",
    );
}

#[test]
fn our_own_certificate() {
    let next_hop = NextHop::start();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let made = rcgen::generate_simple_self_signed(["mail.example.org".to_owned()]).unwrap();
    std::fs::write(at("cert"), made.cert.pem()).unwrap();
    std::fs::write(at("key"), made.signing_key.serialize_pem()).unwrap();
    let settings = |key: &str| {
        let (cert, key) = (at("cert"), at(key));
        let lines = format!(
            "tls_cert = \"{}\"\ntls_key = \"{}\"",
            cert.display(),
            key.display()
        );
        smtp(&next_hop.url, &lines)
    };
    says(
        &settings("key"),
        "ok     smtp.tls_cert: certificate and key fit each other",
    );
    let (status, said) = check_settings(&settings("none"));
    assert_eq!(status, 1);
    assert!(said.contains("smtp.tls_cert: "), "{said}");
}

#[test]
fn words_of_the_operator() {
    let next_hop = NextHop::start();
    let settings = smtp(&next_hop.url, "[notice]\nlanguage = \"eo\"");
    let (status, said) = check_settings(&settings);
    assert_eq!(status, 1);
    assert!(
        said.contains("plainbounce.toml: notice.language: "),
        "{said}"
    );
}

/// The pipe needs no door.
#[test]
fn no_door() {
    says("", "note   no door is to be open");
}

/// Then there is nothing to look at.
#[test]
fn wrong_settings() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.toml");
    std::fs::write(&file, "[smtp]\nlisten = 25\n").unwrap();
    let output = program().arg("check").arg("--config").arg(file).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
}
