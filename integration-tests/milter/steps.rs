//! The order of things: messages one behind the other, given up at any point, and what need not be
//! said.

use super::{ORDINARY, daemon, is_annotated};
use crate::harness::{ALL_ACTIONS, ALL_STEPS, MilterPeer};
use crate::smtp::bounce;

/// In the middle of a message, so many steps in.
fn begin(peer: &mut MilterPeer, steps: usize) {
    let all: [(u8, &[u8]); 8] = [
        (b'M', b"<>\0SIZE=10\0"),
        (b'R', b"<alice@example.org>\0"),
        (b'T', b""),
        (b'L', b"From\0 MAILER-DAEMON\0"),
        (b'L', b"Subject\0 failure notice\0"),
        (b'N', b""),
        (b'B', b"Hi.\r\n"),
        (b'B', b"Not to be seen again.\r\n"),
    ];
    for (letter, data) in &all[..steps] {
        let answer = peer.step(*letter, &[data]);
        assert!(matches!(answer, None | Some(b'c')), "{answer:?}");
    }
}

#[test]
fn given_up_at_each_step() {
    let daemon = daemon("");
    for offered in [ALL_STEPS, 0] {
        let mut peer = MilterPeer::connect(&daemon.address);
        peer.negotiate(6, ALL_ACTIONS, offered);
        for steps in 0..=8 {
            begin(&mut peer, steps);
            peer.say(b'A', &[]);
            let handed = peer.hand("<>", &bounce());
            assert!(is_annotated(&handed.message), "{steps}");
            assert!(!String::from_utf8_lossy(&handed.message).contains("Not to be seen"));
        }
        peer.say(b'Q', &[]);
        assert!(peer.is_closed());
    }
}

/// As libmilter takes it: what begins anew ends what was.
#[test]
fn given_up_without_a_word() {
    let daemon = daemon("");
    let mut peer = MilterPeer::ready(&daemon.address);
    for steps in 0..=8 {
        begin(&mut peer, steps);
        assert!(is_annotated(&peer.hand("<>", &bounce()).message), "{steps}");
    }
}

#[test]
fn another_clients_connection() {
    let daemon = daemon("");
    let mut peer = MilterPeer::ready(&daemon.address);
    for steps in [0, 4, 8] {
        peer.macros(b'C', &[("_", "one.example [192.0.2.1]")]);
        begin(&mut peer, steps);
        peer.say(b'K', &[]);
        peer.macros(b'C', &[("_", "two.example [IPv6:2001:db8::2]")]);
        assert_eq!(peer.hand("<bob@example.net>", ORDINARY).at, b'N');
    }
    let line = daemon.says("from=<bob@example.net>");
    assert!(line.contains(" peer=2001:db8::2 "), "{line}");
}

/// Where only mail systems' mail is looked at, all other is let go at its first word.
#[test]
fn senders_that_are_no_mail_systems() {
    let daemon = daemon("senders = \"systems\"");
    for offered in [ALL_STEPS, 0] {
        let mut peer = MilterPeer::connect(&daemon.address);
        peer.negotiate(6, ALL_ACTIONS, offered);
        let person = peer.hand("<bob@example.net>", &bounce());
        assert_eq!((person.at, person.message), (b'M', bounce()));
        for system in [
            "<>",
            "",
            "<MAILER-DAEMON@example.net>",
            "<postmaster@example.net>",
        ] {
            assert!(
                is_annotated(&peer.hand(system, &bounce()).message),
                "{system}"
            );
        }
    }
    let line = daemon.says("from=<bob@example.net>");
    assert!(line.contains(" note=sender outcome=untouched"), "{line}");
}

/// The next one may be of another MTA, or of the same one with other wishes.
#[test]
fn negotiated_anew() {
    let daemon = daemon("");
    let mut peer = MilterPeer::ready(&daemon.address);
    for steps in [0, 8] {
        begin(&mut peer, steps);
        peer.say(b'K', &[]);
        peer.negotiate(2, ALL_ACTIONS & 0xff, 0);
        assert!(is_annotated(&peer.hand("<>", &bounce()).message));
        peer.say(b'K', &[]);
        peer.negotiate(6, ALL_ACTIONS, ALL_STEPS);
    }
}

/// What is left of the body may come with its end.
#[test]
fn the_end_with_the_last_piece() {
    let daemon = daemon("");
    let mut peer = MilterPeer::ready(&daemon.address);
    begin(&mut peer, 0);
    let text = String::from_utf8(bounce()).unwrap();
    let (header, body) = text.split_once("\r\n\r\n").unwrap();
    peer.step(b'M', &[b"<>\0"]);
    for field in header.split("\r\n") {
        let (name, value) = field.split_once(':').unwrap();
        peer.step(b'L', &[name.as_bytes(), b"\0", value.as_bytes(), b"\0"]);
    }
    assert_eq!(peer.step(b'N', &[]), Some(b'c'));
    peer.say(b'E', &[body.as_bytes()]);
    for letter in b"hba" {
        peer.expect(*letter);
    }
}

/// Sendmail and Postfix say both where their clients do.
#[test]
fn hello_again_and_unknown_commands() {
    let daemon = daemon("");
    let mut peer = MilterPeer::connect(&daemon.address);
    peer.negotiate(6, ALL_ACTIONS, 0);
    for (letter, data) in [
        (b'C', "x\0U"),
        (b'H', "x\0"),
        (b'U', "WIZ\0"),
        (b'H', "y\0"),
    ] {
        assert_eq!(peer.step(letter, &[data.as_bytes()]), Some(b'c'));
    }
    begin(&mut peer, 2);
    assert_eq!(peer.step(b'U', &[b"WIZ\0"]), Some(b'c'));
    assert!(is_annotated(&peer.hand("<>", &bounce()).message));
}

/// One that takes header fields, and no new body.
#[test]
fn an_mta_that_takes_no_changes() {
    let daemon = daemon("");
    let mut peer = MilterPeer::connect(&daemon.address);
    peer.negotiate(6, 0x11, ALL_STEPS);
    assert_eq!(peer.hand("<>", &bounce()).at, b'N');
    daemon.says("note=the-mta-takes-no-changes outcome=untouched");
}

/// Other names, many recipients, and the MTA's own spelling.
#[test]
fn macros() {
    let daemon = daemon("");
    let mut peer = MilterPeer::ready(&daemon.address);
    peer.macros(
        b'C',
        &[("j", "not a host \u{202e}"), ("{daemon_name}", "x")],
    );
    peer.macros(b'M', &[("i", ""), ("{mail_addr}", "Bob@example.net")]);
    peer.step(b'M', &[b"<bob@EXAMPLE.net>\0"]);
    for number in 0..1500 {
        peer.macros(b'R', &[("{rcpt_addr}", &format!("a{number}@example.org"))]);
        peer.step(b'R', &[b"<x>\0"]);
    }
    peer.macros(b'T', &[("i", "4ABC")]);
    peer.step(b'L', &[b"Subject\0\0"]);
    assert_eq!(peer.step(b'N', &[]), Some(b'a'));
    let line = daemon.says("door=milter");
    assert!(line.contains(" client_id=4ABC "), "{line}");
    assert!(
        line.contains(" from=<Bob@example.net> to=<a0@example.org> "),
        "{line}"
    );
}
