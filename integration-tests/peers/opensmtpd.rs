//! OpenSMTPD writes a bounce.

use super::bounce::check;
use super::bounce::{DELAY, FULL_MAILBOX, MailSystem, NO_SERVER, UNKNOWN_DOMAIN, UNKNOWN_USER};
use crate::harness::Jail;
use crate::harness::eventually;

const OPENSMTPD: MailSystem = MailSystem {
    name: "opensmtpd",
    users: &["opensmtpd", "opensmtpq"],
    start,
    submit: &["sendmail", "-f", "alice@example.org"],
    retry: &["smtpctl", "schedule", "all"],
};

const QUEUE_USERS: u32 = 102;

fn start(jail: &Jail) {
    jail.write("etc/smtpd.conf", SETTINGS);
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
