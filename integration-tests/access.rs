//! Who may come in, and for whom they speak: networks, certificates, the PROXY header, XCLIENT.

use std::fmt::Write as _;

use crate::harness::{Act, Client, Daemon, NextHop, Peer, eventually};

/// The door with a certificate of its own, and what else stands in `[smtp]`.
fn with_tls(more: &str) -> (Daemon, NextHop, tempfile::TempDir) {
    let next_hop = NextHop::start();
    let (daemon, folder) = with_tls_before(&next_hop, more);
    (daemon, next_hop, folder)
}

pub fn with_tls_before(next_hop: &NextHop, more: &str) -> (Daemon, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (cert, key) = (
        folder.path().join("cert.pem"),
        folder.path().join("key.pem"),
    );
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let settings = format!(
        "tls_cert = \"{}\"\ntls_key = \"{}\"\n{more}",
        cert.display(),
        key.display()
    );
    (Daemon::start(&next_hop.url, &settings), folder)
}

#[test]
fn starttls() {
    let (daemon, next_hop, _folder) = with_tls("");
    let mut peer = daemon.connect();
    peer.expect("220");
    let offer = peer.ask("EHLO client.example", "250");
    assert!(
        offer.iter().any(|line| line.contains("STARTTLS")),
        "{offer:?}"
    );
    peer.ask("STARTTLS now", "501");
    peer.ask("STARTTLS", "220 2.0.0");
    let mut client = Client::default().secure(peer);
    // Nothing of what was said before counts.
    client.ask("MAIL FROM:<alice@example.org>", "503 5.5.1");
    let offer = client.ask("EHLO client.example", "250");
    assert!(
        !offer.iter().any(|line| line.contains("STARTTLS")),
        "{offer:?}"
    );
    client.ask("STARTTLS", "503 5.5.1");
    client.ask("MAIL FROM:<alice@example.org>", "250");
    client.ask("RCPT TO:<bob@example.org>", "250");
    client.ask("DATA", "354");
    client.send(b"Subject: x\r\n\r\nx\r\n.\r\n");
    client.expect("250 2.0.0 Kept");
    let got = String::from_utf8(next_hop.books().messages[0].clone()).unwrap();
    assert!(got.contains("with ESMTPS id"), "{got}");
}

/// RFC 8689: offered where both ways are encrypted, and the next hop is known and offers it.
#[test]
fn requiretls() {
    let ehlo = "250-next.example|250 REQUIRETLS";
    let (next_hop, certificate) = NextHop::with_tls();
    let next_hop = next_hop.on("EHLO", Act::Say(ehlo));
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let more = format!(
        "tls_cert = \"{}\"\ntls_key = \"{}\"\nnext_hop_tls = \"require\"\nnext_hop_ca = \"{}\"",
        file("cert.pem", made.cert.pem()),
        file("key.pem", made.signing_key.serialize_pem()),
        file("ca.pem", certificate)
    );
    let daemon = Daemon::start(&next_hop.url, &more);
    let mut peer = Peer::hello(&daemon.address);
    peer.ask("STARTTLS", "220");
    let mut client = Client::default().secure(peer);
    let offer = client.ask("EHLO client.example", "250");
    assert!(
        offer.iter().any(|line| line.ends_with("REQUIRETLS")),
        "{offer:?}"
    );
    client.ask("MAIL FROM:<alice@example.org> REQUIRETLS", "250");
    let told = next_hop.books().commands.last().cloned();
    assert_eq!(
        told.as_deref(),
        Some("MAIL FROM:<alice@example.org> REQUIRETLS")
    );
}

/// CVE-2011-0411, CVE-2021-33515: what is sent behind STARTTLS in clear is never obeyed.
#[test]
fn injected_behind_starttls() {
    let (daemon, next_hop, _folder) = with_tls("");
    let mut peer = Peer::hello(&daemon.address);
    peer.send(b"STARTTLS\r\nEHLO evil.example\r\nMAIL FROM:<evil@example.org>\r\n");
    peer.expect("503 5.5.1");
    assert!(peer.is_closed());
    assert!(
        !next_hop
            .books()
            .commands
            .iter()
            .any(|line| line.starts_with("MAIL"))
    );
}

/// A session whose TLS has ended is over, and what it had begun with it.
#[test]
fn tls_ends_inside_a_chunk() {
    let (daemon, next_hop, _folder) = with_tls("");
    let mut peer = Peer::hello(&daemon.address);
    peer.ask("STARTTLS", "220");
    let mut client = Client::default().secure(peer);
    client.ask("EHLO client.example", "250");
    client.ask("MAIL FROM:<alice@example.org>", "250");
    client.ask("RCPT TO:<bob@example.org>", "250");
    client.send(b"BDAT 1000 LAST\r\nhalf\r\n");
    let mut clear = client.end_tls();
    clear.send(&b"x".repeat(2000));
    clear.ends();
    eventually("it is cut short", || next_hop.books().cut_short == 1);
    assert!(next_hop.books().messages.is_empty());
}

#[test]
fn tls_from_the_start() {
    let (daemon, _next_hop, _folder) = with_tls("tls_listen = \"127.0.0.1:0\"");
    let place = tls_place(&daemon);
    let mut client = Client::default().secure(Peer::connect(&place));
    client.expect("220");
    client.ask("EHLO client.example", "250");
    // In clear it is no door at all.
    let mut peer = Peer::connect(&place);
    peer.send(b"EHLO client.example\r\n");
    eventually("it is closed", || peer.is_closed());
}

/// Where the door of a [`Daemon`] with `tls_listen` is.
pub fn tls_place(daemon: &Daemon) -> String {
    let line = daemon.says("with TLS");
    let (_, place) = line.split_once("open on ").unwrap();
    place.trim_end_matches(", with TLS").to_owned()
}

#[test]
fn by_certificate() {
    let client = Client::with_certificate();
    let known = format!(
        "allow_from = [\"192.0.2.0/24\"]\ntls_allow_certs = [\"{}\"]",
        client.fingerprint()
    );
    let (daemon, _next_hop, _folder) = with_tls(&known);
    let mut peer = daemon.connect();
    peer.expect("220");
    peer.ask("EHLO client.example", "250");
    peer.ask("MAIL FROM:<alice@example.org>", "530 5.7.0");
    peer.ask("STARTTLS", "220");
    let mut known = client.secure(peer);
    known.ask("EHLO client.example", "250");
    known.ask("MAIL FROM:<alice@example.org>", "250");
    for stranger in [Client::default(), Client::with_certificate()] {
        let mut peer = daemon.connect();
        peer.expect("220");
        peer.ask("STARTTLS", "220");
        let mut stranger = stranger.secure(peer);
        stranger.expect("550 5.7.1");
    }
}

#[test]
fn proxy_header() {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(
        &next_hop.url,
        "proxy_protocol_from = [\"127.0.0.1\"]\nallow_from = [\"192.0.2.0/24\", \"2001:db8::/32\"]",
    );
    let with = |header: &[u8]| {
        let mut peer = daemon.connect();
        peer.send(header);
        peer
    };
    with(b"PROXY TCP4 192.0.2.7 198.51.100.1 56324 25\r\n").expect("220");
    with(b"PROXY TCP6 2001:db8::7 2001:db8::1 56324 25\r\n").expect("220");
    with(b"PROXY TCP4 203.0.113.7 198.51.100.1 56324 25\r\n").expect("550 5.7.1");
    // Version 2, with a TLV behind the addresses; and LOCAL, a health check of the proxy's own.
    let mut v2 =
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0f\xc0\0\x02\x07\xc6\x33\x64\x01\xdc\x04\0\x19".to_vec();
    v2.extend_from_slice(b"\x04\0\0");
    let mut peer = with(&v2);
    peer.expect("220");
    peer.ask("EHLO client.example", "250");
    peer.envelope();
    peer.ask("DATA", "354");
    peer.message(b"x\r\n", "250");
    let got = String::from_utf8(next_hop.books().messages[0].clone()).unwrap();
    assert!(
        got.starts_with("Received: from client.example ([192.0.2.7])"),
        "{got}"
    );
    with(b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0").expect("550 5.7.1");
    // None, half of one, or a broken one: an error.
    for wrong in [
        &b"EHLO client.example\r\n"[..],
        b"PROXY TCP4 192.0.2.7\r\n",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 56324 25\n",
        b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\xdc\x04\0\x19",
    ] {
        assert!(with(wrong).is_closed(), "{wrong:?}");
    }
}

/// From who is not named, a PROXY header is no command.
#[test]
fn proxy_header_from_a_stranger() {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(&next_hop.url, "");
    let mut peer = daemon.connect();
    peer.expect("220");
    peer.ask("PROXY TCP4 192.0.2.7 198.51.100.1 56324 25", "500 5.5.1");
}

#[test]
fn xclient_is_believed() {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(&next_hop.url, "xclient_from = [\"127.0.0.1\"]");
    let mut peer = Peer::hello(&daemon.address);
    peer.ask(
        "XCLIENT ADDR=10.9.8.7 HELO=spike.example PROTO=ESMTP",
        "220",
    );
    peer.ask("EHLO spike.example", "250");
    peer.envelope();
    peer.ask("DATA", "354");
    peer.message(b"x\r\n", "250");
    let got = String::from_utf8(next_hop.books().messages[0].clone()).unwrap();
    assert!(
        got.starts_with("Received: from spike.example ([10.9.8.7])"),
        "{got}"
    );
    daemon.says("peer=10.9.8.7");
}

#[test]
fn too_many_from_one_address() {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(
        &next_hop.url,
        "max_connections_per_address = 2\nxclient_from = [\"127.0.0.1\"]",
    );
    let first = Peer::hello(&daemon.address);
    let mut second = Peer::hello(&daemon.address);
    let mut third = daemon.connect();
    third.expect("421 4.7.0");
    assert!(third.is_closed());
    // Who turns out to be somebody else takes no seat of this one.
    second.ask("XCLIENT ADDR=10.9.8.7", "220");
    let _fourth = Peer::hello(&daemon.address);
    first.die();
    eventually("there is room again", || {
        daemon.connect().line().starts_with("220")
    });
}

/// XFORWARD IDENT and the next hop's own id are in the log beside ours.
#[test]
fn ids_of_both_sides() {
    let ehlo = "250-next.example|250 XFORWARD NAME ADDR PROTO HELO SOURCE IDENT";
    let next_hop = NextHop::start()
        .on("EHLO", Act::Say(ehlo))
        .on("end", Act::Say("250 2.0.0 Ok: queued as 4XYZ"));
    let daemon = Daemon::start(&next_hop.url, "");
    let mut peer = Peer::hello(&daemon.address);
    peer.ask("XFORWARD IDENT=4ABC ADDR=192.0.2.1", "250");
    peer.envelope();
    peer.ask("DATA", "354");
    peer.message(b"x\r\n", "250");
    let line = daemon.says(" client_id=4ABC next_hop_id=4XYZ ");
    let got = String::from_utf8(next_hop.books().messages[0].clone()).unwrap();
    let mut ours = String::new();
    write!(
        ours,
        "id={} ",
        got.split_once(" id ").unwrap().1.split(';').next().unwrap()
    )
    .unwrap();
    assert!(line.contains(&ours), "{line} {got}");
}
