//! A mail system that cannot deliver a message writes a bounce, and sends it to its reader through
//! plainbounce: what is the same whichever it is.
//!
//! `KEEP_BOUNCES=1` writes what it sent to `bounces/<mail system>/real-<case>.eml`.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mail_parser::{MessageParser, MimeHeaders};
use serde_json::Value;

use crate::harness::{Act, Daemon, HOSTNAME, Jail, Names, NextHop, Tap};
use crate::harness::{eventually, filter, free_address, program};

/// One of `target/peers/`.
pub struct MailSystem {
    pub name: &'static str,
    /// Those that its package brings, from number 101.
    pub users: &'static [&'static str],
    /// With its settings, running where it is a daemon.
    pub start: fn(&Jail),
    /// What takes a message, with the forward path behind it.
    pub submit: &'static [&'static str],
    /// What makes it try once more; empty where it does so by itself.
    pub retry: &'static [&'static str],
}

/// What becomes of a message, and what is to be read in the bounce.
pub struct Case {
    pub name: &'static str,
    pub forward_path: &'static str,
    /// How the server for example.net receives `RCPT`; None where it is not there.
    pub server: Option<&'static str>,
    pub kind: &'static str,
    pub action: &'static str,
    /// One of these, where the mail system's words leave it open.
    pub causes: &'static [&'static str],
    pub class: &'static str,
}

pub const UNKNOWN_USER: Case = Case {
    name: "unknown-user",
    forward_path: "bob@example.net",
    server: Some("550 5.1.1 <bob@example.net>: Recipient address rejected: User unknown"),
    kind: "failure",
    action: "failed",
    causes: &["mailbox-unknown"],
    class: "5.",
};

pub const FULL_MAILBOX: Case = Case {
    name: "full-mailbox",
    forward_path: "full@example.net",
    server: Some("552 5.2.2 <full@example.net>: Mailbox full"),
    causes: &["mailbox-full"],
    ..UNKNOWN_USER
};

pub const UNKNOWN_DOMAIN: Case = Case {
    name: "unknown-domain",
    forward_path: "bob@nosuch.invalid",
    server: None,
    causes: &["domain-unknown"],
    ..UNKNOWN_USER
};

pub const DELAY: Case = Case {
    name: "delay",
    forward_path: "full@example.net",
    server: Some("452 4.2.2 <full@example.net>: Mailbox full"),
    kind: "delay",
    action: "delayed",
    causes: &["mailbox-full"],
    class: "4.",
};

pub const NO_SERVER: Case = Case {
    name: "no-server",
    forward_path: "bob@example.net",
    server: None,
    causes: &["connection-failed"],
    ..DELAY
};

/// Tried until the time was up.
pub const GIVEN_UP: Case = Case {
    name: "given-up",
    kind: "failure",
    action: "failed",
    causes: &["delivery-expired"],
    ..DELAY
};

const MESSAGE: &str = "\
From: Alice <alice@example.org>
To: somebody@example.net
Subject: lunch
Message-ID: <lunch.1@example.org>
Date: Mon, 12 Oct 2026 17:05:00 +0200

At one?
";

pub fn check(system: &MailSystem, case: &Case) {
    check_after(system, case, |_| {});
}

/// With something done to it once it has the message.
pub fn check_after(system: &MailSystem, case: &Case, then: fn(&Jail)) {
    let world = World::around(case.server);
    let Some(jail) = Jail::open(system.name, system.users, &world.names) else {
        return;
    };
    (system.start)(&jail);
    let submit = [system.submit, &[case.forward_path]].concat();
    // Some answer that they could not deliver it, others that they will.
    let said = jail.run(&submit, MESSAGE);
    then(&jail);
    eventually("a bounce is in the Maildir", || {
        let there = !world.mail().is_empty();
        if !there && !system.retry.is_empty() {
            let _ = jail.run(system.retry, "");
            std::thread::sleep(Duration::from_millis(100));
        }
        there
    });
    let (sent, _) = case.is_explained_by(&world, system.name);
    assert!(sent.contains("lunch.1@example.org"), "{said:?}\n{sent}");
}

/// The server for example.net, and plainbounce in front of the Maildir of example.org, with a tap in
/// the wire before it; and the names of these, and of no others.
pub struct World {
    pub names: Names,
    pub tap: Tap,
    maildir: PathBuf,
    _daemon: Daemon,
    _parent: tempfile::TempDir,
}

impl World {
    pub fn around(server: Option<&'static str>) -> Self {
        let [far, near, own]: [Ipv4Addr; 3] = std::array::from_fn(|_| free_address());
        if let Some(reply) = server {
            NextHop::start_at(&format!("{far}:25")).on("RCPT", Act::Say(reply));
        }
        let parent = tempfile::tempdir().unwrap();
        let maildir = parent.path().join("alice");
        let daemon = Daemon::in_front_of_maildir(&maildir, "");
        Self {
            names: Names::start(&[
                ("mx.example.net", far),
                ("mx.example.org", near),
                (HOSTNAME, own),
            ]),
            tap: Tap::start_at(&format!("{near}:25"), &daemon.address),
            maildir,
            _daemon: daemon,
            _parent: parent,
        }
    }

    fn mail(&self) -> Vec<PathBuf> {
        let entries = self.maildir.join("new").read_dir().into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// What the mail system sent, and what came to lie in the Maildir.
    pub fn one_message(&self) -> (String, String) {
        eventually("a bounce is in the Maildir", || !self.mail().is_empty());
        let [file] = self.mail().try_into().unwrap();
        let [sent] = self.tap.messages().try_into().unwrap();
        let arrived = std::fs::read_to_string(file).unwrap();
        let sent = String::from_utf8(sent).unwrap();
        (sent.replace("\r\n", "\n"), arrived)
    }
}

impl Case {
    /// The bounce as the mail system sent it, and as it came to lie in the Maildir.
    pub fn is_explained_by(&self, world: &World, system: &str) -> (String, String) {
        let (sent, arrived) = world.one_message();
        keep(system, self.name, &sent);
        self.is_read_in(&sent);
        explained_first(&sent, &arrived, self);
        (sent, arrived)
    }

    fn is_read_in(&self, bounce: &str) {
        let mut command = program();
        command.args(["inspect", "--json"]);
        let said = filter(command, bounce.as_bytes()).stdout;
        let report: Value = serde_json::from_slice(&said).unwrap();
        let [recipient] = report["recipients"].as_array().unwrap().as_slice() else {
            panic!("one recipient in {report}");
        };
        let found = [
            &report["kind"],
            &report["reporting_mta"],
            &recipient["action"],
            &recipient["address"],
        ];
        let expected = [self.kind, HOSTNAME, self.action, self.forward_path];
        assert_eq!(found, expected, "{report}\n{bounce}");
        let cause = recipient["cause"].as_str().unwrap();
        assert!(self.causes.contains(&cause), "{report}\n{bounce}");
        // Words alone may give no code at all.
        let needed = bounce.contains("message/delivery-status");
        let status = recipient["status"].as_str();
        let fits = status.map_or(!needed, |status| status.starts_with(self.class));
        assert!(fits, "{report}\n{bounce}");
    }
}

/// The reader sees the explanation first; all the rest is there as it was, to the byte.
fn explained_first(sent: &str, arrived: &str, case: &Case) {
    let message = MessageParser::default().parse(arrived).unwrap();
    let text = message.body_text(0).unwrap();
    let verb = match case.kind {
        "delay" => "has not been delivered yet to",
        _ => "was not delivered to",
    };
    let begins = format!("Your message {verb}\n    {}\n", case.forward_path);
    assert!(text.starts_with(&begins), "{text}");
    assert!(
        text.contains(&format!("Reported by {HOSTNAME}\n")),
        "{text}"
    );

    let (head, body) = sent.split_once("\n\n").unwrap();
    let sent = MessageParser::default().parse(sent).unwrap();
    let kind = sent.content_type();
    let is_report = kind.is_some_and(|kind| kind.subtype() == Some("report"));
    match kind.and_then(|kind| kind.attribute("boundary")) {
        // Only the first part, which is for people, is another.
        Some(boundary) if is_report => {
            let delimiter = format!("\n--{boundary}\n");
            let second = body.match_indices(&delimiter).nth(1).unwrap().0;
            assert!(arrived.contains(&format!("\n{head}\n")), "{arrived}");
            assert!(arrived.ends_with(&body[second..]), "{arrived}");
        }
        // It is a part itself.
        _ => {
            let mut lines = head.lines();
            assert!(lines.all(|line| arrived.contains(line)), "{arrived}");
            assert!(arrived.contains(&format!("\n\n{body}")), "{arrived}");
        }
    }
}

/// With addresses that are for examples.
fn keep(system: &str, case: &str, bounce: &str) {
    if std::env::var_os("KEEP_BOUNCES").is_none() {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("integration-tests/bounces");
    let folder = folder.join(system);
    std::fs::create_dir_all(&folder).unwrap();
    let mut text = String::new();
    for (at, piece) in bounce.split("[127.").enumerate() {
        let (number, rest) = piece.split_once(']').unwrap_or_default();
        match at {
            0 => text.push_str(piece),
            _ if number == "0.0.1" => text.push_str(&format!("[127.0.0.1]{rest}")),
            _ => text.push_str(&format!("[192.0.2.25]{rest}")),
        }
    }
    std::fs::write(folder.join(format!("real-{case}.eml")), text).unwrap();
}
