//! Those who speak for others, to the letter: the PROXY header, XCLIENT, XFORWARD.

use crate::access::{tls_place, with_tls_before};
use crate::harness::{Act, Client, Daemon, NextHop, Peer};

const XFORWARD: &str = "250-next.example|250 XFORWARD NAME ADDR PROTO HELO SOURCE IDENT";

/// HAProxy passes on what the client sent at once, in one packet with its own header.
#[test]
fn tls_in_the_packet_of_the_header() {
    let next_hop = NextHop::start();
    let more = "tls_listen = \"127.0.0.1:0\"\nallow_from = [\"192.0.2.0/24\"]\n\
                proxy_protocol_from = [\"127.0.0.1\"]";
    let (daemon, _folder) = with_tls_before(&next_hop, more);
    let place = tls_place(&daemon);
    let header = b"PROXY TCP4 192.0.2.7 198.51.100.1 56324 465\r\n";
    let mut client = Client::default().secure_behind(header, Peer::connect(&place));
    client.expect("220");
    client.ask("EHLO client.example", "250");
    client.envelope();
    client.ask("DATA", "354");
    client.message(b"x\r\n", "250");
    let got = String::from_utf8(next_hop.books().messages[0].clone()).unwrap();
    let from = "Received: from client.example ([192.0.2.7])";
    assert!(
        got.starts_with(from) && got.contains("with ESMTPS id"),
        "{got}"
    );
    // A stranger hears why, where it can understand it.
    let header = b"PROXY TCP4 203.0.113.7 198.51.100.1 56324 465\r\n";
    let mut stranger = Client::default().secure_behind(header, Peer::connect(&place));
    stranger.expect("550 5.7.1");
    daemon.says("client=turned-away why=not-allowed");
}

#[test]
fn a_stranger_at_the_door_with_tls() {
    let next_hop = NextHop::start();
    let more = "tls_listen = \"127.0.0.1:0\"\nallow_from = [\"192.0.2.0/24\"]";
    let (daemon, _folder) = with_tls_before(&next_hop, more);
    let peer = Peer::connect(&tls_place(&daemon));
    Client::default().secure(peer).expect("550 5.7.1");
}

/// A check of the proxy's own: whatever addresses it names, it is from the proxy.
#[test]
fn local_with_addresses() {
    let next_hop = NextHop::start();
    let more = "proxy_protocol_from = [\"127.0.0.1\"]\nallow_from = [\"127.0.0.1\"]";
    let daemon = Daemon::start(&next_hop.url, more);
    let with = |rest: &[u8]| {
        let mut peer = daemon.connect();
        peer.send(&[&b"\r\n\r\n\0\r\nQUIT\n"[..], rest].concat());
        peer
    };
    let stranger = b"\x11\0\x0c\xcb\0\x71\x07\xc6\x33\x64\x01\xdc\x04\0\x19";
    with(&[b"\x21", &stranger[..]].concat()).expect("550 5.7.1");
    let mut local = with(&[b"\x20", &stranger[..]].concat());
    local.expect("220");
    local.ask("EHLO client.example", "250");
    with(b"\x20\0\0\0").expect("220");
    // An address that is not all there, and ports that are none.
    assert!(with(b"\x21\x11\0\x08\x7f\0\0\x01\x7f\0\0\x01").is_closed());
    let mut peer = daemon.connect();
    peer.send(b"PROXY TCP4 127.0.0.1 127.0.0.1 +1 25\r\n");
    assert!(peer.is_closed());
}

/// The limit is for whom it is from in truth.
#[test]
fn xclient_over_the_limit_per_address() {
    let next_hop = NextHop::start();
    let more = "max_connections_per_address = 1\nxclient_from = [\"127.0.0.1\"]";
    let daemon = Daemon::start(&next_hop.url, more);
    let mut first = Peer::hello(&daemon.address);
    first.ask("XCLIENT ADDR=10.9.8.7", "220");
    let mut second = Peer::hello(&daemon.address);
    second.ask("XCLIENT ADDR=10.9.8.7", "421 4.7.0");
    assert!(second.is_closed());
    first.ask("NOOP", "250");
}

/// Better no mail than mail without it: what filters see behind us would be our own address.
#[test]
fn what_was_forwarded_is_lost_with_its_session() {
    let next_hop = NextHop::start()
        .on("EHLO", Act::Say(XFORWARD))
        .once("XFORWARD", Act::SayAndDie("250 2.0.0 Ok"));
    let daemon = Daemon::start(&next_hop.url, "");
    let mut peer = Peer::hello(&daemon.address);
    peer.ask("XFORWARD ADDR=192.0.2.1", "250");
    peer.ask("MAIL FROM:<alice@example.org>", "451 4.4");
    let is_mail = |line: &String| line.starts_with("MAIL");
    assert!(!next_hop.books().commands.iter().any(is_mail));
}

/// One that was kept from before, and closed meanwhile, is no loss: nothing was said in it.
#[test]
fn forwarded_in_a_session_that_had_closed() {
    let next_hop = NextHop::start()
        .on("EHLO", Act::Say(XFORWARD))
        .once("XFORWARD", Act::Die);
    let daemon = Daemon::start(&next_hop.url, "");
    let mut peer = Peer::hello(&daemon.address);
    peer.ask("XFORWARD ADDR=192.0.2.1", "250");
    peer.envelope();
    peer.ask("DATA", "354");
    peer.message(b"x\r\n", "250");
    let books = next_hop.books();
    let is_forward = |line: &&String| line.starts_with("XFORWARD");
    assert_eq!(books.commands.iter().filter(is_forward).count(), 2);
}

/// What XFORWARD says is of one message.
#[test]
fn an_id_for_one_message() {
    let next_hop = NextHop::start().on("EHLO", Act::Say(XFORWARD));
    let daemon = Daemon::start(&next_hop.url, "");
    let mut peer = Peer::hello(&daemon.address);
    peer.ask("XFORWARD IDENT=4ABC", "250");
    for number in 1..=2 {
        peer.ask(&format!("MAIL FROM:<a{number}@example.org>"), "250");
        peer.ask("RCPT TO:<bob@example.org>", "250");
        peer.ask("DATA", "354");
        peer.message(b"x\r\n", "250");
    }
    let has_id = |line: String| line.contains(" client_id=4ABC ");
    assert!(has_id(daemon.says("from=<a1@example.org>")));
    assert!(!has_id(daemon.says("from=<a2@example.org>")));
}

/// Whom XCLIENT named in clear, anybody on the way may have named.
#[test]
fn xclient_in_clear_does_not_count_under_tls() {
    let next_hop = NextHop::start();
    let (daemon, _folder) = with_tls_before(&next_hop, "xclient_from = [\"127.0.0.0/8\"]");
    let mut peer = daemon.connect();
    peer.expect("220");
    peer.ask("XCLIENT ADDR=10.9.8.7", "220");
    peer.ask("EHLO client.example", "250");
    peer.ask("STARTTLS", "220");
    let mut client = Client::default().secure(peer);
    client.ask("EHLO client.example", "250");
    client.envelope();
    client.ask("DATA", "354");
    client.message(b"x\r\n", "250");
    let got = String::from_utf8(next_hop.books().messages[0].clone()).unwrap();
    assert!(
        got.contains("[127.0.0.1]") && !got.contains("10.9.8.7"),
        "{got}"
    );
}
