//! Dovecot behind plainbounce, and plainbounce inside of Dovecot.

use std::net::TcpStream;

use super::bounce::UNKNOWN_USER;
use super::places::{
    Mailbox, ORDINARY, Pipe, Place, WhenDead, begins_with_a_notice, bounce, is_explained,
    is_untouched, send,
};
use crate::harness::{Act, Daemon, Jail, Names, NextHop, Postfix};
use crate::harness::{eventually, free_port, postfix_is_missing};

/// A real Dovecot that takes mail by LMTP for alice@example.org.
pub struct Dovecot {
    pub jail: Jail,
    /// Where its LMTP listens.
    pub address: String,
}

impl Dovecot {
    /// `more` are lines for its `dovecot.conf`.
    pub fn start(more: &str) -> Option<Self> {
        Self::start_with(SETTINGS, more, |_| {})
    }

    fn start_with(settings: &str, more: &str, furnish: fn(&Jail)) -> Option<Self> {
        let names = Names::start(&[]);
        let jail = Jail::open("dovecot", &["dovecot", "dovenull", "vmail"], &names)?;
        let dovecot = Self {
            jail,
            address: format!("127.0.0.1:{}", free_port()),
        };
        let port = dovecot.address.rsplit(':').next().unwrap();
        let settings = settings.replace("PORT", port) + more;
        let jail = &dovecot.jail;
        jail.write("etc/dovecot/dovecot.conf", &settings);
        jail.own("home/alice", 103, 103, 0o755);
        jail.own("var/lib/dovecot", 0, 0, 0o755);
        furnish(jail);
        jail.run(&["dovecot"], "").unwrap();
        eventually("Dovecot listens", || {
            TcpStream::connect(&dovecot.address).is_ok()
        });
        Some(dovecot)
    }

    pub fn mailbox(&self) -> Mailbox {
        Mailbox(self.jail.path("home/alice/Maildir"))
    }
}

const SETTINGS: &str = "\
first_valid_uid = 100
protocols = lmtp
listen = 127.0.0.1
ssl = no
mail_location = maildir:~/Maildir
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=vmail gid=vmail home=/home/%n allow_all_users=yes
}
auth_username_format = %Lu
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = PORT
  }
}
";

/// Where its programs for Sieve are expected.
const PROGRAM: &str = "usr/lib/dovecot/sieve-filter/plainbounce";

/// Postfix, and Dovecot with plainbounce in its Sieve.
#[test]
fn sieve() {
    if postfix_is_missing() {
        return;
    }
    let deployed = include_str!("../../deploy/dovecot/sieve.conf");
    let dovecot = Dovecot::start_with(SETTINGS, deployed, |jail| {
        let script = include_str!("../../deploy/dovecot/plainbounce.sieve");
        jail.write("etc/dovecot/sieve/plainbounce.sieve", script);
        let made = jail.run(&["sievec", "/etc/dovecot/sieve/plainbounce.sieve"], "");
        made.unwrap();
    });
    let Some(dovecot) = dovecot else {
        return;
    };
    let (_far, postfix) = postfix_in_front_of(&dovecot.address);
    Pipe {
        jail: &dovecot.jail,
        program: PROGRAM,
        send: &|from, to, message| send(&postfix.address, from, to, message),
        retry: &|| postfix.flush(),
        mailbox: &dovecot.mailbox(),
        when_dead: WhenDead::Passes,
    }
    .check();
}

/// Postfix, a Dovecot that is a proxy, plainbounce, and the Dovecot with the mailbox.
#[test]
fn lmtp_proxy() {
    if postfix_is_missing() {
        return;
    }
    let here = format!("127.0.0.1:{}", free_port());
    let (_, port) = here.rsplit_once(':').unwrap();
    let deployed = include_str!("../../deploy/dovecot/lmtp-proxy.conf").replace("10024", port);
    let (Some(dovecot), Some(proxy)) = (
        Dovecot::start(""),
        Dovecot::start_with(PROXY_SETTINGS, &deployed, |_| {}),
    ) else {
        return;
    };
    let start = || Daemon::open("lmtp", &here, &format!("lmtp://{}", dovecot.address), "");
    let daemon = start();
    let (_far, postfix) = postfix_in_front_of(&proxy.address);
    let mailbox = dovecot.mailbox();
    let to_alice = |message: &str| {
        send(
            &postfix.address,
            "alice@example.org",
            "alice@example.org",
            message,
        );
    };
    to_alice(ORDINARY);
    is_untouched(&mailbox.one(), ORDINARY);
    send(&postfix.address, "", "alice@example.org", &bounce());
    is_explained(&mailbox.one(), &bounce());
    send(
        &postfix.address,
        "alice@example.org",
        "bob@example.net",
        ORDINARY,
    );
    begins_with_a_notice(&mailbox.one());

    drop(daemon);
    Place {
        start: &start,
        send: &to_alice,
        retry: &|| postfix.flush(),
        mailbox: &mailbox,
    }
    .waits_while_it_is_dead();
}

/// And a server for example.net that refuses mail.
fn postfix_in_front_of(lmtp: &str) -> (NextHop, Postfix) {
    let far = NextHop::start().on("RCPT", Act::Say(UNKNOWN_USER.server.unwrap()));
    let (host, port) = far.address().rsplit_once(':').unwrap();
    let main = format!(
        "virtual_mailbox_domains = example.org\n\
         virtual_transport = lmtp:inet:{lmtp}\n\
         transport_maps = inline:{{ {{ example.net = smtp:[{host}]:{port} }} }}\n"
    );
    let postfix = Postfix::start(&main, "lmtp unix - - n - - lmtp\n");
    (far, postfix)
}

/// It has no mailboxes.
const PROXY_SETTINGS: &str = "\
protocols = lmtp
listen = 127.0.0.1
ssl = no
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = PORT
  }
}
";
