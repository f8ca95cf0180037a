//! The published sequences before real servers, told to believe in any newline: they see as many
//! messages as the client was told of.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::harness::postfix_is_missing;
use crate::harness::{Daemon, Jail, Names, NextHop, Peer, Postfix, eventually, free_port, skip};
use crate::smuggling::{ENDS, with_another_inside};

/// Each sequence by DATA and by BDAT, and a message at the end; how many were taken.
fn send_all(daemon: &Daemon) -> usize {
    let mut taken = 0;
    // What has a real end in it is two messages for everybody.
    for end in ENDS.iter().filter(|end| !end.contains("\r\n.\r\n")) {
        let message = with_another_inside(end);
        let mut peer = Peer::ready_for_data(&daemon.address);
        peer.send(&message);
        peer.send(b"\r\n.\r\n");
        taken += usize::from(peer.line().starts_with("250"));
        let mut peer = Peer::hello(&daemon.address);
        peer.envelope();
        peer.send(format!("BDAT {} LAST\r\n", message.len()).as_bytes());
        peer.send(&message);
        taken += usize::from(peer.line().starts_with("250"));
    }
    Peer::ready_for_data(&daemon.address).message(b"Subject: the last\r\n\r\nx\r\n", "250");
    taken + 1
}

/// What arrives at the far end, when all has.
fn arrive(far: &NextHop, expected: usize) {
    eventually("the last one arrives", || {
        let books = far.books();
        let is_last =
            |message: &Vec<u8>| String::from_utf8_lossy(message).contains("Subject: the last");
        books.messages.len() >= expected && books.messages.iter().any(is_last)
    });
    assert_eq!(far.books().messages.len(), expected);
    for message in &far.books().messages {
        let text = String::from_utf8_lossy(message);
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.contains("smuggled"), "{text}");
    }
}

fn check(server: &str, far: &NextHop) {
    for bare in ["reject", "normalize"] {
        let more = format!("bare_newline = \"{bare}\"");
        let daemon = Daemon::start(&format!("smtp://{server}"), &more);
        let before = far.books().messages.len();
        let expected = before + send_all(&daemon);
        arrive(far, expected);
        far.books()
            .messages
            .retain(|message| !String::from_utf8_lossy(message).contains("Subject: the last"));
    }
}

#[test]
fn before_postfix() {
    if postfix_is_missing() {
        return;
    }
    let far = NextHop::start();
    let main = format!(
        "smtpd_forbid_bare_newline = no\nsmtpd_forbid_unauth_pipelining = no\n\
         default_transport = smtp:[127.0.0.1]:{}\nsmtpd_client_connection_count_limit = 0\n",
        far.address().rsplit(':').next().unwrap()
    );
    let postfix = Postfix::start(&main, "");
    check(&postfix.address, &far);
}

#[test]
fn before_exim() {
    let names = Names::start(&[]);
    let Some(jail) = Jail::open("exim", &["Debian-exim"], &names) else {
        return;
    };
    let (far, port) = (NextHop::start(), free_port());
    let to = far.address().rsplit(':').next().unwrap().to_owned();
    jail.write("etc/exim4/exim4.conf", &SETTINGS.replace("PORT", &to));
    jail.own("var/spool/exim4", 101, 101, 0o750);
    let daemon = ["exim4", "-bd", "-oX", &port.to_string()];
    jail.run(&daemon, "").unwrap();
    let server = format!("127.0.0.1:{port}");
    eventually("exim listens", || {
        std::net::TcpStream::connect(&server).is_ok()
    });
    check(&server, &far);
}

const SETTINGS: &str = "\
primary_hostname = mail.example.org
exim_user = Debian-exim
log_file_path = syslog
keep_environment =
host_lookup =
tls_advertise_hosts =
smtp_enforce_sync = false
smtp_accept_max = 100
acl_smtp_rcpt = accept
begin routers
all:
  driver = manualroute
  transport = smtp
  route_list = * 127.0.0.1
  self = send
begin transports
smtp:
  driver = smtp
  port = PORT
  allow_localhost
  hosts_try_dane =
begin retry
* * F,1h,1s
";

/// Debian's python3-aiosmtpd, which says each message's subject in a line.
struct Aiosmtpd(Child);

const SERVER: &str = "
import asyncio, sys
from aiosmtpd.controller import Controller
class Handler:
    async def handle_DATA(self, server, session, envelope):
        subject = envelope.content.decode('latin-1').split('Subject: ')[1].split('\\r\\n')[0]
        print(subject, flush=True)
        return '250 2.0.0 Kept'
Controller(Handler(), hostname='127.0.0.1', port=int(sys.argv[1])).start()
print('ready', flush=True)
asyncio.new_event_loop().run_forever()
";

impl Aiosmtpd {
    fn start(port: u16) -> Option<(Self, impl Iterator<Item = String>)> {
        let mut server = Command::new("/usr/bin/python3");
        server
            .args(["-c", SERVER, &port.to_string()])
            .stdout(Stdio::piped());
        let mut child = server.stderr(Stdio::null()).spawn().ok()?;
        let mut lines = BufReader::new(child.stdout.take()?)
            .lines()
            .map_while(Result::ok);
        let ready = lines.next();
        let server = Self(child);
        ready.map(|_| (server, lines))
    }
}

impl Drop for Aiosmtpd {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn before_aiosmtpd() {
    let port = free_port();
    let Some((_server, mut subjects)) = Aiosmtpd::start(port) else {
        return skip("Debian's python3-aiosmtpd is not installed");
    };
    for bare in ["reject", "normalize"] {
        let more = format!("bare_newline = \"{bare}\"");
        let daemon = Daemon::start(&format!("smtp://127.0.0.1:{port}"), &more);
        let taken = send_all(&daemon);
        let got: Vec<String> = subjects.by_ref().take(taken).collect();
        assert_eq!(got.last().unwrap(), "the last");
        assert!(!got.contains(&"smuggled".to_owned()), "{got:?}");
    }
}
