//! One line for each message, whatever became of it, and none that says more than it may.

use crate::harness::{Act, Daemon, NextHop, Peer, eventually, free_port};
use crate::life::get;
use crate::smtp::bounce;

/// As Dovecot names the recipient before its id.
const SAID: &str = "250 2.0.0 <bob@example.org> 4XYZ Saved";

/// The replies of the next hop name addresses, too.
#[test]
fn addresses_in_replies() {
    let check = |how: &str, said: &str| {
        let next_hop = NextHop::start().on("end", Act::Say(SAID));
        let more = format!("[log]\naddresses = \"{how}\"");
        let daemon = Daemon::start(&next_hop.url, &more);
        Peer::ready_for_data(&daemon.address).message(b"x\r\n", SAID);
        let line = daemon.says("outcome=untouched");
        assert!(line.contains(&format!(" said={said} ")), "{line}");
        assert!(line.contains(" next_hop_id=4XYZ "), "{line}");
        assert_eq!(line.contains("bob@example.org"), how == "full", "{line}");
    };
    check("full", "2.0.0\\s<bob@example.org>\\s4XYZ\\sSaved");
    // printf %s bob | sha256sum
    check(
        "hashed",
        "2.0.0\\s<81b637d8fcd2c6da@example.org>\\s4XYZ\\sSaved",
    );
    check("none", "2.0.0\\s<->\\s4XYZ\\sSaved");
}

/// And ids that look like one.
#[test]
fn addresses_in_ids() {
    let says = Act::Say("250 2.0.0 Ok: queued as 4XYZ@mx.example.org");
    let next_hop = NextHop::start().on("end", says);
    let settings = "[log]\nformat = \"json\"\naddresses = \"none\"";
    let daemon = Daemon::start(&next_hop.url, settings);
    Peer::ready_for_data(&daemon.address).message(b"x\r\n", "250");
    let line = daemon.says("\"event\":\"message\"");
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["next_hop_id"], "-");
    assert_eq!(line["said"], "2.0.0 Ok: queued as -");
}

/// From the first line on.
#[test]
fn all_of_it_is_json() {
    let next_hop = NextHop::start();
    let console = format!("127.0.0.1:{}", free_port());
    let more = format!("[console]\nlisten = \"{console}\"\n[log]\nformat = \"json\"\n");
    // The first line is read there, as JSON.
    let daemon = Daemon::start(&next_hop.url, &more);
    let line = daemon.says("\"door\":\"console\"");
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["event"], "opened");
    assert_eq!(line["on"], console.as_str());
    assert_eq!(line["tls"], false);
}

#[test]
fn a_message_that_never_ended() {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(&next_hop.url, "client_timeout = \"500ms\"");
    let mut peer = Peer::ready_for_data(&daemon.address);
    peer.send(b"Subject: x\r\n\r\nhalf\r\n");
    peer.die();
    let line = daemon.says(" note=client-gone outcome=failed ");
    let envelope = "from=<alice@example.org> to=<bob@example.org> recipients=1 size=20 ";
    assert!(line.contains(envelope), "{line}");
    let mut peer = Peer::ready_for_data(&daemon.address);
    peer.send(b"half");
    daemon.says(" note=client-timeout outcome=failed ");
    eventually("both are cut short", || next_hop.books().cut_short == 2);
}

#[test]
fn a_notice_that_was_refused() {
    let next_hop = NextHop::start().once("end", Act::Say("554 5.6.0 What is that"));
    let daemon = Daemon::start(&next_hop.url, "");
    let mut peer = Peer::hello(&daemon.address);
    peer.ask("MAIL FROM:<>", "250");
    peer.ask("RCPT TO:<alice@example.org>", "250");
    peer.ask("DATA", "354");
    peer.message(&bounce(), "250");
    let line = daemon.says(" kind=failure cause=mailbox-unknown ");
    let note = " note=the-next-hop-refused-the-notice outcome=untouched reply=250 ";
    assert!(line.contains(note), "{line}");
}

#[test]
fn the_next_hop_is_back() {
    let place = format!("127.0.0.1:{}", free_port());
    let next_hop = NextHop::start().once("greeting", Act::Say("421 4.3.2 Busy"));
    let next_hop = next_hop.once("greeting", Act::Say("421 4.3.2 Busy"));
    let more = format!("[console]\nlisten = \"{place}\"");
    let daemon = Daemon::start(&next_hop.url, &more);
    let is_up = |value: &str| {
        let (_, text) = get(&place, "/metrics", "localhost");
        let line = format!("plainbounce_next_hop_up{{door=\"smtp\"}} {value}");
        assert!(text.lines().any(|said| said == line), "{line}\n{text}");
    };
    // Asked at EHLO, and at MAIL.
    let mut peer = Peer::hello(&daemon.address);
    peer.ask("MAIL FROM:<alice@example.org>", "451 4.4.1");
    is_up("0");
    peer.ask("RSET", "250");
    // No message need have passed for it.
    peer.ask("MAIL FROM:<alice@example.org>", "250");
    is_up("1");
    daemon.says("plainbounce: door=smtp next_hop=back");
}
