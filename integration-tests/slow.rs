//! Who is slow, or says nothing: how long is waited for them, and that what has come is not held back.

use std::time::Duration;

use crate::access::{tls_place, with_tls_before};
use crate::harness::{Act, Daemon, NextHop, Peer, eventually};

/// How often a command that begins so came.
fn count(next_hop: &NextHop, verb: &str) -> usize {
    let books = next_hop.books();
    let commands = books.commands.iter();
    commands.filter(|line| line.starts_with(verb)).count()
}

/// It may have heard MAIL, so nobody says it again: one timeout, and that is that.
#[test]
fn a_next_hop_that_is_silent_at_mail() {
    let next_hop = NextHop::start()
        .once("MAIL", Act::Say("250 2.1.0 Ok"))
        .on("MAIL", Act::Say(""));
    let daemon = Daemon::start(&next_hop.url, "next_hop_timeout = \"1s\"");
    // The session with it is one that was used before, and may have died since.
    Peer::ready_for_data(&daemon.address).message(b"x\r\n", "250");
    Peer::hello(&daemon.address).ask("MAIL FROM:<alice@example.org>", "451 4.4.2");
    assert_eq!(count(&next_hop, "MAIL"), 2);
    assert_eq!(next_hop.books().sessions, 1);
    daemon.says("next_hop=failed stage=envelope why=timeout");
}

/// Each line in time, but not the reply.
#[test]
fn a_reply_of_many_slow_lines() {
    let pause = Duration::from_millis(300);
    let next_hop = NextHop::start().on("MAIL", Act::Drip("250-x", pause));
    let daemon = Daemon::start(&next_hop.url, "next_hop_timeout = \"1s\"");
    Peer::hello(&daemon.address).ask("MAIL FROM:<alice@example.org>", "451 4.4.2");
}

/// What can be no reply any more is not waited for.
#[test]
fn a_line_without_end() {
    static ENDLESS: [u8; 100_000] = [b'2'; 100_000];
    let next_hop = NextHop::start().on("MAIL", Act::Raw(&ENDLESS));
    let daemon = Daemon::start(&next_hop.url, "next_hop_timeout = \"10m\"");
    Peer::hello(&daemon.address).ask("MAIL FROM:<alice@example.org>", "451 4.5.0");
}

/// A chunk that is skipped comes within the time for a message, too.
#[test]
fn a_chunk_that_nobody_wants() {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(&next_hop.url, "message_timeout = \"500ms\"");
    let mut peer = Peer::hello(&daemon.address);
    peer.send(b"BDAT 1000 LAST\r\n");
    for _ in 0..10 {
        std::thread::sleep(Duration::from_millis(100));
        peer.send(b"x");
    }
    peer.expect("421 4.4.2");
    assert!(peer.is_closed());
}

#[test]
fn an_idle_session_ends_some_day() {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(&next_hop.url, "session_timeout = \"500ms\"");
    let mut peer = Peer::hello(&daemon.address);
    peer.expect("421 4.4.2 The session has lasted too long");
    assert!(peer.is_closed());
}

/// What comes before the greeting has the client's time as everything else.
#[test]
fn before_the_greeting() {
    let next_hop = NextHop::start();
    let owed = "proxy_protocol_from = [\"127.0.0.1\"]\nclient_timeout = \"500ms\"";
    let daemon = Daemon::start(&next_hop.url, owed);
    let began = std::time::Instant::now();
    daemon.connect().ends();
    let mut half = daemon.connect();
    half.send(b"PROXY TCP4 192.0.2.7");
    half.ends();

    let tls = "tls_listen = \"127.0.0.1:0\"\nclient_timeout = \"500ms\"";
    let (daemon, _folder) = with_tls_before(&next_hop, tls);
    Peer::connect(&tls_place(&daemon)).ends();
    let mut peer = Peer::hello(&daemon.address);
    peer.ask("STARTTLS", "220");
    peer.ends();
    assert!(began.elapsed() < Duration::from_secs(25));
}

/// Mail that is no bounce by its header goes on as it comes.
#[test]
fn ordinary_mail_of_a_slow_client() {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(&next_hop.url, "received = false");
    let mut peer = Peer::ready_for_data(&daemon.address);
    let begin = b"From: alice@example.org\r\nSubject: lunch\r\n\r\nAt one?\r\n";
    peer.send(begin);
    eventually("the next hop has it", || next_hop.books().begun == 1);
    assert!(next_hop.books().ended.is_empty());
    peer.message(b"Or at two?\r\n", "250 2.0.0 Kept");
    let whole = [&begin[..], b"Or at two?\r\n"].concat();
    assert_eq!(next_hop.books().messages, [whole]);
}

/// 421 is how a server says that it closes; nobody has asked it anything.
#[test]
fn what_closed_after_a_reset_is_no_loss() {
    let next_hop = NextHop::start().once("RSET", Act::SayAndDie("250 2.0.0 Ok|421 4.4.2 Idle"));
    let daemon = Daemon::start(&next_hop.url, "");
    let mut peer = Peer::hello(&daemon.address);
    peer.ask("MAIL FROM:<alice@example.org>", "250");
    peer.ask("RSET", "250");
    eventually("the session is gone", || {
        peer.ask("NOOP", "250");
        next_hop.books().commands.iter().any(|line| line == "RSET")
    });
    peer.envelope();
    peer.ask("DATA", "354");
    peer.message(b"x\r\n", "250 2.0.0 Kept");
    assert_eq!(next_hop.books().sessions, 2);
}
