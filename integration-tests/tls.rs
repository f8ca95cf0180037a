//! TLS towards the next hop.

use crate::harness::{Act, Daemon, NextHop, Peer};

/// With the file of authorities, where one is given.
fn daemon(next_hop: &NextHop, tls: &str, authorities: Option<&str>) -> (Daemon, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let mut more = format!("next_hop_tls = \"{tls}\"\n");
    if let Some(authorities) = authorities {
        std::fs::write(&path, authorities).unwrap();
        more += &format!("next_hop_ca = \"{}\"\n", path.display());
    }
    (Daemon::start(&next_hop.url, &more), folder)
}

/// How often a session to the next hop was encrypted.
fn encrypted(next_hop: &NextHop) -> usize {
    next_hop
        .books()
        .commands
        .iter()
        .filter(|line| *line == "STARTTLS")
        .count()
}

#[test]
fn verified() {
    let (next_hop, certificate) = NextHop::with_tls();
    let (daemon, _folder) = daemon(&next_hop, "require", Some(&certificate));
    let mut peer = Peer::ready_for_data(&daemon.address);
    peer.message(&b"0123456\r\n".repeat(100_000), "250 2.0.0 Kept");
    assert_eq!(next_hop.books().messages.len(), 1);
    assert_eq!(encrypted(&next_hop), 1);
}

#[test]
fn required_but_not_to_be_had() {
    let check = |next_hop: &NextHop, authorities: &str| {
        let (daemon, _folder) = daemon(next_hop, "require", Some(authorities));
        Peer::hello(&daemon.address).ask("MAIL FROM:<alice@example.org>", "451 4.4.1");
        assert!(
            !next_hop
                .books()
                .commands
                .iter()
                .any(|line| line.starts_with("MAIL"))
        );
    };
    let (next_hop, own) = NextHop::with_tls();
    let (_, another) = NextHop::with_tls();
    check(&next_hop, &another);
    check(&NextHop::start(), &own);
    let (refuses, own) = NextHop::with_tls();
    check(&refuses.on("STARTTLS", Act::Say("454 4.7.0 Not now")), &own);
    // What was said in clear behind the reply is not believed under TLS.
    let (injects, own) = NextHop::with_tls();
    check(
        &injects.on("STARTTLS", Act::Say("220 2.0.0 Go on|250-x|250 SIZE 1")),
        &own,
    );
}

#[test]
fn opportunistic() {
    let (next_hop, _) = NextHop::with_tls();
    let (daemon_, _folder) = daemon(&next_hop, "opportunistic", None);
    Peer::ready_for_data(&daemon_.address).message(b"x\r\n", "250");
    assert_eq!(encrypted(&next_hop), 1);

    let clear = NextHop::start();
    let (daemon_, _folder) = daemon(&clear, "opportunistic", None);
    Peer::ready_for_data(&daemon_.address).message(b"x\r\n", "250");
    assert_eq!(encrypted(&clear), 0);

    // A handshake that fails: again, in clear.
    let (broken, _) = NextHop::with_tls();
    let broken = broken.once("STARTTLS", Act::SayAndDie("220 2.0.0 Go on"));
    let (daemon_, _folder) = daemon(&broken, "opportunistic", None);
    Peer::ready_for_data(&daemon_.address).message(b"x\r\n", "250");
    assert_eq!(broken.books().messages.len(), 1);
}
