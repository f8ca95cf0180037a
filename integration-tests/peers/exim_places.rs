//! Exim sends mail through plainbounce, by the lines of `deploy/exim`.

use std::net::TcpStream;

use super::bounce::UNKNOWN_USER;
use super::dovecot::Dovecot;
use super::places::{
    Mailbox, ORDINARY, Pipe, Place, WhenDead, begins_with_a_notice, bounce, is_explained,
    is_untouched,
};
use crate::harness::{Act, Daemon, Jail, Names, NextHop, eventually, free_port};

const ALICE: &str = "alice@example.org";
const BOB: &str = "bob@example.net";

/// A real Exim that delivers mail for example.org, with what else is put into its sections.
pub struct Exim {
    pub jail: Jail,
    _far: NextHop,
}

/// Main section, routers, transports.
pub type Sections<'a> = [&'a str; 3];

/// Of a file in `deploy/exim`.
fn sections(deployed: &str) -> [String; 3] {
    let (main, rest) = deployed.split_once("begin routers\n").unwrap();
    let (routers, transports) = rest.split_once("begin transports\n").unwrap();
    [main, routers, transports].map(str::to_owned)
}

impl Exim {
    /// Of `target/peers/pipes`, with users alice (102) and debianfdm (103).
    pub fn start([main, routers, transports]: Sections<'_>) -> Option<Self> {
        let names = Names::start(&[]);
        let jail = Jail::open("pipes", &["Debian-exim", "alice", "debianfdm"], &names)?;
        let far = NextHop::start().on("RCPT", Act::Say(UNKNOWN_USER.server.unwrap()));
        let settings = SETTINGS
            .replace("@PORT", far.address().rsplit(':').next().unwrap())
            .replace("@MAIN", main)
            .replace("@ROUTERS", routers)
            .replace("@TRANSPORTS", transports);
        jail.write("etc/exim4/exim4.conf", &settings);
        jail.own("var/spool/exim4", 101, 101, 0o750);
        jail.own("var/mail", 0, 8, 0o2775);
        for folder in [
            "",
            "/Maildir",
            "/Maildir/new",
            "/Maildir/cur",
            "/Maildir/tmp",
        ] {
            jail.own(&format!("home/alice{folder}"), 102, 102, 0o755);
        }
        let users = std::fs::read_to_string(jail.path("etc/passwd")).unwrap();
        let users = users.replace("alice:x:102:102::/:", "alice:x:102:102::/home/alice:");
        jail.write("etc/passwd", &users);
        Some(Self { jail, _far: far })
    }

    pub fn mailbox(&self) -> Mailbox {
        Mailbox(self.jail.path("home/alice/Maildir"))
    }

    /// It tries to deliver before it answers.
    pub fn send(&self, reverse_path: &str, forward_path: &str, message: &str) {
        let from = match reverse_path {
            "" => "<>",
            address => address,
        };
        let command = ["exim4", "-odi", "-oi", "-f", from, forward_path];
        self.jail.run(&command, message).unwrap();
    }

    pub fn retry(&self) {
        let _ = self.jail.run(&["exim4", "-qff"], "");
    }
}

const SETTINGS: &str = "\
primary_hostname = mail.example.org
exim_user = Debian-exim
trusted_users = root
log_file_path = syslog
keep_environment =
host_lookup =
tls_advertise_hosts =
domainlist local_domains = example.org
acl_smtp_rcpt = accept
@MAIN
begin routers
far:
  driver = manualroute
  domains = !+local_domains
  transport = far
  route_list = * 127.0.0.1
  self = send
@ROUTERS
begin transports
far:
  driver = smtp
  port = @PORT
  allow_localhost
  hosts_try_dane =
@TRANSPORTS
begin retry
* * F,1h,1s
";

/// Into the mailbox.
const DELIVERY: &str = "
into_maildir:
  driver = accept
  transport = maildir
";

const MAILDIR: &str = "
maildir:
  driver = appendfile
  user = alice
  directory = /home/alice/Maildir
  maildir_format
  delivery_date_add
  envelope_to_add
  return_path_add
";

fn check(exim: &Exim, mailbox: &Mailbox, start: &dyn Fn() -> Daemon) {
    let daemon = start();
    exim.send(ALICE, ALICE, ORDINARY);
    is_untouched(&mailbox.one(), ORDINARY);
    exim.send("", ALICE, &bounce());
    is_explained(&mailbox.one(), &bounce());
    exim.send(ALICE, BOB, ORDINARY);
    begins_with_a_notice(&mailbox.one());

    drop(daemon);
    Place {
        start,
        send: &|message| exim.send(ALICE, ALICE, message),
        retry: &|| exim.retry(),
        mailbox,
    }
    .waits_while_it_is_dead();
}

/// Exim, plainbounce, and the same Exim again.
#[test]
fn smtp_and_back() {
    let (there, back) = (free_port().to_string(), free_port().to_string());
    let deployed = include_str!("../../deploy/exim/smtp.conf")
        .replace("[0.0.0.0]:25 ; [::]:25 ; ", "")
        .replace("10026", &back)
        .replace("10025", &there);
    let [main, routers, transports] = sections(&deployed);
    let (routers, transports) = (routers + DELIVERY, transports + MAILDIR);
    let Some(exim) = Exim::start([&main, &routers, &transports]) else {
        return;
    };
    exim.jail.run(&["exim4", "-bd"], "").unwrap();
    eventually("Exim listens", || {
        TcpStream::connect(format!("127.0.0.1:{back}")).is_ok()
    });
    check(&exim, &exim.mailbox(), &|| {
        let next_hop = format!("smtp://127.0.0.1:{back}");
        Daemon::open("smtp", &format!("127.0.0.1:{there}"), &next_hop, "")
    });
}

/// Exim, plainbounce, Dovecot.
#[test]
fn lmtp_towards_dovecot() {
    let Some(dovecot) = Dovecot::start("") else {
        return;
    };
    let there = free_port().to_string();
    let deployed = include_str!("../../deploy/exim/lmtp.conf").replace("10024", &there);
    let [main, routers, transports] = sections(&deployed);
    let Some(exim) = Exim::start([&main, &routers, &transports]) else {
        return;
    };
    check(&exim, &dovecot.mailbox(), &|| {
        let next_hop = format!("lmtp://{}", dovecot.address);
        Daemon::open("lmtp", &format!("127.0.0.1:{there}"), &next_hop, "")
    });
}

#[test]
fn transport_filter() {
    let deployed = include_str!("../../deploy/exim/transport-filter.conf");
    let transports = format!("{MAILDIR}{deployed}");
    let Some(exim) = Exim::start(["", DELIVERY, &transports]) else {
        return;
    };
    Pipe {
        jail: &exim.jail,
        program: "usr/bin/plainbounce",
        send: &|from, to, message| exim.send(from, to, message),
        retry: &|| exim.retry(),
        mailbox: &exim.mailbox(),
        when_dead: WhenDead::Waits,
    }
    .check();
}
