//! Sendmail writes a bounce.

use super::bounce::check;
use super::bounce::{DELAY, FULL_MAILBOX, MailSystem, NO_SERVER, UNKNOWN_DOMAIN, UNKNOWN_USER};
use crate::harness::Jail;

const SENDMAIL: MailSystem = MailSystem {
    name: "sendmail",
    users: &["smmta", "smmsp"],
    start: configure,
    submit: &[PROGRAM, "-odi", "-f", "alice@example.org"],
    retry: &[PROGRAM, "-q"],
};

/// Where Debian has it; `/usr/sbin/sendmail` is for its alternatives.
const PROGRAM: &str = "/usr/libexec/sendmail/sendmail";

fn configure(jail: &Jail) {
    jail.write("etc/mail/sendmail.mc", SETTINGS);
    let made = jail.run(&["m4", "/etc/mail/sendmail.mc"], "").unwrap();
    jail.write("etc/mail/sendmail.cf", &made);
}

const SETTINGS: &str = "\
include(`/usr/share/sendmail/cf/m4/cf.m4')
OSTYPE(`debian')
define(`confDOMAIN_NAME', `mail.example.org')
define(`confBIND_OPTS', `-DNSRCH -DEFNAMES')
define(`confTO_IDENT', `0s')
define(`confTO_QUEUEWARN', `1s')
define(`confHOST_STATUS_DIRECTORY', `')
define(`ALIAS_FILE', `')
MAILER(`smtp')
";

#[test]
fn an_unknown_user() {
    check(&SENDMAIL, &UNKNOWN_USER);
}

#[test]
fn a_full_mailbox() {
    check(&SENDMAIL, &FULL_MAILBOX);
}

#[test]
fn an_unknown_domain() {
    check(&SENDMAIL, &UNKNOWN_DOMAIN);
}

#[test]
fn a_delay() {
    check(&SENDMAIL, &DELAY);
}

#[test]
fn no_server() {
    check(&SENDMAIL, &NO_SERVER);
}
