//! SIGTERM: who has nothing under way holds nobody up, and what is a successor's is left alone.

use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixListener;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::access::{tls_place, with_tls_before};
use crate::harness::{Act, Daemon, NextHop, Peer, eventually, program};

/// Long before anybody's patience is over.
const SOON: Duration = Duration::from_secs(20);

fn ends_soon(daemon: &mut Daemon) {
    let began = Instant::now();
    daemon.signal("TERM");
    assert!(daemon.ended().success());
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

/// Nothing is under way in it, whatever the client believes.
#[test]
fn a_session_whose_mail_failed() {
    let mut daemon = Daemon::start("smtp://127.0.0.1:1", "");
    let mut peer = Peer::hello(&daemon.address);
    peer.ask("MAIL FROM:<alice@example.org>", "451 4.4.1");
    ends_soon(&mut daemon);
    peer.expect("421 4.3.2");
    assert!(peer.is_closed());
}

#[test]
fn before_the_greeting() {
    let next_hop = NextHop::start();
    let owed = "proxy_protocol_from = [\"127.0.0.1\"]";
    let mut daemon = Daemon::start(&next_hop.url, owed);
    let _silent = daemon.connect();
    let mut half = daemon.connect();
    half.send(b"PROXY TCP4 192.0.2.7");
    ends_soon(&mut daemon);

    let (mut daemon, _folder) = with_tls_before(&next_hop, "tls_listen = \"127.0.0.1:0\"");
    let _silent = Peer::connect(&tls_place(&daemon));
    ends_soon(&mut daemon);
}

/// As it is in the settings by then.
#[test]
fn the_timeout_that_was_set_last() {
    let next_hop = NextHop::start();
    let mut daemon = Daemon::start(&next_hop.url, "[serve]\nshutdown_timeout = \"1h\"");
    let settings = std::fs::read_to_string(daemon.file()).unwrap();
    std::fs::write(daemon.file(), settings.replace("1h", "100ms")).unwrap();
    daemon.signal("HUP");
    daemon.says("settings reloaded");
    let mut busy = Peer::ready_for_data(&daemon.address);
    ends_soon(&mut daemon);
    busy.expect("421 4.3.2");
}

/// The one that ends has a message under way still when the other opens the same path.
#[test]
fn the_socket_of_a_successor_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("door");
    let next_hop = NextHop::lmtp();
    let open = || Daemon::open("lmtp", &path.display().to_string(), &next_hop.url, "");
    let mut first = open();
    let mut busy = Peer::at(&path);
    busy.expect("220");
    busy.ask("LHLO client.example", "250");
    busy.envelope();
    busy.ask("DATA", "354");
    first.signal("TERM");
    eventually("it takes no more", || {
        std::os::unix::net::UnixStream::connect(&path).is_err()
    });
    let _second = open();
    busy.message(b"x\r\n", "250 2.0.0 Kept");
    assert!(first.ended().success());
    Peer::at(&path).expect("220");
}

/// Nor is what anybody else has put there.
#[test]
fn what_is_not_ours_at_the_path_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("door");
    let next_hop = NextHop::lmtp();
    let mut daemon = Daemon::open("lmtp", &path.display().to_string(), &next_hop.url, "");
    std::fs::remove_file(&path).unwrap();
    let _other = UnixListener::bind(&path).unwrap();
    ends_soon(&mut daemon);
    assert!(path.exists());
}

/// A standard error that is full, and that nobody reads.
#[test]
fn last_words_to_nobody() {
    let refusal = format!("550 5.7.1 {}", "x".repeat(500));
    let next_hop = NextHop::start().on("end", Act::Say(refusal.leak()));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plainbounce.toml");
    let settings = format!(
        "[smtp]\nlisten = \"127.0.0.1:0\"\nnext_hop = \"{}\"\n",
        next_hop.url
    );
    std::fs::write(&file, settings).unwrap();
    let mut command = program();
    command.arg("serve").arg("--config").arg(&file);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut unread = BufReader::with_capacity(1 << 7, child.stderr.take().unwrap());
    let mut line = String::new();
    unread.read_line(&mut line).unwrap();
    let (_, place) = line.trim_end().split_once("open on ").unwrap();
    // More than fits into a pipe.
    for _ in 0..4 {
        let mut peer = Peer::hello(place);
        for _ in 0..100 {
            peer.envelope();
            peer.ask("DATA", "354");
            peer.message(b"x\r\n", "550");
        }
    }
    let process = child.id().to_string();
    let mut kill = std::process::Command::new("kill");
    assert!(kill.args(["-TERM", &process]).status().unwrap().success());
    let began = Instant::now();
    let has_ended = |child: &mut std::process::Child| child.try_wait().unwrap().is_some();
    while !has_ended(&mut child) && began.elapsed() < SOON {
        std::thread::sleep(Duration::from_millis(5));
    }
    let ended = has_ended(&mut child);
    let _ = child.kill();
    let _ = child.wait();
    assert!(ended);
}

/// Who came a moment before has its message taken: a successor was not there for it yet.
#[test]
fn who_has_just_come_may_have_a_message() {
    let next_hop = NextHop::start();
    let mut daemon = Daemon::start(&next_hop.url, "");
    let mut peer = daemon.connect();
    peer.expect("220");
    daemon.signal("TERM");
    eventually("no connection is taken", || {
        std::net::TcpStream::connect(&daemon.address).is_err()
    });
    peer.ask("EHLO client.example", "250");
    peer.envelope();
    peer.ask("DATA", "354");
    peer.message(b"x\r\n", "250 2.0.0 Kept");
    peer.expect("421 4.3.2");
    assert!(daemon.ended().success());
}

/// A handshake that does not go on is no message, and neither is a greeting that is waited for.
#[test]
fn before_any_message() {
    let next_hop = NextHop::start();
    let (mut daemon, _folder) = with_tls_before(&next_hop, "");
    let mut peer = Peer::hello(&daemon.address);
    peer.ask("STARTTLS", "220");
    ends_soon(&mut daemon);

    let silent = NextHop::start().on("greeting", Act::Say(""));
    let mut daemon = Daemon::start(&silent.url, "next_hop_timeout = \"1h\"");
    let mut peer = daemon.connect();
    peer.expect("220");
    peer.send(b"EHLO client.example\r\n");
    eventually("the next hop is asked", || silent.books().sessions > 0);
    ends_soon(&mut daemon);
    peer.expect("421 4.3.2");
}

/// Each message has its line, also one that had to be left.
#[test]
fn what_is_cut_is_told_of() {
    let next_hop = NextHop::start().on("end", Act::Say(""));
    let more = "[serve]\nshutdown_timeout = \"100ms\"";
    for ended in [false, true] {
        let mut daemon = Daemon::start(&next_hop.url, more);
        let mut peer = Peer::ready_for_data(&daemon.address);
        peer.send(b"Subject: x\r\n\r\nx\r\n");
        if ended {
            peer.send(b".\r\n");
        }
        let begun = if ended { 2 } else { 1 };
        eventually("it is there", || next_hop.books().begun == begun);
        daemon.signal("TERM");
        peer.expect("421 4.3.2");
        let line = daemon.says("outcome=failed");
        assert!(line.contains(" note=shutdown"), "{line}");
        assert!(daemon.ended().success());
    }
}
