//! The next hop in all its forms, and sessions with it that are used again.

use std::path::Path;
use std::time::Duration;

use crate::harness::{Act, Daemon, NextHop, Peer, eventually, free_port};

#[test]
fn lmtp_over_unix_sockets() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (folder.path().join("ours"), folder.path().join("theirs"));
    let next_hop = NextHop::lmtp_at(&theirs);
    let door = ours.display().to_string();
    let mut daemon = Daemon::open("lmtp", &door, &next_hop.url, "received = false");
    let mut peer = Peer::at(&ours);
    peer.expect("220");
    peer.ask("LHLO client.example", "250");
    peer.envelope();
    peer.ask("DATA", "354");
    peer.message(b"Subject: x\r\n\r\n.x\r\n", "250 2.0.0 Kept");
    assert_eq!(next_hop.books().messages, [b"Subject: x\r\n\r\n.x\r\n"]);
    // A socket that a dead process left is no obstacle; when the program ends, nothing stays.
    daemon.signal("KILL");
    daemon.ended();
    assert!(ours.exists());
    let mut again = Daemon::open("lmtp", &door, &next_hop.url, "");
    again.signal("TERM");
    assert!(again.ended().success());
    assert!(!ours.exists());
}

#[test]
fn smtps() {
    let check = |more: &str, code: &str| {
        let (next_hop, certificate) = NextHop::with_tls_at_once();
        let folder = tempfile::tempdir().unwrap();
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, certificate).unwrap();
        let more = more.replace("CA", &ca.display().to_string());
        let daemon = Daemon::start(&next_hop.url, &more);
        Peer::hello(&daemon.address).ask("MAIL FROM:<alice@example.org>", code);
    };
    check("", "250");
    check("next_hop_ca = \"CA\"", "250");
    check("next_hop_tls = \"require\"\nnext_hop_ca = \"CA\"", "250");
    // Not by the authorities of the system.
    check("next_hop_tls = \"require\"", "451 4.4.1");
}

/// Those that are not there, or do not want us, are passed by.
#[test]
fn several_are_tried_in_order() {
    let busy = NextHop::start().on("greeting", Act::Say("421 4.3.2 Busy"));
    let good = NextHop::start();
    let urls = format!(
        "smtp://127.0.0.1:{}, {}, {}",
        free_port(),
        busy.url,
        good.url
    );
    let daemon = Daemon::start(&urls, "");
    Peer::ready_for_data(&daemon.address).message(b"x\r\n", "250 2.0.0 Kept");
    assert_eq!(good.books().messages.len(), 1);
    assert_eq!(busy.books().sessions, 1);
}

/// QUIT in the middle of a transaction: whoever comes next finds nothing of it.
#[test]
fn a_transaction_that_quit_left_is_nobodys() {
    let next_hops = [NextHop::start(), NextHop::lmtp()];
    for (next_hop, is_lmtp) in next_hops.iter().zip([false, true]) {
        let (daemon, hello): (_, fn(&str) -> Peer) = match is_lmtp {
            false => (Daemon::start(&next_hop.url, ""), Peer::hello),
            true => (Daemon::lmtp(&next_hop.url, ""), Peer::lmtp),
        };
        let mut first = hello(&daemon.address);
        first.envelope();
        first.ask("QUIT", "221");
        assert!(first.is_closed());
        let mut second = hello(&daemon.address);
        second.envelope();
        second.ask("DATA", "354");
        second.message(b"x\r\n", "250 2.0.0 Kept");
        let books = next_hop.books();
        assert_eq!((books.sessions, books.messages.len()), (2, 1));
    }
}

/// One message after the other, from whomever: one session.
#[test]
fn sessions_are_used_again() {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(&next_hop.url, "");
    for number in 1..=5 {
        let mut peer = Peer::ready_for_data(&daemon.address);
        peer.message(b"x\r\n", "250");
        peer.ask("QUIT", "221");
        assert_eq!(next_hop.books().messages.len(), number);
    }
    assert_eq!(next_hop.books().sessions, 1);
}

/// Exim lets the eleventh message of a connection wait for its next queue run.
#[test]
fn ten_messages_for_exim() {
    let greeting = Act::Say("220 next.example ESMTP Exim 4.98 Thu, 26 Nov 2026 12:00:00 +0000");
    let next_hop = NextHop::start().on("greeting", greeting);
    let daemon = Daemon::start(&next_hop.url, "");
    for _ in 0..21 {
        Peer::ready_for_data(&daemon.address).message(b"x\r\n", "250");
    }
    assert_eq!(next_hop.books().sessions, 3);
}

/// But none to which the next hop ever said no, or that broke.
#[test]
fn but_not_if_anything_was_refused() {
    let next_hop = NextHop::start()
        .once("RCPT", Act::Say("550 5.1.1 Unknown"))
        .once("RCPT", Act::Say("250 2.1.5 Ok"))
        .once("RCPT", Act::Say("250 2.1.5 Ok"))
        .once("RCPT", Act::Say("250 2.1.5 Ok"))
        .once("end", Act::Say("250 2.0.0 Kept"))
        .once("end", Act::Say("554 5.7.1 Spam"));
    let daemon = Daemon::start(&next_hop.url, "");
    let mut peer = Peer::hello(&daemon.address);
    peer.ask("MAIL FROM:<alice@example.org>", "250");
    peer.ask("RCPT TO:<carol@example.org>", "550 5.1.1 Unknown");
    peer.ask("RCPT TO:<bob@example.org>", "250");
    peer.ask("DATA", "354");
    peer.message(b"x\r\n", "250");
    peer.envelope();
    peer.ask("DATA", "354");
    peer.message(b"x\r\n", "554");
    peer.envelope();
    assert_eq!(next_hop.books().sessions, 3);
}

/// What closed, or spoke up, while nobody used it is no error for the mail.
#[test]
fn a_session_that_ended_while_nobody_used_it() {
    for last in [
        Act::SayAndDie("250 2.0.0 Kept"),
        Act::Say("250 2.0.0 Kept|421 4.4.2 Timeout"),
    ] {
        let next_hop = NextHop::start().once("end", last);
        let daemon = Daemon::start(&next_hop.url, "");
        for _ in 0..2 {
            Peer::ready_for_data(&daemon.address).message(b"x\r\n", "250 2.0.0 Kept");
        }
        assert_eq!(next_hop.books().messages.len(), 2);
        assert_eq!(next_hop.books().sessions, 2);
    }
}

/// Replies that are garbage, endless or early are an error, and never passed through.
#[test]
fn an_evil_server() {
    static ENDLESS: [u8; 100_000] = [b'2'; 100_000];
    let replies: [(&'static str, &'static [u8]); 7] = [
        // OpenSMTPD CVE-2020-8794: a reply of many lines, of which one is none.
        ("RCPT", b"250-a\r\nRun this\r\n250 b\r\n"),
        ("RCPT", b"250 ok\rQUIT\r\n"),
        ("RCPT", b"250 ok\0\r\n"),
        ("RCPT", b"999 what\r\n"),
        ("RCPT", b"\r\n"),
        ("RCPT", &ENDLESS),
        (
            "MAIL",
            b"250 2.1.0 Ok\r\n250 2.1.5 The recipient is fine, too\r\n",
        ),
    ];
    for (stage, bytes) in replies {
        let next_hop = NextHop::start().on(stage, Act::Raw(bytes));
        let daemon = Daemon::start(&next_hop.url, "next_hop_timeout = \"2s\"");
        let mut peer = Peer::hello(&daemon.address);
        peer.ask("MAIL FROM:<alice@example.org>", "");
        peer.ask("RCPT TO:<bob@example.org>", "451 4.");
        // In step with the client, and no trace of it in the next transaction.
        peer.ask("RSET", "250");
        peer.ask("NOOP", "250");
    }
}

#[test]
fn a_reply_of_many_lines() {
    static MANY: std::sync::LazyLock<Vec<u8>> =
        std::sync::LazyLock::new(|| b"250-x\r\n".repeat(100_000));
    let next_hop = NextHop::start().on("MAIL", Act::Raw(&MANY));
    let daemon = Daemon::start(&next_hop.url, "");
    Peer::hello(&daemon.address).ask("MAIL FROM:<alice@example.org>", "451 4.5.0");
}

/// The code, and every line of the text.
#[test]
fn every_line_of_a_reply() {
    let says =
        "550-5.1.1 No such user|550-5.1.1  two  spaces|550 5.1.1 see https://example.org/?a=b";
    let next_hop = NextHop::start().on("RCPT", Act::Say(says));
    let daemon = Daemon::start(&next_hop.url, "");
    let mut peer = Peer::hello(&daemon.address);
    peer.ask("MAIL FROM:<alice@example.org>", "250 2.1.0 Sender ok");
    let reply = peer.ask("RCPT TO:<bob@example.org>", "550");
    assert_eq!(reply.join("|"), says);
}

/// With a space or without: whichever way it says nothing, it is passed on so.
#[test]
fn a_reply_without_text() {
    for says in ["250", "250 ", "250-|250 ", "250-|250"] {
        let next_hop = NextHop::start().on("RCPT", Act::Say(says));
        let daemon = Daemon::start(&next_hop.url, "");
        let mut peer = Peer::hello(&daemon.address);
        peer.ask("MAIL FROM:<alice@example.org>", "250");
        let reply = peer.ask("RCPT TO:<bob@example.org>", "250");
        assert_eq!(reply.join("|"), says);
    }
}

/// Slow, but in time.
#[test]
fn a_slow_next_hop_is_waited_for() {
    let late = Duration::from_millis(300);
    let next_hop = NextHop::start().on("end", Act::SayLate("250 2.0.0 Kept", late));
    let daemon = Daemon::start(&next_hop.url, "next_hop_timeout = \"100ms\"");
    Peer::ready_for_data(&daemon.address).message(b"x\r\n", "250 2.0.0 Kept");
}

/// Refused with the notice for one of the recipients: for that one it is sent again as it came.
#[test]
fn once_more_for_whom_it_was_refused() {
    let next_hop = NextHop::lmtp()
        .once("end", Act::Say("250 2.0.0 First"))
        .once("end", Act::Say("554 5.6.0 What is that"))
        .once("end", Act::Say("250 2.0.0 Second"));
    let daemon = Daemon::lmtp(&next_hop.url, "received = false");
    let mut peer = daemon.connect();
    peer.expect("220");
    peer.ask("LHLO client.example", "250");
    peer.ask("MAIL FROM:<>", "250");
    peer.ask("RCPT TO:<alice@example.org>", "250");
    peer.ask("RCPT TO:<bob@example.org>", "250");
    peer.ask("DATA", "354");
    let bounce = crate::smtp::bounce();
    peer.message(&bounce, "250 2.0.0 First");
    peer.expect("250 2.0.0 Second");
    let books = next_hop.books();
    assert_eq!(books.messages.len(), 2);
    assert_eq!(books.messages[1], bounce);
    let to_bob = books
        .commands
        .iter()
        .filter(|line| line.contains("bob"))
        .count();
    let to_alice = books
        .commands
        .iter()
        .filter(|line| line.contains("alice"))
        .count();
    assert_eq!((to_alice, to_bob), (1, 2));
}

#[test]
fn a_folder_for_lmtp() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("all");
    let url = format!("maildir://{}", folder.display());
    let daemon = Daemon::lmtp(&url, "");
    let mut peer = daemon.connect();
    peer.expect("220");
    peer.ask("LHLO client.example", "250");
    peer.envelope();
    peer.ask("RCPT TO:<carol@example.org>", "250");
    peer.ask("DATA", "354");
    peer.message(b"x\r\n", "250 2.0.0 Ok: delivered as");
    peer.expect("250 2.0.0 Ok: delivered as");
    assert_eq!(count(&folder.join("new")), 1);
}

fn count(folder: &Path) -> usize {
    folder.read_dir().unwrap().count()
}

/// At rest nothing is held for long.
#[test]
fn an_idle_session_is_given_up() {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(&next_hop.url, "");
    Peer::ready_for_data(&daemon.address).message(b"x\r\n", "250");
    eventually("QUIT", || {
        next_hop
            .books()
            .commands
            .last()
            .is_some_and(|line| line == "QUIT")
    });
}
