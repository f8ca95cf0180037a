//! Postfix sends mail through plainbounce, in each of its places, by the lines of `deploy/postfix`.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::bounce::UNKNOWN_USER;
use super::dovecot::Dovecot;
use super::places::{
    Mailbox, ORDINARY, Place, begins_with_a_notice, bounce, is_explained, is_not_explained,
    is_untouched, send,
};
use crate::harness::{Act, Daemon, NextHop, Peer, Postfix};
use crate::harness::{eventually, free_port, postfix_is_missing};

const ALICE: &str = "alice@example.org";
const BOB: &str = "bob@example.net";

/// Any user but root, to whom `virtual` does not deliver.
const NOBODY: u32 = 65534;

/// Mail to example.net is refused.
fn world() -> (NextHop, String) {
    let far = NextHop::start().on("RCPT", Act::Say(UNKNOWN_USER.server.unwrap()));
    let (host, port) = far.address().rsplit_once(':').unwrap();
    let route = format!("transport_maps = inline:{{ {{ example.net = smtp:[{host}]:{port} }} }}\n");
    (far, route)
}

/// What is for alice goes into her Maildir.
struct Local {
    folder: tempfile::TempDir,
}

impl Local {
    fn make() -> (Self, String) {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        let main = format!(
            "virtual_mailbox_domains = example.org\n\
             virtual_mailbox_maps = inline:{{ {ALICE}=alice/ }}\n\
             virtual_mailbox_base = {}\n\
             virtual_uid_maps = static:{NOBODY}\nvirtual_gid_maps = static:{NOBODY}\n",
            folder.path().display(),
        );
        (Self { folder }, main)
    }

    fn mailbox(&self) -> Mailbox {
        Mailbox(self.folder.path().join("alice"))
    }
}

/// Postfix, plainbounce, Dovecot.
#[test]
fn lmtp_towards_dovecot() {
    if postfix_is_missing() {
        return;
    }
    let Some(dovecot) = Dovecot::start("") else {
        return;
    };
    let here = format!("127.0.0.1:{}", free_port());
    let start = || Daemon::open("lmtp", &here, &format!("lmtp://{}", dovecot.address), "");
    let daemon = start();
    let (_far, route) = world();
    let deployed = include_str!("../../deploy/postfix/lmtp.cf").replace("127.0.0.1:10024", &here);
    let main = format!("virtual_mailbox_domains = example.org\n{route}{deployed}");
    let postfix = Postfix::start(&main, "lmtp unix - - n - - lmtp\n");
    let mailbox = dovecot.mailbox();

    send(&postfix.address, ALICE, ALICE, ORDINARY);
    is_untouched(&mailbox.one(), ORDINARY);
    send(&postfix.address, "", ALICE, &bounce());
    is_explained(&mailbox.one(), &bounce());
    send(&postfix.address, ALICE, BOB, ORDINARY);
    begins_with_a_notice(&mailbox.one());
    eventually("all is done", || postfix.queue().is_empty());

    drop(daemon);
    Place {
        start: &start,
        send: &|message| send(&postfix.address, ALICE, ALICE, message),
        retry: &|| postfix.flush(),
        mailbox: &mailbox,
    }
    .waits_while_it_is_dead();
}

/// Postfix, plainbounce, and the same Postfix again, which delivers.
#[test]
fn before_delivery() {
    if postfix_is_missing() {
        return;
    }
    let (there, back) = (free_port().to_string(), free_port().to_string());
    let start = || {
        let next_hop = format!("smtp://127.0.0.1:{back}");
        Daemon::open("smtp", &format!("127.0.0.1:{there}"), &next_hop, "")
    };
    let daemon = start();
    let (_far, route) = world();
    let (local, main) = Local::make();
    let deployed = include_str!("../../deploy/postfix/main.cf").replace("10025", &there);
    let master = include_str!("../../deploy/postfix/master.cf").replace("10026", &back);
    let postfix = Postfix::start(&(main + &route + &deployed), &master);
    let mailbox = local.mailbox();

    send(&postfix.address, ALICE, ALICE, ORDINARY);
    is_untouched(&mailbox.one(), ORDINARY);
    send(&postfix.address, "", ALICE, &bounce());
    is_explained(&mailbox.one(), &bounce());
    send(&postfix.address, ALICE, BOB, ORDINARY);
    begins_with_a_notice(&mailbox.one());
    eventually("all is done", || postfix.queue().is_empty());

    drop(daemon);
    Place {
        start: &start,
        send: &|message| send(&postfix.address, ALICE, ALICE, message),
        retry: &|| postfix.flush(),
        mailbox: &mailbox,
    }
    .waits_while_it_is_dead();
}

#[test]
fn content_filter() {
    if postfix_is_missing() {
        return;
    }
    let (there, back) = (free_port().to_string(), free_port().to_string());
    let start = || {
        let next_hop = format!("smtp://127.0.0.1:{back}");
        Daemon::open("smtp", &format!("127.0.0.1:{there}"), &next_hop, "")
    };
    let daemon = start();
    let (_far, route) = world();
    let (local, main) = Local::make();
    let deployed = include_str!("../../deploy/postfix/content-filter.main.cf");
    let main = main + &route + &deployed.replace("10025", &there);
    let master = include_str!("../../deploy/postfix/content-filter.master.cf");
    let postfix = Postfix::start(&main, &master.replace("10026", &back));
    let mailbox = local.mailbox();

    send(&postfix.address, ALICE, ALICE, ORDINARY);
    is_untouched(&mailbox.one(), ORDINARY);
    let client = "from-plainbounce/smtpd";
    let said = postfix.log();
    let line = said
        .lines()
        .find(|line| line.contains(client) && line.contains("orig_client="));
    assert!(line.is_some(), "{said}");
    send(&postfix.address, "", ALICE, &bounce());
    is_explained(&mailbox.one(), &bounce());
    send(&postfix.address, ALICE, BOB, ORDINARY);
    is_not_explained(&mailbox.one());
    eventually("all is done", || postfix.queue().is_empty());

    drop(daemon);
    Place {
        start: &start,
        send: &|message| send(&postfix.address, ALICE, ALICE, message),
        retry: &|| postfix.flush(),
        mailbox: &mailbox,
    }
    .waits_while_it_is_dead();
}

#[test]
fn smtpd_proxy_filter() {
    if postfix_is_missing() {
        return;
    }
    let [front, there, back] = std::array::from_fn(|_| free_port().to_string());
    let front = format!("127.0.0.1:{front}");
    let start = || {
        let next_hop = format!("smtp://127.0.0.1:{back}");
        Daemon::open("smtp", &format!("127.0.0.1:{there}"), &next_hop, "")
    };
    let mut daemon = start();
    let (_far, route) = world();
    let (local, main) = Local::make();
    let master = include_str!("../../deploy/postfix/proxy-filter.master.cf")
        .replace("\nsmtp inet", &format!("\n{front} inet"))
        .replace("10025", &there)
        .replace("10026", &back);
    let postfix = Postfix::start(&(main + &route), &master);
    let mailbox = local.mailbox();

    send(&front, ALICE, ALICE, ORDINARY);
    is_untouched(&mailbox.one(), ORDINARY);
    let client = "from-plainbounce/smtpd";
    let said = postfix.log();
    let line = said
        .lines()
        .find(|line| line.contains(client) && line.contains("orig_client="));
    assert!(line.is_some(), "{said}");
    send(&front, "", ALICE, &bounce());
    is_explained(&mailbox.one(), &bounce());
    send(&front, ALICE, BOB, ORDINARY);
    is_not_explained(&mailbox.one());

    // kill -9 while mail flows: what was answered 250 is there, what was answered 451 comes again.
    const ALL: usize = 12;
    let deferred = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..ALL {
                while !try_to_send(&front, number) {
                    deferred.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        eventually("mail flows", || mailbox.all().len() >= 3);
        daemon.signal("KILL");
        daemon.ended();
        eventually("clients are told to come again", || {
            deferred.load(Ordering::Relaxed) > 0
        });
        daemon = start();
    });
    eventually("all that was taken arrives", || {
        let all = mailbox.all();
        (0..ALL).all(|number| {
            let subject = format!("Subject: lunch {number}.\n");
            all.iter().any(|message| message.contains(&subject))
        })
    });
}

/// Whether it was taken; else the client has heard that it may come again.
fn try_to_send(server: &str, number: usize) -> bool {
    let message = ORDINARY.replace("Subject: lunch", &format!("Subject: lunch {number}."));
    let mut peer = Peer::hello(server);
    peer.ask("MAIL FROM:<alice@example.org> BODY=8BITMIME", "250");
    peer.ask("RCPT TO:<alice@example.org>", "250");
    peer.ask("DATA", "354");
    let content = message.replace('\n', "\r\n");
    let reply = peer.message(content.as_bytes(), "");
    let last = reply.last().unwrap();
    assert!(last.starts_with("250") || last.starts_with("451"), "{last}");
    last.starts_with("250")
}
