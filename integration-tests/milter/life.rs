//! Limits, starting, changing and stopping.

use std::time::Duration;

use super::{ORDINARY, daemon, is_annotated};
use crate::harness::{ALL_ACTIONS, Daemon, MilterPeer, eventually};
use crate::smtp::bounce;

#[test]
fn a_silent_mta_is_left() {
    let daemon = daemon("timeout = \"200ms\"");
    for steps in [0, 1] {
        let mut peer = MilterPeer::ready(&daemon.address);
        if steps > 0 {
            peer.step(b'M', &[b"<>\0"]);
        }
        assert!(peer.is_closed());
    }
    daemon.says("door=milter client=left why=silent");
}

#[test]
fn too_many_connections() {
    let daemon = daemon("max_connections = 2");
    let first = MilterPeer::ready(&daemon.address);
    let _second = MilterPeer::ready(&daemon.address);
    assert!(MilterPeer::connect(&daemon.address).is_closed());
    daemon.says("door=milter client=turned-away why=too-many-connections");
    drop(first);
    std::thread::sleep(Duration::from_millis(100));
    MilterPeer::ready(&daemon.address);
}

/// With an answer to show that it was heard.
fn in_a_message(daemon: &Daemon) -> MilterPeer {
    let mut peer = MilterPeer::connect(&daemon.address);
    peer.negotiate(6, ALL_ACTIONS, 0);
    assert_eq!(peer.step(b'M', &[b"<>\0"]), Some(b'c'));
    peer
}

#[test]
fn told_to_stop_it_lets_messages_end() {
    let mut daemon = daemon("");
    let mut idle = MilterPeer::ready(&daemon.address);
    let mut busy = in_a_message(&daemon);
    daemon.signal("TERM");
    assert!(idle.is_closed());
    let text = String::from_utf8(bounce()).unwrap();
    let (header, body) = text.split_once("\r\n\r\n").unwrap();
    for field in header.split("\r\n") {
        let (name, value) = field.split_once(':').unwrap();
        busy.step(b'L', &[name.as_bytes(), b"\0", value.as_bytes(), b"\0"]);
    }
    assert_eq!(busy.step(b'N', &[]), Some(b'c'));
    assert_eq!(busy.step(b'B', &[body.as_bytes()]), Some(b'c'));
    busy.say(b'E', &[]);
    for letter in b"hba" {
        busy.expect(*letter);
    }
    assert!(busy.is_closed());
    assert!(daemon.ended().success());
    // The last line is not lost.
    daemon.says("outcome=annotated");
}

#[test]
fn told_to_stop_it_does_not_wait_for_ever() {
    let mut daemon = daemon("[serve]\nshutdown_timeout = \"100ms\"");
    let mut busy = in_a_message(&daemon);
    daemon.signal("TERM");
    assert!(busy.is_closed());
    assert!(daemon.ended().success());
}

#[test]
fn settings_are_read_anew() {
    let daemon = daemon("");
    let mut old = MilterPeer::ready(&daemon.address);
    let settings = std::fs::read_to_string(daemon.file()).unwrap();
    std::fs::write(daemon.file(), settings + "max_message_size = 100\n").unwrap();
    daemon.signal("HUP");
    daemon.says("settings reloaded");
    // Who is in keeps what it began with.
    assert!(is_annotated(&old.hand("<>", &bounce()).message));
    let mut new = MilterPeer::ready(&daemon.address);
    assert_eq!(new.hand("<>", &bounce()).at, b'N');
}

/// What one that was killed left there is in nobody's way.
#[test]
fn at_a_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("milter").display().to_string();
    let settings = format!("milter.listen = \"{socket}\"\n");
    let mut killed = Daemon::with(&settings);
    killed.signal("KILL");
    killed.ended();
    let mut daemon = Daemon::with(&settings);
    let mut peer = MilterPeer::ready(&socket);
    assert!(is_annotated(&peer.hand("<>", &bounce()).message));
    assert!(peer.hand("<a@example.org>", ORDINARY).message == ORDINARY);
    daemon.signal("TERM");
    assert!(daemon.ended().success());
    eventually("it is gone", || !std::path::Path::new(&socket).exists());
}
