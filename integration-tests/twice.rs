//! The second try, with the message as it came, where the next hop refused the notice: never a third,
//! and never a reason for 5xx.

use crate::harness::{Act, Daemon, NextHop, Peer};
use crate::smtp::bounce;

const NO_NOTICE: Act = Act::Say("554 5.6.0 What is that");

/// A bounce for these recipients, up to its end; who asks has the first reply.
fn send_bounce(mut peer: Peer, recipients: &[&str], code: &str) -> Peer {
    peer.ask("MAIL FROM:<>", "250");
    for recipient in recipients {
        peer.ask(&format!("RCPT TO:<{recipient}>"), "250");
    }
    peer.ask("DATA", "354");
    peer.message(&bounce(), code);
    peer
}

fn smtp(next_hop: &NextHop, more: &str, code: &str) -> Daemon {
    let daemon = Daemon::start(&next_hop.url, &format!("received = false\n{more}"));
    send_bounce(Peer::hello(&daemon.address), &["alice@example.org"], code);
    daemon
}

/// The next hop saw it with the notice, then as it came, and that was all.
fn seen_twice(next_hop: &NextHop) {
    let books = next_hop.books();
    let is_plain = |content: &Vec<u8>| *content == bounce();
    let seen: Vec<bool> = books.ended.iter().map(is_plain).collect();
    assert_eq!(seen, [false, true], "{:?}", books.commands);
    assert_eq!(books.cut_short, 0);
    let datas = books.commands.iter().filter(|line| *line == "DATA");
    assert_eq!(datas.count(), 2, "{:?}", books.commands);
}

/// From the second end of data on nobody knows whether it was taken, so nobody sends it again.
#[test]
fn the_reply_to_the_original_is_lost() {
    for lost in [
        Act::Die,
        Act::Say(""),
        Act::Raw(b"HTTP/1.1 200 OK\r\n"),
        Act::Raw(b"250 a\rb\r\n"),
    ] {
        let more = "received = false\nnext_hop_data_timeout = \"1s\"";
        let next_hop = NextHop::start().once("end", NO_NOTICE);
        let next_hop = next_hop.on("end", lost.clone());
        let _daemon = smtp(&next_hop, "next_hop_data_timeout = \"1s\"", "451 4.");
        seen_twice(&next_hop);

        let next_hop = NextHop::lmtp().once("end", NO_NOTICE).on("end", lost);
        let daemon = Daemon::lmtp(&next_hop.url, more);
        let peer = Peer::lmtp(&daemon.address);
        send_bounce(peer, &["alice@example.org"], "451 4.");
        seen_twice(&next_hop);
    }
}

/// Some want one message a session.
#[test]
fn on_a_fresh_connection_where_the_old_one_takes_no_more() {
    let next_hop = NextHop::start()
        .once("end", NO_NOTICE)
        .once("MAIL", Act::Say("250 2.1.0 Ok"))
        .once("MAIL", Act::Say("503 5.5.1 one message a session"));
    let _daemon = smtp(&next_hop, "", "250 2.0.0 Kept");
    seen_twice(&next_hop);
    assert_eq!(next_hop.books().sessions, 2);
}

/// One answer for all recipients cannot be made of one for each.
#[test]
fn not_at_a_next_hop_of_the_other_kind() {
    let first = NextHop::start()
        .once("greeting", Act::Say("220 first.example ESMTP"))
        .on("greeting", Act::Say("421 4.3.2 Busy"))
        .once("end", Act::SayAndDie("554 5.6.0 What is that"));
    let second = NextHop::lmtp();
    let urls = format!("{},{}", first.url, second.url);
    let daemon = Daemon::start(&urls, "");
    let recipients = ["alice@example.org", "carol@example.org"];
    send_bounce(Peer::hello(&daemon.address), &recipients, "451 4.");
    assert!(second.books().ended.is_empty());
}

/// It was asked for by us alone, so the client is not told 5xx for it.
#[test]
fn refused_there_as_well_it_may_come_again() {
    for stage in ["MAIL", "RCPT"] {
        let next_hop = NextHop::start()
            .once("end", NO_NOTICE)
            .once(stage, Act::Say("250 2.1.0 Ok"))
            .on(stage, Act::Say("503 5.5.1 one message a session"));
        let _daemon = smtp(&next_hop, "", "451 4.");
        let books = next_hop.books();
        assert_eq!((books.sessions, books.ended.len()), (2, 1), "{stage}");
    }
}

/// Who is refused at RCPT in the second try is asked to come again; the others get theirs.
#[test]
fn for_those_who_are_taken() {
    let mut next_hop = NextHop::lmtp()
        .once("end", NO_NOTICE)
        .once("end", NO_NOTICE)
        .once("end", NO_NOTICE)
        .once("end", Act::Say("250 2.0.0 For alice"))
        .once("end", Act::Say("250 2.0.0 For carol"));
    for number in 1..=6 {
        let says = match number {
            5 => "550 5.1.1 Unknown now",
            _ => "250 2.1.5 Ok",
        };
        next_hop = next_hop.once("RCPT", Act::Say(says));
    }
    let daemon = Daemon::lmtp(&next_hop.url, "received = false");
    let all = ["alice@example.org", "bob@example.org", "carol@example.org"];
    let peer = Peer::lmtp(&daemon.address);
    let mut peer = send_bounce(peer, &all, "250 2.0.0 For alice");
    peer.expect("451 4.");
    peer.expect("250 2.0.0 For carol");
    peer.ask("NOOP", "250");
    seen_twice(&next_hop);
}

/// What XFORWARD said was of one message; the second try is the same message.
#[test]
fn what_was_forwarded_is_said_again() {
    const KNOWS: Act = Act::Say("250-next.example|250 XFORWARD NAME ADDR IDENT");
    let forwarded = |next_hop: &NextHop| {
        let daemon = Daemon::start(&next_hop.url, "received = false");
        let mut peer = Peer::hello(&daemon.address);
        peer.ask("XFORWARD NAME=n.example IDENT=Q1", "250");
        send_bounce(peer, &["alice@example.org"], "250 2.0.0 Kept");
        let books = next_hop.books();
        let told = books.commands.iter();
        let told = told.filter(|line| line.starts_with("XFORWARD") || line.starts_with("MAIL"));
        let told: Vec<&str> = told.map(String::as_str).collect();
        let forward = "XFORWARD NAME=n.example IDENT=Q1";
        assert_eq!(told, [forward, "MAIL FROM:<>", forward, "MAIL FROM:<>"]);
    };
    let same = NextHop::start().on("EHLO", KNOWS).once("end", NO_NOTICE);
    forwarded(&same);
    let new = NextHop::start().on("EHLO", KNOWS);
    forwarded(&new.once("end", Act::SayAndDie("554 5.6.0 What is that")));
}

/// Both tries have one limit, and the second has only what is left: not an hour for each command.
#[test]
fn within_the_time_of_the_first() {
    let next_hop = NextHop::start()
        .once("end", NO_NOTICE)
        .once("MAIL", Act::Say("250 2.1.0 Ok"))
        .on("MAIL", Act::Say(""));
    let times = "next_hop_timeout = \"1h\"\nnext_hop_data_timeout = \"1s\"";
    let _daemon = smtp(&next_hop, times, "451 4.");
    assert_eq!(next_hop.books().ended.len(), 1);
}

/// Another session may offer less than the one that knew the envelope.
#[test]
fn without_a_size_that_is_not_offered_there() {
    let next_hop = NextHop::start()
        .once("EHLO", Act::Say("250-next.example|250 SIZE 60000000"))
        .on("EHLO", Act::Say("250 next.example"))
        .once("end", Act::SayAndDie("554 5.6.0 What is that"));
    let daemon = Daemon::start(&next_hop.url, "received = false");
    let mut peer = Peer::hello(&daemon.address);
    let size = bounce().len();
    peer.ask(&format!("MAIL FROM:<> SIZE={size}"), "250");
    peer.ask("RCPT TO:<alice@example.org>", "250");
    peer.ask("DATA", "354");
    peer.message(&bounce(), "250 2.0.0 Kept");
    let books = next_hop.books();
    let mails = books.commands.iter();
    let mails: Vec<_> = mails.filter(|line| line.starts_with("MAIL")).collect();
    assert_eq!(mails.last().unwrap().as_str(), "MAIL FROM:<>");
}

/// Who has said something that nobody understands is not asked again in the same session.
#[test]
fn not_where_the_session_is_out_of_step() {
    for second in [Act::Raw(b"HTTP/1.1 200 OK\r\n"), Act::Say("421 4.3.2 Bye")] {
        let next_hop = NextHop::lmtp().once("end", NO_NOTICE).once("end", second);
        let daemon = Daemon::lmtp(&next_hop.url, "received = false");
        let recipients = ["alice@example.org", "bob@example.org"];
        let peer = Peer::lmtp(&daemon.address);
        let mut peer = send_bounce(peer, &recipients, "250 2.0.0 Kept");
        peer.expect("4");
        assert_eq!(next_hop.books().sessions, 2);
    }
}

/// One got it as it came, the other not at all: nobody has the notice.
#[test]
fn a_notice_that_nobody_has_is_not_in_the_log() {
    let next_hop = NextHop::lmtp()
        .once("end", NO_NOTICE)
        .once("end", Act::Say("451 4.3.0 Later"));
    let daemon = Daemon::lmtp(&next_hop.url, "received = false");
    let recipients = ["alice@example.org", "bob@example.org"];
    let peer = Peer::lmtp(&daemon.address);
    let mut peer = send_bounce(peer, &recipients, "250 2.0.0 Kept");
    peer.expect("451 4.3.0 Later");
    let line = daemon.says("outcome=untouched");
    let expected = "note=the-next-hop-refused-the-notice";
    assert!(
        line.contains(" added=0 ") && line.contains(expected),
        "{line}"
    );
}
