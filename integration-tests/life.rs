//! Starting, changing and stopping: SIGHUP, sockets that are handed over, what systemd is told; and
//! what can be seen meanwhile.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::process::Command;
use std::time::Duration;

use crate::harness::{Act, Daemon, NextHop, Peer, eventually, free_port, program, skip};

/// `settings` with the next hop put in for HOP.
fn daemon(next_hop: &NextHop, settings: &str) -> Daemon {
    Daemon::with(&settings.replace("HOP", &next_hop.url))
}

const SMTP: &str =
    "[smtp]\nlisten = \"127.0.0.1:0\"\nhostname = \"one.example\"\nnext_hop = \"HOP\"\n";

#[test]
fn settings_are_read_anew() {
    let next_hop = NextHop::start();
    let daemon = daemon(&next_hop, SMTP);
    let mut old = daemon.connect();
    old.expect("220 one.example");
    let settings = std::fs::read_to_string(daemon.file()).unwrap();
    let new = settings.replace("one.example", "two.example") + "max_message_size = 1000\n";
    std::fs::write(daemon.file(), &new).unwrap();
    daemon.signal("HUP");
    daemon.says("settings reloaded");
    daemon.connect().expect("220 two.example");
    // Who is in keeps what it began with, and is not disturbed.
    let offer = old.ask("EHLO client.example", "250");
    assert!(offer.contains(&"250-SIZE 52428800".to_owned()), "{offer:?}");
    old.envelope();
    old.ask("DATA", "354");
    old.message(b"x\r\n", "250");
    // Broken ones are refused, and nothing changes.
    std::fs::write(daemon.file(), "[smtp]\nlistne = \"x\"\n").unwrap();
    daemon.signal("HUP");
    let line = daemon.says("not reloaded");
    assert!(
        line.contains("plainbounce.toml:2: unknown key smtp.listne"),
        "{line}"
    );
    daemon.connect().expect("220 two.example");
    // What is opened once is named.
    let moved = new.replace("127.0.0.1:0", "127.0.0.1:1") + "[log]\nformat = \"json\"\n";
    std::fs::write(daemon.file(), moved).unwrap();
    daemon.signal("HUP");
    daemon.says("settings reloaded; only after a restart: smtp.listen, log.format");
}

/// The socket belongs to who started it; a second process takes over, and nobody is refused.
#[test]
fn sockets_are_handed_over() {
    if Command::new("python3").arg("--version").output().is_err() {
        return skip("python3 is not installed");
    }
    let next_hop = NextHop::start();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let settings = SMTP
        .replace("127.0.0.1:0", &address.to_string())
        .replace("HOP", &next_hop.url);
    let start = |name: &str| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("plainbounce.toml");
        std::fs::write(&file, settings.replace("one.example", name)).unwrap();
        Daemon::run(activated(&socket, &file, ""), folder)
    };
    let mut first = start("first.example");
    Peer::connect(&first.address).expect("220 first.example");
    let mut waiting = Peer::ready_for_data(&first.address);
    let second = start("second.example");
    first.signal("TERM");
    let is_second = || {
        let greeting = Peer::connect(&second.address).line();
        greeting.starts_with("220 second.example")
    };
    // One alone proves nothing: until the signal is heard, both take connections.
    eventually("the first takes no more", || (0..20).all(|_| is_second()));
    for _ in 0..20 {
        Peer::connect(&second.address).expect("220 second.example");
    }
    waiting.message(b"under way\r\n", "250 2.0.0 Kept");
    assert!(first.ended().success());
}

/// The settings may name the host; or the socket bears the name of the door, wherever it is.
#[test]
fn sockets_are_found_by_address_and_by_name() {
    if Command::new("python3").arg("--version").output().is_err() {
        return skip("python3 is not installed");
    }
    let next_hop = NextHop::start();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let elsewhere = format!("127.0.0.1:{}", free_port());
    let named = format!("localhost:{}", address.port());
    for (listen, name) in [(named, ""), (elsewhere, "smtp")] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("plainbounce.toml");
        let settings = SMTP.replace("127.0.0.1:0", &listen);
        std::fs::write(&file, settings.replace("HOP", &next_hop.url)).unwrap();
        let daemon = Daemon::run(activated(&socket, &file, name), folder);
        assert_eq!(daemon.address, address.to_string());
        daemon.connect().expect("220 one.example");
    }
}

/// As systemd starts it: the socket is file descriptor 3, with this name. It comes as standard
/// input, which is inherited without further ado.
fn activated(socket: &TcpListener, file: &std::path::Path, name: &str) -> Command {
    let mut command = Command::new("python3");
    let script = "import os, sys\n\
        os.dup2(0, 3, inheritable=True)\n\
        os.environ['LISTEN_PID'] = str(os.getpid())\n\
        os.environ['LISTEN_FDS'] = '1'\n\
        os.environ['LISTEN_FDNAMES'] = os.environ['NAME']\n\
        os.execv(sys.argv[1], sys.argv[1:])";
    command
        .stdin(OwnedFd::from(socket.try_clone().unwrap()))
        .env("NAME", name)
        .args(["-c", script])
        .arg(program().get_program())
        .args(["serve", "--config"])
        .arg(file);
    command
}

/// Who runs goes on until it is done (SCHED_BATCH).
#[test]
fn nobody_is_pushed_aside() {
    const SCHED_BATCH: &str = "3";
    let daemon = Daemon::start(&NextHop::start().url, "");
    let threads = format!("/proc/{}/task", daemon.id());
    let policies = std::fs::read_dir(threads).unwrap().map(|thread| {
        let stat = std::fs::read_to_string(thread.unwrap().path().join("stat")).unwrap();
        let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split(' ').collect();
        // proc_pid_stat(5): the 41st, and the third is the first behind the name.
        fields[41 - 2].to_owned()
    });
    let policies: Vec<_> = policies.collect();
    assert!(policies.len() > 2, "{policies:?}");
    assert!(
        policies.iter().all(|policy| policy == SCHED_BATCH),
        "{policies:?}"
    );
}

#[test]
fn systemd_is_told() {
    let next_hop = NextHop::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let (mut daemon, hears) = notifying(&next_hop, folder, &socket, path.as_os_str());
    hears("READY=1");
    hears("WATCHDOG=1");
    hears("WATCHDOG=1");
    daemon.signal("HUP");
    hears("RELOADING=1");
    hears("READY=1");
    daemon.signal("TERM");
    hears("STOPPING=1");
    assert!(daemon.ended().success());
}

/// As in some containers.
#[test]
fn a_socket_without_a_path_is_told_too() {
    let next_hop = NextHop::start();
    let folder = tempfile::tempdir().unwrap();
    let name = format!("plainbounce-{}", folder.path().display());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let socket = UnixDatagram::bind_addr(&address).unwrap();
    let name = format!("@{name}");
    let (mut daemon, hears) = notifying(&next_hop, folder, &socket, name.as_ref());
    hears("READY=1");
    daemon.signal("TERM");
    hears("STOPPING=1");
    assert!(daemon.ended().success());
}

/// Its socket is there and full: who should read it has died, or never began.
#[test]
fn nobody_hears_what_is_told() {
    let next_hop = NextHop::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    let others = UnixDatagram::unbound().unwrap();
    others.set_nonblocking(true).unwrap();
    while others.send_to(b"X=1", &path).is_ok() {}
    let (mut daemon, _) = notifying(&next_hop, folder, &socket, path.as_os_str());
    Peer::ready_for_data(&daemon.address).message(b"x\r\n", "250");
    daemon.signal("TERM");
    assert!(daemon.ended().success());
}

/// The program as systemd starts it, and what waits until its socket hears something.
fn notifying<'s>(
    next_hop: &NextHop,
    folder: tempfile::TempDir,
    socket: &'s UnixDatagram,
    name: &OsStr,
) -> (Daemon, impl Fn(&str) + 's) {
    socket
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let file = folder.path().join("plainbounce.toml");
    std::fs::write(&file, SMTP.replace("HOP", &next_hop.url)).unwrap();
    let mut command = program();
    command
        .env("NOTIFY_SOCKET", name)
        .env("WATCHDOG_USEC", "200000")
        .args(["serve", "--config"])
        .arg(&file);
    let daemon = Daemon::run(command, folder);
    let hears = |what: &str| {
        let mut told = [0; 1000];
        loop {
            let count = socket.recv(&mut told).unwrap();
            if String::from_utf8_lossy(&told[..count]).contains(what) {
                return;
            }
        }
    };
    (daemon, hears)
}

/// What `GET` of a path answers: status and body.
pub fn get(address: &str, path: &str, host: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    (status, body.to_owned())
}

#[test]
fn health_and_metrics() {
    let next_hop = NextHop::start().once("end", Act::Say("250 2.0.0 Kept"));
    let place = format!("127.0.0.1:{}", free_port());
    let settings = format!("{SMTP}\n[console]\nlisten = \"{place}\"\n");
    let mut daemon = daemon(&next_hop, &settings);
    daemon.says("console open on");
    assert_eq!(get(&place, "/healthz", "localhost"), (200, "ok\n".into()));
    assert_eq!(get(&place, "/readyz", &place), (200, "ok\n".into()));
    assert_eq!(get(&place, "/", "localhost").0, 404);
    // Not to a page of somebody else's (DNS rebinding); a probe may come as it likes.
    assert_eq!(get(&place, "/metrics", "evil.example").0, 421);
    assert_eq!(get(&place, "/healthz", "10.0.0.1:8025").0, 200);
    let mut peer = Peer::ready_for_data(&daemon.address);
    peer.message(&crate::smtp::bounce(), "250");
    peer.envelope();
    let (status, text) = get(&place, "/metrics", "127.0.0.1");
    assert_eq!(status, 200);
    let has = |line: &str| assert!(text.lines().any(|said| said == line), "{line}\n{text}");
    has(
        "plainbounce_messages_total{door=\"smtp\",kind=\"failure\",cause=\"mailbox-unknown\",outcome=\"annotated\"} 1",
    );
    has("plainbounce_open_sessions{door=\"smtp\"} 1");
    has("plainbounce_next_hop_up{door=\"smtp\"} 1");
    has("plainbounce_message_duration_seconds_count 1");
    has("plainbounce_annotating_duration_seconds_count 1");
    // Told to stop, it is alive, and no place for new mail.
    daemon.signal("TERM");
    eventually("it is not ready", || {
        get(&place, "/readyz", "localhost").0 == 503
    });
    assert_eq!(get(&place, "/healthz", "localhost").0, 200);
    peer.ask("RSET", "250");
    peer.expect("421");
    assert!(daemon.ended().success());
}

#[test]
fn log_as_json() {
    let next_hop = NextHop::start();
    let more = "[log]\nformat = \"json\"\naddresses = \"hashed\"\n";
    let daemon = daemon(&next_hop, &format!("{SMTP}{more}"));
    Peer::ready_for_data(&daemon.address).message(&crate::smtp::bounce(), "250");
    let line = daemon.says("\"event\":\"message\"");
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    // printf %s alice | sha256sum
    assert_eq!(line["from"], "2bd806c97f0e00af@example.org");
    assert_eq!(line["kind"], "failure");
    assert_eq!(line["cause"], "mailbox-unknown");
    assert_eq!(line["outcome"], "annotated");
    assert_eq!(line["reply"], 250);
    assert!(line["took_us"].as_u64().unwrap() > 0);
    assert!(line["added"].as_i64().unwrap() > 0);
}
