//! dma, the DragonFly Mail Agent, writes a bounce.

use std::fs::File;
use std::time::{Duration, SystemTime};

use super::bounce::{FULL_MAILBOX, GIVEN_UP, MailSystem, UNKNOWN_DOMAIN, UNKNOWN_USER};
use super::bounce::{check, check_after};
use crate::harness::Jail;

const DMA: MailSystem = MailSystem {
    name: "dma",
    users: &[],
    start: configure,
    submit: &["dma", "-f", "alice@example.org"],
    retry: &["dma", "-q"],
};

fn configure(jail: &Jail) {
    jail.write("etc/dma/dma.conf", SETTINGS);
    jail.write("etc/aliases", "");
    jail.own("var/spool/dma", 0, 8, 0o2770);
}

/// It takes a message now, and delivers at the next run of its queue.
const SETTINGS: &str = "\
MAILNAME mail.example.org
DEFER
";

#[test]
fn an_unknown_user() {
    check(&DMA, &UNKNOWN_USER);
}

#[test]
fn a_full_mailbox() {
    check(&DMA, &FULL_MAILBOX);
}

#[test]
fn an_unknown_domain() {
    check(&DMA, &UNKNOWN_DOMAIN);
}

/// It never tells of a delay. After five days it gives up; how long that is it sees from the date
/// of a file.
#[test]
fn a_delay_of_five_days() {
    check_after(&DMA, &GIVEN_UP, |jail| {
        let five_days_ago = SystemTime::now() - Duration::from_secs(5 * 24 * 60 * 60 + 60);
        for entry in jail.path("var/spool/dma").read_dir().unwrap() {
            let file = File::open(entry.unwrap().path()).unwrap();
            file.set_modified(five_days_ago).unwrap();
        }
    });
}
