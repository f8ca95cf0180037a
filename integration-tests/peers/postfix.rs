//! Postfix writes a bounce, and sends it to its reader through plainbounce.

use std::path::{Path, PathBuf};

use mail_parser::{MessageParser, MimeHeaders, PartType};

use super::bounce::{Case, DELAY, FULL_MAILBOX, NO_SERVER, UNKNOWN_DOMAIN, UNKNOWN_USER, World};
use crate::harness::{Act, Daemon, HOSTNAME, NextHop, Peer, Postfix, Tap};
use crate::harness::{eventually, free_port, postfix_is_missing};

const MESSAGE: &str = "\
From: Alice <alice@example.org>\r\n\
To: somebody@example.net\r\n\
Subject: lunch\r\n\
Message-ID: <lunch.1@example.org>\r\n\
Date: Mon, 12 Oct 2026 17:05:00 +0200\r\n\
\r\n\
At one? \r\n\
.\r\n\
..dots, and \ttabs \t\r\n\
From here\r\n\
\r\n";

/// Postfix in its world.
struct Route {
    postfix: Postfix,
    world: World,
}

impl Route {
    fn lay(case: &Case, more: &str) -> Self {
        let world = World::around(case.server);
        let main = format!("default_transport = smtp\n{more}");
        Self {
            postfix: Postfix::start_with_names(&world.names, &main),
            world,
        }
    }

    /// What Postfix sent, and what came to lie in the Maildir.
    fn bounce(&self, case: &Case) -> (String, String) {
        send(&self.postfix, case.forward_path);
        case.is_explained_by(&self.world, "postfix")
    }
}

/// One of `transport_maps`.
fn route(domain: &str, address: &str) -> String {
    let (host, port) = address.rsplit_once(':').unwrap();
    format!("{{ {domain} = smtp:[{host}]:{port} }}")
}

fn send(postfix: &Postfix, forward_path: &str) {
    let mut peer = Peer::hello(&postfix.address);
    peer.ask("MAIL FROM:<alice@example.org>", "250");
    peer.ask(&format!("RCPT TO:<{forward_path}>"), "250");
    peer.ask("DATA", "354");
    peer.message(MESSAGE.as_bytes(), "250");
    peer.ask("QUIT", "221");
}

fn one_file(maildir: &Path) -> String {
    let new = maildir.join("new");
    let files = || -> Vec<PathBuf> {
        let entries = new.read_dir().into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    eventually("a message is in the Maildir", || !files().is_empty());
    let [file] = files().try_into().unwrap();
    std::fs::read_to_string(file).unwrap()
}

/// Without the one `Received` field that plainbounce puts in front.
fn behind_received(arrived: &str) -> &str {
    let field: Vec<&str> = arrived.split_inclusive('\n').take(3).collect();
    let by = "\tby relay.example.org with ";
    assert!(field[0].starts_with(&format!("Received: from {HOSTNAME} ([127.0.0.1])")));
    assert!(field[1].starts_with(by) && field[2].starts_with('\t'));
    &arrived[field.concat().len()..]
}

/// Header section, what stands before the second delimiter, and the rest from there on: the status
/// part and the returned message of a bounce.
fn cut(bounce: &str) -> [&str; 3] {
    let (head, body) = bounce.split_once("\n\n").unwrap();
    let boundary = head.split("boundary=\"").nth(1).unwrap();
    let boundary = boundary.split('"').next().unwrap();
    let delimiter = format!("\n--{boundary}\n");
    let second = body.match_indices(&delimiter).nth(1).unwrap().0;
    [head, &body[..second], &body[second..]]
}

/// The text and the HTML of the first part.
fn notice(bounce: &str, returned: &str) -> [String; 2] {
    let message = MessageParser::default().parse(bounce).unwrap();
    let of = |id: u32| &message.parts[id as usize];
    let PartType::Multipart(parts) = &of(0).body else {
        panic!("no multipart");
    };
    let kinds = |ids: &[u32]| -> Vec<String> {
        let kind = |id: &u32| of(*id).content_type().unwrap();
        let kind = |id| format!("{}/{}", kind(id).ctype(), kind(id).subtype().unwrap());
        ids.iter().map(kind).collect()
    };
    let expected = ["multipart/alternative", "message/delivery-status", returned];
    assert_eq!(kinds(parts), expected);
    let PartType::Multipart(forms) = &of(parts[0]).body else {
        panic!("no multipart");
    };
    assert_eq!(kinds(forms), ["text/plain", "text/html"]);
    [forms[0], forms[1]].map(|id| of(id).text_contents().unwrap().to_owned())
}

/// What a reader gets.
struct Expected {
    cause: &'static str,
    /// What the notice begins with, and why it was.
    begins: &'static str,
    why: &'static str,
    /// What the report said itself, which goes on below that.
    report: &'static str,
    /// The type of its last part.
    returned: &'static str,
}

const MAILBOX_UNKNOWN: Expected = Expected {
    cause: "mailbox-unknown",
    begins: "Your message was not delivered to\n    bob@example.net\n",
    why: "There is no mailbox with this address at example.net.",
    report: "sorry to have to inform you",
    returned: "message/rfc822",
};

const MAILBOX_FULL: Expected = Expected {
    cause: "mailbox-full",
    begins: "Your message was not delivered to\n    full@example.net\n",
    why: "mailbox is full and has no room for your message.",
    report: "sorry to have to inform you",
    returned: "message/rfc822",
};

const STILL_FULL: Expected = Expected {
    cause: "mailbox-full",
    begins: "Your message has not been delivered yet to\n    full@example.net\n",
    why: "mailbox is full and has no room for your message.",
    report: "THIS IS A WARNING ONLY.",
    returned: "text/rfc822-headers",
};

fn check(sent: &str, arrived: &str, expected: &Expected) {
    let [sent_head, _, sent_rest] = cut(sent);
    let [head, _, rest] = cut(arrived);
    assert_eq!(rest, sent_rest);
    let annotation = head.strip_prefix(sent_head).unwrap();
    let cause = format!("; cause={};", expected.cause);
    assert!(annotation.starts_with("\nPlainbounce-Annotation: "));
    assert!(annotation.contains(&cause), "{annotation}");
    let forms = notice(arrived, expected.returned);
    assert!(forms[0].starts_with(expected.begins), "{}", forms[0]);
    for form in forms {
        let beginning = expected.begins.lines().next().unwrap();
        let order = [beginning, expected.why, expected.report].map(|words| form.find(words));
        assert!(order[0].is_some() && order.is_sorted(), "{order:?} {form}");
    }
}

#[test]
fn an_unknown_user() {
    if postfix_is_missing() {
        return;
    }
    let route = Route::lay(&UNKNOWN_USER, "");
    let (sent, arrived) = route.bounce(&UNKNOWN_USER);
    check(&sent, behind_received(&arrived), &MAILBOX_UNKNOWN);
    // It returns what it was given.
    let body = MESSAGE.replace("\r\n", "\n");
    assert!(cut(&arrived)[2].contains(&body));
    eventually("all is done", || route.postfix.queue().is_empty());
}

#[test]
fn a_full_mailbox() {
    if postfix_is_missing() {
        return;
    }
    let route = Route::lay(&FULL_MAILBOX, "");
    let (sent, arrived) = route.bounce(&FULL_MAILBOX);
    check(&sent, behind_received(&arrived), &MAILBOX_FULL);
}

#[test]
fn an_unknown_domain() {
    if postfix_is_missing() {
        return;
    }
    Route::lay(&UNKNOWN_DOMAIN, "").bounce(&UNKNOWN_DOMAIN);
}

const SOON: &str = "delay_warning_time = 1s\nqueue_run_delay = 1s\nminimal_backoff_time = 1s\n\
                    maximal_backoff_time = 1s";

/// Postfix says that it keeps trying.
#[test]
fn a_delay() {
    if postfix_is_missing() {
        return;
    }
    let route = Route::lay(&DELAY, SOON);
    let (sent, arrived) = route.bounce(&DELAY);
    check(&sent, behind_received(&arrived), &STILL_FULL);
}

#[test]
fn no_server() {
    if postfix_is_missing() {
        return;
    }
    Route::lay(&NO_SERVER, SOON).bounce(&NO_SERVER);
}

#[test]
fn an_ordinary_message() {
    if postfix_is_missing() {
        return;
    }
    let route = Route::lay(&UNKNOWN_USER, "");
    send(&route.postfix, "alice@example.org");
    let (sent, arrived) = route.world.one_message();
    assert_eq!(behind_received(&arrived), sent);
    let message = MESSAGE.replace("\r\n", "\n");
    assert!(sent.starts_with("Received: ") && sent.ends_with(&message));
}

/// Postfix, plainbounce, and the same Postfix again, which delivers, by the lines that an admin
/// copies from `deploy/postfix`.
#[test]
fn as_deployed() {
    if postfix_is_missing() {
        return;
    }
    let server = NextHop::start().on("RCPT", Act::Say(UNKNOWN_USER.server.unwrap()));
    let back = free_port().to_string();
    let daemon = Daemon::start(&format!("smtp://127.0.0.1:{back}"), "");
    let tap = Tap::start(&daemon.address);
    let (_, there) = tap.address.rsplit_once(':').unwrap();
    let mailboxes = tempfile::tempdir().unwrap();
    std::os::unix::fs::chown(mailboxes.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    let main = format!(
        "virtual_mailbox_domains = example.org\n\
         virtual_mailbox_maps = inline:{{ alice@example.org=alice/ }}\n\
         virtual_mailbox_base = {}\n\
         virtual_uid_maps = static:{NOBODY}\nvirtual_gid_maps = static:{NOBODY}\n\
         transport_maps = inline:{{ {} }}\n",
        mailboxes.path().display(),
        route("example.net", server.address()),
    );
    let main = main + &include_str!("../../deploy/postfix/main.cf").replace("10025", there);
    let master = include_str!("../../deploy/postfix/master.cf").replace("10026", &back);
    let postfix = Postfix::start(&main, &master);

    send(&postfix, "bob@example.net");
    let maildir = mailboxes.path().join("alice");
    let arrived = one_file(&maildir);
    let sent = String::from_utf8(tap.messages().remove(0)).unwrap();
    let ours = format!("Received: from {HOSTNAME} ([127.0.0.1])\n\tby relay.example.org");
    let (added, _) = arrived.split_once(&ours).unwrap();
    assert!(added.contains("\nDelivered-To: alice@example.org\n"));
    let arrived = behind_received(&arrived[added.len()..]);
    check(&sent.replace("\r\n", "\n"), arrived, &MAILBOX_UNKNOWN);

    std::fs::remove_dir_all(&maildir).unwrap();
    send(&postfix, "alice@example.org");
    let message = MESSAGE.replace("\r\n", "\n");
    assert!(one_file(&maildir).ends_with(&message));
    assert_eq!(tap.messages().len(), 2);
    eventually("all is done", || postfix.queue().is_empty());
}

/// Any user but root, to whom `virtual` does not deliver.
const NOBODY: u32 = 65534;
