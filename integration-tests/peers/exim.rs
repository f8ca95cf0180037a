//! Exim writes a bounce.

use super::bounce::check;
use super::bounce::{
    Case, DELAY, FULL_MAILBOX, MailSystem, NO_SERVER, UNKNOWN_DOMAIN, UNKNOWN_USER,
};
use crate::harness::Jail;

const EXIM: MailSystem = MailSystem {
    name: "exim",
    users: &["Debian-exim"],
    start: configure,
    submit: &["exim4", "-odi", "-f", "alice@example.org"],
    retry: &["exim4", "-qff"],
};

fn configure(jail: &Jail) {
    jail.write("etc/exim4/exim4.conf", SETTINGS);
    jail.own("var/spool/exim4", 101, 101, 0o750);
}

const SETTINGS: &str = "\
primary_hostname = mail.example.org
exim_user = Debian-exim
trusted_users = root
local_interfaces = 127.0.0.1
log_file_path = syslog
keep_environment =
host_lookup =
tls_advertise_hosts =
delay_warning = 1s
begin routers
remote:
  driver = dnslookup
  transport = smtp
  no_more
begin transports
smtp:
  driver = smtp
  hosts_try_dane =
begin retry
* * F,1h,1s
";

#[test]
fn an_unknown_user() {
    check(&EXIM, &UNKNOWN_USER);
}

#[test]
fn a_full_mailbox() {
    check(&EXIM, &FULL_MAILBOX);
}

#[test]
fn an_unknown_domain() {
    check(&EXIM, &UNKNOWN_DOMAIN);
}

#[test]
fn a_delay() {
    check(&EXIM, &DELAY);
}

#[test]
fn no_server() {
    // Its warning does not say why.
    let causes = &["unknown", "delivery-expired"];
    let case = Case {
        causes,
        ..NO_SERVER
    };
    check(&EXIM, &case);
}
