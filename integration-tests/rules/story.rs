//! A postmaster sees a bad explanation, and mends it while mail goes through.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::{Postmaster, bounce};
use crate::harness::{Daemon, NextHop, Peer, eventually};

const RULE: &str = r#"[[rule]]
name = "parked"
match.diagnostic = 'parked until (?<until>[\d-]+)'
cause = "mailbox-disabled"
words.en.why = "This mailbox is parked until {until}."

[[rule.example]]
diagnostic = "550 5.1.1 Account parked until 2027-01-31"
says = "parked until 2027-01-31"
"#;

const SAID: &str = "550 5.1.1 Account parked until 2027-01-31";

#[test]
fn a_wrong_explanation_is_mended_under_load() {
    let bounced = bounce("5.1.1", SAID);
    let postmaster = Postmaster::new();
    let mail = postmaster.write("mails/1.eml", &bounced);
    postmaster.write("mails/2.eml", "Subject: hello\r\n\r\nhello\r\n");

    // Why does it say this?
    let (status, why, _) = postmaster.call(&["rules", "why", mail.to_str().unwrap()]);
    assert_eq!(status, 0);
    assert!(why.contains("by its code: builtin:codes/X.1.1"), "{why}");
    assert!(
        why.contains("cause      mailbox-unknown (likely), by builtin:codes/X.1.1"),
        "{why}"
    );

    // What would a rule change? Nothing is saved.
    postmaster.write("new.toml", RULE);
    let (status, tried, _) = postmaster.call(&["rules", "try", "new.toml", "mails"]);
    assert_eq!(status, 0, "{tried}");
    assert!(
        tried.starts_with("2 messages, 1 bounces: 1 would change\n"),
        "{tried}"
    );
    assert!(
        tried.contains("+    This mailbox is parked until 2027-01-31."),
        "{tried}"
    );
    assert!(
        tried.contains("-> mailbox-disabled by rules.d/new.toml:parked"),
        "{tried}"
    );
    assert_eq!(postmaster.path("rules.d").read_dir().unwrap().count(), 0);

    // It is saved while mail goes through.
    let next_hop = NextHop::start();
    let daemon = Daemon::start(&next_hop.url, "");
    let load = Load::start(&daemon.address, &bounced);
    load.goes_on();
    let rules = daemon.file().with_file_name("rules.d");
    std::fs::create_dir(&rules).unwrap();
    std::fs::write(rules.join("local.toml"), RULE).unwrap();
    daemon.says("settings reloaded");
    assert!(
        notice(&daemon, &next_hop, &bounced).contains("This mailbox is parked until 2027-01-31.")
    );
    let log = daemon.says("rule=rules.d/local.toml:parked");
    assert!(log.contains("cause=mailbox-disabled"), "{log}");

    // Its example is tested.
    let config = daemon.file();
    std::fs::copy(
        rules.join("local.toml"),
        postmaster.path("rules.d/local.toml"),
    )
    .unwrap();
    let (status, tested, _) = postmaster.call(&["rules", "test"]);
    assert_eq!(status, 0, "{tested}");

    // A broken edit is refused, and nothing changes.
    load.goes_on();
    std::fs::write(rules.join("local.toml"), RULE.replace("cause =", "casue =")).unwrap();
    let line = daemon.says("not reloaded");
    let expected = format!(
        "{}/local.toml:4:1: unknown key casue (did you mean cause?)",
        rules.display()
    );
    assert!(line.contains(&expected), "{line}");
    assert!(
        notice(&daemon, &next_hop, &bounced).contains("This mailbox is parked until 2027-01-31.")
    );
    std::fs::remove_dir_all(&rules).unwrap();
    daemon.says("rules.d: is gone");
    assert!(
        notice(&daemon, &next_hop, &bounced).contains("This mailbox is parked until 2027-01-31.")
    );
    drop(config);

    // Not one message is lost or answered late meanwhile.
    load.goes_on();
    let (sent, slowest) = load.end();
    println!("{sent} messages meanwhile, the slowest took {slowest:?}");
    assert!(slowest < Duration::from_secs(10), "{slowest:?}");
    assert_eq!(next_hop.books().messages.len(), sent + 3);
}

#[test]
fn words_are_read_anew_when_they_change_unless_it_is_not_wanted() {
    let bounced = bounce("5.1.1", "550 5.1.1 No such user");
    let next_hop = NextHop::start();
    let watching = Daemon::start(&next_hop.url, "");
    let deaf = Daemon::start(&next_hop.url, "[rules]\nwatch = false");
    for daemon in [&watching, &deaf] {
        let words = daemon.file().with_file_name("notice.d");
        std::fs::create_dir(&words).unwrap();
        std::fs::write(
            words.join("en.toml"),
            "[words]\nno_retry = 'That was all.'\n",
        )
        .unwrap();
    }
    watching.says("settings reloaded");
    assert!(notice(&watching, &next_hop, &bounced).contains("That was all."));
    assert!(!notice(&deaf, &next_hop, &bounced).contains("That was all."));
    deaf.signal("HUP");
    deaf.says("settings reloaded");
    assert!(notice(&deaf, &next_hop, &bounced).contains("That was all."));
}

/// Sends one bounce in a new session, and gives what came out of it.
fn notice(daemon: &Daemon, next_hop: &NextHop, bounced: &str) -> String {
    let marked = bounced.replace("<1@mx", "<mine@mx");
    let mut peer = Peer::hello(&daemon.address);
    send(&mut peer, &marked);
    let books = next_hop.books();
    let mine = books
        .messages
        .iter()
        .rev()
        .find(|message| memchr::memmem::find(message, b"Message-ID: <mine@mx").is_some());
    String::from_utf8_lossy(mine.unwrap()).replace("=\r\n", "")
}

fn send(peer: &mut Peer, message: &str) {
    peer.ask("MAIL FROM:<>", "250");
    peer.ask("RCPT TO:<alice@example.org>", "250");
    peer.ask("DATA", "354");
    peer.message(message.as_bytes(), "250");
}

/// Bounces, one after another, in two sessions that stay open.
struct Load {
    over: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
    threads: Vec<std::thread::JoinHandle<Duration>>,
}

impl Load {
    fn start(address: &str, bounced: &str) -> Self {
        let (over, sent) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let thread = |_| {
            let (over, sent) = (over.clone(), sent.clone());
            let (mut peer, bounced) = (Peer::hello(address), bounced.to_owned());
            std::thread::spawn(move || {
                let mut slowest = Duration::ZERO;
                while !over.load(Ordering::Relaxed) {
                    let began = Instant::now();
                    send(&mut peer, &bounced);
                    slowest = slowest.max(began.elapsed());
                    sent.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(2));
                }
                slowest
            })
        };
        let threads = (0..2).map(thread).collect();
        Self {
            over,
            sent,
            threads,
        }
    }

    fn goes_on(&self) {
        let before = self.sent.load(Ordering::Relaxed);
        eventually("messages go through", || {
            self.sent.load(Ordering::Relaxed) > before + 10
        });
    }

    /// How many there were, and how long the slowest took.
    fn end(self) -> (usize, Duration) {
        self.over.store(true, Ordering::Relaxed);
        let threads = self.threads.into_iter();
        let slowest = threads.map(|thread| thread.join().unwrap()).max();
        (self.sent.load(Ordering::Relaxed), slowest.unwrap())
    }
}
