//! OpenSMTPD writes a bounce; and it sends mail through plainbounce, by the lines of `deploy/opensmtpd`.

use super::bounce::check;
use super::bounce::{DELAY, FULL_MAILBOX, MailSystem, NO_SERVER, UNKNOWN_DOMAIN, UNKNOWN_USER};
use super::places::{
    Mailbox, ORDINARY, Place, begins_with_a_notice, bounce, is_explained, is_untouched,
};
use crate::harness::{Act, Daemon, Jail, Names, NextHop};
use crate::harness::{eventually, free_port};

const OPENSMTPD: MailSystem = MailSystem {
    name: "opensmtpd",
    users: &["opensmtpd", "opensmtpq"],
    start,
    submit: &["sendmail", "-f", "alice@example.org"],
    retry: &["smtpctl", "schedule", "all"],
};

const QUEUE_USERS: u32 = 102;

fn start(jail: &Jail) {
    start_with(jail, SETTINGS);
}

fn start_with(jail: &Jail, settings: &str) {
    jail.write("etc/smtpd.conf", settings);
    for folder in ["var/run", "var/spool"] {
        jail.own(folder, 0, 0, 0o755);
    }
    jail.own("usr/sbin/smtpctl", 0, QUEUE_USERS, 0o2755);
    jail.run(&["smtpd"], "").unwrap();
    let status = ["smtpctl", "show", "status"];
    eventually("OpenSMTPD runs", || jail.run(&status, "").is_ok());
}

const SETTINGS: &str = "\
bounce warn-interval 1s
listen on socket
action out relay helo mail.example.org
match from any for any action out
";

#[test]
fn an_unknown_user() {
    check(&OPENSMTPD, &UNKNOWN_USER);
}

#[test]
fn a_full_mailbox() {
    check(&OPENSMTPD, &FULL_MAILBOX);
}

#[test]
fn an_unknown_domain() {
    check(&OPENSMTPD, &UNKNOWN_DOMAIN);
}

#[test]
fn a_delay() {
    check(&OPENSMTPD, &DELAY);
}

#[test]
fn no_server() {
    check(&OPENSMTPD, &NO_SERVER);
}

/// OpenSMTPD, plainbounce, and the same OpenSMTPD again.
#[test]
fn smtp_and_back() {
    let names = Names::start(&[]);
    let users = ["opensmtpd", "opensmtpq", "alice"];
    let Some(jail) = Jail::open("opensmtpd", &users, &names) else {
        return;
    };
    let far = NextHop::start().on("RCPT", Act::Say(UNKNOWN_USER.server.unwrap()));
    let (there, back) = (free_port().to_string(), free_port().to_string());
    let deployed = include_str!("../../deploy/opensmtpd/smtpd.conf")
        .replace("10025", &there)
        .replace("10026", &back);
    let own = format!(
        "listen on socket\n\
         action \"local\" maildir \"/home/alice/Maildir\"\n\
         action \"far\" relay host \"smtp+notls://{}\"\n\
         match from any for domain \"example.net\" action \"far\"\n",
        far.address()
    );
    // It delivers by programs, and those by a shell.
    std::fs::copy("/bin/sh", jail.path("usr/bin/sh")).unwrap();
    jail.own("home/alice", 103, 103, 0o755);
    start_with(&jail, &format!("{own}{deployed}"));
    let mailbox = Mailbox(jail.path("home/alice/Maildir"));
    let start = || {
        let next_hop = format!("smtp://127.0.0.1:{back}");
        Daemon::open("smtp", &format!("127.0.0.1:{there}"), &next_hop, "")
    };
    let send = |from: &str, to: &str, message: &str| {
        let command = ["sendmail", "-i", "-f", from, to];
        jail.run(&command, message).unwrap();
    };
    let (alice, bob) = ("alice@example.org", "bob@example.net");

    let daemon = start();
    send(alice, alice, ORDINARY);
    is_untouched(&mailbox.one(), ORDINARY);
    send("<>", alice, &bounce());
    is_explained(&mailbox.one(), &bounce());
    send(alice, bob, ORDINARY);
    begins_with_a_notice(&mailbox.one());

    drop(daemon);
    Place {
        start: &start,
        send: &|message| send(alice, alice, message),
        retry: &|| {
            let _ = jail.run(&["smtpctl", "schedule", "all"], "");
        },
        mailbox: &mailbox,
    }
    .waits_while_it_is_dead();
}
