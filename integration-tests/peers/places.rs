//! The places in which plainbounce stands, by the lines that an operator copies from `deploy/`: what
//! has to be true in each of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use mail_parser::MessageParser;

use crate::harness::{Daemon, Jail, Peer, eventually};

/// With what a careless hand would change: space at an end, dots in front, `From `, an empty line at
/// the end, more than ASCII.
pub const ORDINARY: &str = "\
From: Alice <alice@example.org>
To: somebody@example.net
Subject: lunch
Message-ID: <lunch.1@example.org>
Date: Mon, 12 Oct 2026 17:05:00 +0200
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

At one? Gr\u{fc}\u{df}e\u{20}
.
..dots, and \ttabs \t
From here

";

/// What comes from outside, of a message to bob@example.net.
pub fn bounce() -> String {
    let bounce = String::from_utf8(crate::smtp::bounce()).unwrap();
    // Or else one is put in front of it.
    let date = "Date: Mon, 12 Oct 2026 17:05:09 +0200\nMIME-Version:";
    bounce.replace('\r', "").replacen("MIME-Version:", date, 1)
}

/// A Maildir in which mail arrives.
pub struct Mailbox(pub PathBuf);

impl Mailbox {
    pub fn all(&self) -> Vec<String> {
        // Some put what they have seen elsewhere.
        let files = ["new", "cur"].into_iter().flat_map(|name| {
            let entries = self.0.join(name).read_dir().into_iter().flatten();
            entries.map(|entry| entry.unwrap().path())
        });
        files
            .filter_map(|file| std::fs::read_to_string(file).ok())
            .collect()
    }

    /// The one message that comes.
    pub fn one(&self) -> String {
        let [message] = self.take(1).try_into().unwrap();
        message
    }

    /// As many as are to come, in the order of their names; they are taken out.
    pub fn take(&self, count: usize) -> Vec<String> {
        eventually("mail is in the Maildir", || self.all().len() >= count);
        let all = self.all();
        for name in ["new", "cur"] {
            for entry in self.0.join(name).read_dir().into_iter().flatten() {
                std::fs::remove_file(entry.unwrap().path()).unwrap();
            }
        }
        all
    }
}

/// At an SMTP server that takes mail for good.
pub fn send(server: &str, reverse_path: &str, forward_path: &str, message: &str) {
    let mut peer = Peer::hello(server);
    peer.ask(&format!("MAIL FROM:<{reverse_path}> BODY=8BITMIME"), "250");
    peer.ask(&format!("RCPT TO:<{forward_path}>"), "250");
    peer.ask("DATA", "354");
    peer.message(message.replace('\n', "\r\n").as_bytes(), "250");
    peer.ask("QUIT", "221");
}

/// As it was sent, to the byte, behind trace fields.
pub fn is_untouched(arrived: &str, sent: &str) {
    let trace = arrived.strip_suffix(sent);
    is_trace(trace.unwrap_or_else(|| panic!("another message: {arrived:?}")));
}

fn is_trace(fields: &str) {
    const TRACE: [&str; 6] = [
        "Received",
        "Return-Path",
        "Delivered-To",
        "X-Original-To",
        "Envelope-To",
        "Delivery-Date",
    ];
    for line in fields.lines() {
        let name = line.split(':').next().unwrap();
        let known = TRACE.iter().any(|trace| trace.eq_ignore_ascii_case(name));
        assert!(known || line.starts_with(['\t', ' ']), "{line:?}");
    }
}

/// A `multipart/report` on bob@example.net, which he is told of first; all but the first part is as
/// it was.
pub fn is_explained(arrived: &str, sent: &str) {
    let (head, body) = sent.split_once("\n\n").unwrap();
    let boundary = MessageParser::default().parse(sent).unwrap();
    let boundary = mail_parser::MimeHeaders::content_type(&boundary)
        .and_then(|kind| kind.attribute("boundary"))
        .unwrap()
        .to_owned();
    let second = body
        .match_indices(&format!("--{boundary}\n"))
        .nth(1)
        .unwrap();
    let (trace, _) = arrived.split_once(head).expect(arrived);
    is_trace(trace);
    assert!(arrived.ends_with(&body[second.0..]), "{arrived}");
    begins_with_a_notice(arrived);
}

/// A bounce that a mail system wrote on its own, on bob@example.net.
pub fn begins_with_a_notice(arrived: &str) {
    let message = MessageParser::default().parse(arrived).unwrap();
    let text = message.body_text(0).unwrap();
    let begins = "Your message was not delivered to\n    bob@example.net\n";
    assert!(text.starts_with(begins), "{arrived}");
    assert!(
        text.contains("There is no mailbox with this address"),
        "{text}"
    );
    assert!(arrived.contains("\nPlainbounce-Annotation: "), "{arrived}");
}

/// The same, where plainbounce does not see it.
pub fn is_not_explained(arrived: &str) {
    assert!(arrived.contains("bob@example.net"), "{arrived}");
    assert!(!arrived.contains("Plainbounce-Annotation"), "{arrived}");
}

/// A place that `serve` stands in.
pub struct Place<'a> {
    /// At the same address each time.
    pub start: &'a dyn Fn() -> Daemon,
    /// Puts a message on its way to the mailbox.
    pub send: &'a (dyn Fn(&str) + Sync),
    /// Makes who has it try again.
    pub retry: &'a dyn Fn(),
    pub mailbox: &'a Mailbox,
}

fn numbered(number: usize) -> String {
    ORDINARY.replace("Subject: lunch", &format!("Subject: lunch {number}."))
}

fn subject(message: &str) -> &str {
    let line = message.lines().find(|line| line.starts_with("Subject: "));
    line.unwrap()
}

fn is_numbered(subject: &str) -> bool {
    subject.starts_with("Subject: lunch ")
}

impl Place<'_> {
    fn arrived(&self) -> BTreeSet<String> {
        let all = self.mailbox.all();
        let subjects = all.iter().map(|message| subject(message).to_owned());
        // What came before may come twice: its 250 may have died with who was to pass it on.
        subjects.filter(|subject| is_numbered(subject)).collect()
    }

    /// kill -9 while mail flows: it is deferred, and nothing passes by another way; when plainbounce is
    /// there again, all arrives.
    pub fn waits_while_it_is_dead(&self) {
        const BEFORE: usize = 12;
        const ALL: usize = 15;
        let mut daemon = (self.start)();
        std::thread::scope(|scope| {
            let flow =
                scope.spawn(|| (0..BEFORE).for_each(|number| (self.send)(&numbered(number))));
            eventually("mail flows", || self.arrived().len() >= 3);
            daemon.signal("KILL");
            daemon.ended();
            flow.join().unwrap();
        });
        (BEFORE..ALL).for_each(|number| (self.send)(&numbered(number)));
        (self.retry)();
        // It is not asserted what does not happen soon, but that it has not happened by now.
        std::thread::sleep(Duration::from_millis(500));
        let last = |subject: &String| {
            (BEFORE..ALL).any(|number| *subject == format!("Subject: lunch {number}."))
        };
        assert!(!self.arrived().iter().any(last), "{:?}", self.arrived());

        let _daemon = (self.start)();
        eventually("all that was taken arrives", || {
            let all_there = self.arrived().len() == ALL;
            if !all_there {
                (self.retry)();
                std::thread::sleep(Duration::from_millis(200));
            }
            all_there
        });
        let (_, body) = ORDINARY.split_once("\n\n").unwrap();
        for message in self.mailbox.all() {
            let intact = message.ends_with(body) || !is_numbered(subject(&message));
            assert!(intact, "{message}");
        }
    }
}

/// A place in which each message is piped through the program in a jail.
pub struct Pipe<'a> {
    pub jail: &'a Jail,
    /// Where the program is expected.
    pub program: &'a str,
    /// Puts a message on its way to the mailbox: reverse path, forward path, message.
    pub send: &'a dyn Fn(&str, &str, &str),
    /// Makes who has it try again.
    pub retry: &'a dyn Fn(),
    pub mailbox: &'a Mailbox,
    pub when_dead: WhenDead,
}

/// What becomes of a message when the program dies.
#[derive(PartialEq)]
pub enum WhenDead {
    /// It goes on as it came.
    Passes,
    /// It stays where it was.
    Waits,
    /// It waits as well, and with it comes again what was delivered in the same fetch.
    IsFetchedAgain,
}

/// Of kill -9: before it has read or written anything, and with half of the message read and written.
const DEATHS: [&str; 2] = [
    "#!/bin/sh\nkill -9 $$\n",
    "#!/bin/sh\nread -r line; echo \"$line\"; read -r line; echo \"$line\"; kill -9 $$\n",
];

/// Each returns another message.
fn bounce_numbered(number: usize) -> String {
    bounce().replace("Subject: lunch", &format!("Subject: lunch {number}."))
}

const ALICE: &str = "alice@example.org";

impl Pipe<'_> {
    pub fn check(&self) {
        install(self.jail, self.program);
        (self.send)(ALICE, ALICE, ORDINARY);
        is_untouched(&self.mailbox.one(), ORDINARY);
        (self.send)("", ALICE, &bounce());
        is_explained(&self.mailbox.one(), &bounce());
        (self.send)(ALICE, "bob@example.net", ORDINARY);
        begins_with_a_notice(&self.mailbox.one());

        DEATHS.iter().for_each(|script| {
            self.jail.write(self.program, script);
            self.jail.own(self.program, 0, 0, 0o755);
            self.dies();
        });
        std::fs::remove_file(self.jail.path(self.program)).unwrap();
        self.dies();
        install(self.jail, self.program);
        self.is_killed_while_mail_flows();
    }

    fn dies(&self) {
        (self.send)(ALICE, ALICE, ORDINARY);
        (self.send)("", ALICE, &bounce());
        if self.when_dead != WhenDead::Passes {
            assert_eq!(self.mailbox.all().len(), 0);
            install(self.jail, self.program);
        }
        let there = || self.mailbox.all().len() >= 2;
        eventually("both arrive", || there() || self.tried_again());
        let (ours, other): (Vec<_>, Vec<_>) = (self.mailbox.take(2).into_iter())
            .partition(|message| message.contains("Subject: Undelivered"));
        let ([bounced], [ordinary]) = (ours.as_slice(), other.as_slice()) else {
            panic!("{ours:?} {other:?}");
        };
        is_untouched(ordinary, ORDINARY);
        match self.when_dead {
            WhenDead::Passes => is_untouched(bounced, &bounce()),
            WhenDead::Waits | WhenDead::IsFetchedAgain => is_explained(bounced, &bounce()),
        }
    }

    /// Nothing is there yet.
    fn tried_again(&self) -> bool {
        (self.retry)();
        std::thread::sleep(Duration::from_millis(100));
        false
    }

    /// As fast as it is found, the program is killed, at whatever it is.
    fn is_killed_while_mail_flows(&self) {
        let killer = Killer::of(self.jail.path(self.program));
        let mut sent = 0;
        while killer.killed() < 3 {
            let message = bounce_numbered(sent);
            (self.send)("", ALICE, &message);
            sent += 1;
            assert!(sent < 300, "none was found");
        }
        drop(killer);
        let all_there = || self.mailbox.all().len() >= sent;
        eventually("all arrive", || all_there() || self.tried_again());
        let arrived = self.mailbox.take(sent);
        for number in 0..sent {
            let message = bounce_numbered(number);
            let (_, part) = message.split_once("message/delivery-status\n").unwrap();
            let count = arrived.iter().filter(|arrived| arrived.ends_with(part));
            match self.when_dead {
                WhenDead::IsFetchedAgain => assert!(count.count() >= 1, "{part}"),
                _ => assert_eq!(count.count(), 1, "{part}"),
            }
        }
    }
}

/// Puts the program into a mail system's own folder.
pub fn install(jail: &Jail, to: &str) {
    let to = jail.path(to);
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    let _ = std::fs::remove_file(&to);
    let program = Path::new(env!("CARGO_BIN_EXE_plainbounce"));
    if std::fs::hard_link(program, &to).is_err() {
        std::fs::copy(program, &to).unwrap();
    }
}

/// Ends each process of a program with kill -9, as fast as it can, until it is dropped.
struct Killer {
    over: Arc<AtomicBool>,
    killed: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Killer {
    fn of(program: PathBuf) -> Self {
        let (over, killed) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let (is_over, count): (_, Arc<AtomicUsize>) = (over.clone(), Arc::clone(&killed));
        let thread = std::thread::spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                for process in processes_of(&program) {
                    let mut kill = Command::new("kill");
                    let status = kill
                        .args(["-KILL", &process])
                        .stderr(Stdio::null())
                        .status();
                    count.fetch_add(usize::from(status.unwrap().success()), Ordering::Relaxed);
                }
            }
        });
        Self {
            over,
            killed,
            thread: Some(thread),
        }
    }

    /// How many it ended.
    fn killed(&self) -> usize {
        self.killed.load(Ordering::Relaxed)
    }
}

impl Drop for Killer {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn processes_of(program: &Path) -> Vec<String> {
    let all = Path::new("/proc").read_dir().unwrap().flatten();
    let runs = |entry: &std::fs::DirEntry| {
        let link = std::fs::read_link(entry.path().join("exe"));
        link.is_ok_and(|link| link == program)
    };
    let name = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    all.filter(runs).map(name).collect()
}
