//! What the next hop offers, and what becomes of it when another one, or none, is there meanwhile.

use crate::access::with_tls_before;
use crate::harness::{Act, Client, Daemon, NextHop, Peer, free_port};

const DSN: &str = "250-next.example|250 DSN";

/// Asked at EHLO it is there, and then it is not.
fn there_once() -> NextHop {
    NextHop::start()
        .once("greeting", Act::Say("220 next.example ESMTP"))
        .on("greeting", Act::Say("421 4.3.2 Closing"))
        .on("EHLO", Act::SayAndDie(DSN))
}

/// The client did as it was told by EHLO.
#[test]
fn what_the_next_one_does_not_know_may_come_again() {
    let (first, plain) = (
        there_once(),
        NextHop::start().on("EHLO", Act::Say("250 next.example")),
    );
    let daemon = Daemon::start(&format!("{}, {}", first.url, plain.url), "");
    let mut peer = Peer::hello(&daemon.address);
    peer.ask(
        "MAIL FROM:<alice@example.org> RET=FULL",
        "451 4.5.0 The next hop has no RET any more",
    );
    // What was never offered is another matter.
    peer.ask("MAIL FROM:<alice@example.org> BY=1;R", "555 5.5.4");
    peer.envelope();
    let books = plain.books();
    let refused = |line: &String| line.contains("RET=") || line.contains("BY=");
    assert!(!books.commands.iter().any(refused), "{:?}", books.commands);
}

/// Mail that needs an extension may wait in its queue; without the offer it would be returned.
#[test]
fn what_was_offered_last_is_offered_while_it_is_down() {
    let next_hop = there_once();
    let daemon = Daemon::start(&next_hop.url, "");
    let mut first = Peer::hello(&daemon.address);
    first.ask("MAIL FROM:<alice@example.org> RET=FULL", "451 4.4.1");
    let mut second = daemon.connect();
    second.expect("220");
    let offer = second.ask("EHLO client.example", "250");
    assert!(offer.contains(&"250 DSN".to_owned()), "{offer:?}");
    second.ask("MAIL FROM:<alice@example.org> RET=FULL", "451 4.4.1");
}

/// Busy is not the same as old.
#[test]
fn ehlo_refused_for_now() {
    for busy in ["421 4.3.2 Busy", "450 4.3.2 Busy"] {
        let first = NextHop::start().on("EHLO", Act::Say(busy));
        let second = NextHop::start();
        let daemon = Daemon::start(&format!("{}, {}", first.url, second.url), "");
        Peer::ready_for_data(&daemon.address).message(b"x\r\n", "250 2.0.0 Kept");
        assert_eq!(second.books().messages.len(), 1);
        let books = first.books();
        let other = |line: &String| !line.starts_with("EHLO") && line != "QUIT";
        assert!(!books.commands.iter().any(other), "{:?}", books.commands);
    }
}

/// RFC 8689 §4.2.1: an encrypted next hop that could be anybody is not enough.
#[test]
fn requiretls_towards_somebody_unknown() {
    let (next_hop, _) = NextHop::with_tls();
    let next_hop = next_hop.on("EHLO", Act::Say("250-next.example|250 REQUIRETLS"));
    let (daemon, _folder) = with_tls_before(&next_hop, "next_hop_tls = \"opportunistic\"");
    let mut peer = Peer::hello(&daemon.address);
    peer.ask("STARTTLS", "220");
    let mut client = Client::default().secure(peer);
    let offer = client.ask("EHLO client.example", "250");
    let offered = offer.iter().any(|line| line.ends_with("REQUIRETLS"));
    assert!(!offered, "{offer:?}");
    client.ask("MAIL FROM:<alice@example.org> REQUIRETLS", "555 5.5.4");
    client.envelope();
    let told = next_hop.books().commands.join("\n");
    assert!(told.contains("STARTTLS"), "{told}");
    assert!(!told.contains("REQUIRETLS"), "{told}");
}

/// What was known of a next hop is not forgotten with the settings.
#[test]
fn a_reload_remembers_the_next_hop() {
    let place = format!("127.0.0.1:{}", free_port());
    let daemon = Daemon::start(&format!("smtp://{place}"), "");
    let next_hop = NextHop::start_at(&place);
    let greets = |act: Act| drop(next_hop.clone().on("greeting", act));
    let mut peer = Peer::hello(&daemon.address);
    peer.ask("NOOP", "250");
    greets(Act::SayAndDie("421 4.3.2 No"));
    daemon.signal("HUP");
    daemon.says("settings reloaded");
    let mut peer = daemon.connect();
    peer.expect("220");
    let offer = peer.ask("EHLO client.example", "250");
    assert!(
        offer.iter().any(|line| line.contains("8BITMIME")),
        "{offer:?}"
    );
    peer.ask("MAIL FROM:<alice@example.org>", "451");
    daemon.says("next_hop=failed");
    daemon.signal("HUP");
    daemon.says("settings reloaded");
    greets(Act::Say("220 next.example ESMTP"));
    let mut peer = Peer::hello(&daemon.address);
    peer.ask("MAIL FROM:<alice@example.org>", "250");
    daemon.says("next_hop=back");
}
