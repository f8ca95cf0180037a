//! Courier writes a bounce.

use super::bounce::check;
use super::bounce::{DELAY, FULL_MAILBOX, MailSystem, NO_SERVER, UNKNOWN_DOMAIN, UNKNOWN_USER};
use crate::harness::Jail;

const COURIER: MailSystem = MailSystem {
    name: "courier",
    users: &["courier"],
    start,
    submit: &["sendmail", "-f", "alice@example.org"],
    retry: &[],
};

const USER: u32 = 101;

fn start(jail: &Jail) {
    let settings = [
        ("me", "mail.example.org"),
        ("locals", "localhost"),
        ("defaultdomain", "example.org"),
        ("warntime", "1s"),
        ("retryalpha", "1s"),
        ("retrybeta", "1"),
        ("retrygamma", "1s"),
        ("retrymaxdelta", "1"),
        ("esmtproutes", ""),
        // No filter runs.
        ("enablefiltering", ""),
    ];
    for (name, value) in settings {
        jail.write(&format!("etc/courier/{name}"), &format!("{value}\n"));
    }
    jail.write("etc/environment", "");
    let data = ["allfilters", "filters", "msgq", "msgs", "track"];
    for folder in data {
        jail.own(&format!("var/lib/courier/{folder}"), USER, USER, 0o750);
    }
    jail.own("var/lib/courier/tmp", USER, USER, 0o770);
    jail.own("run/courier", 0, USER, 0o775);
    jail.own("etc/courier/esmtpauthclient", 0, USER, 0o640);
    jail.own("etc/courier/aliases/system", 0, USER, 0o640);
    jail.own("usr/sbin/sendmail", 0, USER, 0o2755);
    jail.own("usr/lib/courier/courier/submitmkdir", USER, USER, 0o4755);
    jail.run(&["/usr/lib/courier/makealiases"], "").unwrap();
    jail.run(&["/usr/lib/courier/courierctl.start"], "")
        .unwrap();
}

#[test]
fn an_unknown_user() {
    check(&COURIER, &UNKNOWN_USER);
}

#[test]
fn a_full_mailbox() {
    check(&COURIER, &FULL_MAILBOX);
}

#[test]
fn an_unknown_domain() {
    check(&COURIER, &UNKNOWN_DOMAIN);
}

#[test]
fn a_delay() {
    check(&COURIER, &DELAY);
}

#[test]
fn no_server() {
    check(&COURIER, &NO_SERVER);
}
