//! The milter door beside Postfix and Sendmail, by the lines that an admin copies from `deploy/`.

use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};

use plainbounce::mail::ReversePath;

use crate::harness::{Act, Daemon, HOSTNAME, Jail, Names, NextHop, Peer, Postfix};
use crate::harness::{eventually, free_address, free_port, postfix_is_missing};
use crate::milter::{annotated_by, is_annotated};

const ORDINARY: &str = "\
From: Alice <alice@example.org>\r\n\
To: somebody@example.net\r\n\
Subject: lunch\r\n\
\x20 and  more\r\n\
Message-ID: <lunch.1@example.org>\r\n\
Date: Mon, 12 Oct 2026 17:05:00 +0200\r\n\
X-Odd:no space\r\n\
\r\n\
At one? \r\n\
.\r\n\
..dots, and \ttabs \t\r\n\
From here\r\n\
\r\n";

/// With the field that an MTA would add.
fn report() -> String {
    let text = String::from_utf8(crate::smtp::bounce()).unwrap();
    format!("Date: Mon, 12 Oct 2026 17:05:00 +0200\r\n{text}")
}

/// Written by qmail: no report that says so, and header fields change.
const LETTER: &str = "\
Date: Mon, 12 Oct 2026 17:05:00 +0200\r\n\
From: MAILER-DAEMON@mx.example.net\r\n\
To: alice@example.org\r\n\
MIME-Version: 1.0\r\n\
Content-Type: text/plain;\r\n\
\tcharset=us-ascii\r\n\
Message-ID: <1@mx.example.net>\r\n\
Subject: failure notice\r\n\
\r\n\
Hi. This is the qmail-send program at mx.example.net.\r\n\
I'm afraid I wasn't able to deliver your message to the following addresses.\r\n\
This is a permanent error; I've given up. Sorry it didn't work out.\r\n\
\r\n\
<bob@example.net>:\r\n\
Sorry, no mailbox here by that name. (#5.1.1)\r\n\
\r\n\
--- Below this line is a copy of the message.\r\n\
\r\n\
Return-Path: <alice@example.org>\r\n\
Subject: lunch\r\n\
\r\n\
See you.\r\n";

fn send(server: &str, reverse_path: &str, forward_path: &str, message: &str) {
    let mut peer = Peer::hello(server);
    peer.ask(&format!("MAIL FROM:<{reverse_path}>"), "250");
    peer.ask(&format!("RCPT TO:<{forward_path}>"), "250");
    peer.ask("DATA", "354");
    peer.message(message.as_bytes(), "250");
    peer.ask("QUIT", "221");
}

/// The messages that came to the next hop, when there are so many.
fn arrived(next_hop: &NextHop, count: usize) -> Vec<String> {
    eventually("all arrive", || next_hop.books().messages.len() >= count);
    let messages = next_hop.books().messages.clone();
    assert_eq!(messages.len(), count);
    let text = |message| String::from_utf8(message).unwrap();
    messages.into_iter().map(text).collect()
}

/// Without the one `Received` field that the MTA puts in front.
fn behind_received(message: &str) -> &str {
    assert!(message.starts_with("Received: "), "{message}");
    let lines = message.split_inclusive('\n').skip(1);
    let folds = lines.take_while(|line| line.starts_with(['\t', ' ']));
    let first = message.split_inclusive('\n').next().unwrap();
    &message[first.len() + folds.map(str::len).sum::<usize>()..]
}

fn milter(port: u16) -> Daemon {
    Daemon::with(&format!("[milter]\nlisten = \"127.0.0.1:{port}\"\n"))
}

/// Each of these as the other doors would send it on, the ordinary one as it was.
fn messages_pass(server: &str, next_hop: &NextHop, form: fn(&str) -> String) {
    let report = report();
    let cases = [
        ("alice@example.org", ORDINARY),
        ("", report.as_str()),
        ("", LETTER),
        ("list-owner@example.org", report.as_str()),
    ];
    for (number, (from, message)) in cases.into_iter().enumerate() {
        send(server, from, "alice@example.org", message);
        let found = arrived(next_hop, number + 1).pop().unwrap();
        let path = match from {
            "" => ReversePath::Null,
            from => ReversePath::Mailbox(from.into()),
        };
        let expected = annotated_by(HOSTNAME, &path, message.as_bytes(), 1 << 20);
        let expected = String::from_utf8(expected).unwrap();
        assert_eq!(is_annotated(expected.as_bytes()), message != ORDINARY);
        let (found, expected) = (form(behind_received(&found)), form(&expected));
        assert!(found == expected, "{found}");
    }
}

/// In front of the servers for example.net, which refuses, and for example.org.
fn postfix(port: u16, next_hop: &NextHop, more: &str) -> Postfix {
    let refuses = NextHop::start().on("RCPT", Act::Say("550 5.1.1 No such user"));
    let [there, back] = [&refuses, next_hop].map(|hop| hop.address().replace(':', "]:"));
    let main = format!(
        "transport_maps = inline:{{ {{ example.net = smtp:[{there} }} {{ example.org = smtp:[{back} }} }}\n\
         smtpd_client_connection_count_limit = 0\n{more}\n"
    );
    let deployed = include_str!("../../deploy/postfix/milter.cf");
    Postfix::start(&(main + &deployed.replace("10028", &port.to_string())), "")
}

#[test]
fn beside_postfix() {
    if postfix_is_missing() {
        return;
    }
    for version in ["2", "3", "4", "6"] {
        let (port, next_hop) = (free_port(), NextHop::start());
        let daemon = milter(port);
        let postfix = postfix(port, &next_hop, &format!("milter_protocol = {version}"));
        messages_pass(&postfix.address, &next_hop, str::to_owned);
        let line = daemon.says("from=<list-owner@example.org>");
        assert!(
            line.contains(" client_id=") && line.contains(" peer=127.0.0.1 "),
            "{line}"
        );
    }
}

/// What Postfix itself writes.
#[test]
fn postfix_cannot_deliver() {
    if postfix_is_missing() {
        return;
    }
    let (port, next_hop) = (free_port(), NextHop::start());
    let _daemon = milter(port);
    let postfix = postfix(port, &next_hop, "");
    send(
        &postfix.address,
        "alice@example.org",
        "bob@example.net",
        ORDINARY,
    );
    let bounce = arrived(&next_hop, 1).pop().unwrap();
    assert!(is_annotated(bounce.as_bytes()), "{bounce}");
    let order = [
        "Your message was not delivered to",
        "sorry to have to inform you",
        "From here",
    ];
    let order = order.map(|words| bounce.find(words));
    assert!(order[0].is_some() && order.is_sorted(), "{bounce}");
    eventually("all is done", || postfix.queue().is_empty());
}

/// Killed while mail flows: all of it arrives once; what plainbounce did not see goes on as it is.
#[test]
fn killed_beside_postfix() {
    if postfix_is_missing() {
        return;
    }
    let (port, next_hop) = (free_port(), NextHop::start());
    let mut daemon = milter(port);
    let postfix = postfix(port, &next_hop, "");
    all_arrives(&postfix.address, &next_hop, &mut daemon, port);
    eventually("all is done", || postfix.queue().is_empty());
}

fn all_arrives(server: &str, next_hop: &NextHop, daemon: &mut Daemon, port: u16) {
    const CLIENTS: usize = 4;
    const EACH: usize = 40;
    let sent = AtomicUsize::new(0);
    let numbered =
        |number: usize| report().replacen("Date:", &format!("X-Number: {number}.\r\nDate:"), 1);
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (sent, numbered) = (&sent, &numbered);
            scope.spawn(move || {
                for turn in 0..EACH {
                    let number = client * EACH + turn;
                    send(server, "", "alice@example.org", &numbered(number));
                    sent.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for share in 1..=3 {
            eventually("mail flows", || {
                sent.load(Ordering::Relaxed) >= share * CLIENTS * EACH / 5
            });
            daemon.signal("KILL");
            daemon.ended();
            eventually("mail still flows", || {
                sent.load(Ordering::Relaxed) >= share * CLIENTS * EACH / 5 + 2 * CLIENTS
            });
            *daemon = milter(port);
        }
    });
    let messages = arrived(next_hop, CLIENTS * EACH);
    for number in 0..CLIENTS * EACH {
        let mark = format!("X-Number: {number}.\r\n");
        let [message] = messages
            .iter()
            .filter(|m| m.contains(&mark))
            .collect::<Vec<_>>()[..]
        else {
            panic!("{number} arrived not once");
        };
        // Whole, with the notice or without.
        let plain = numbered(number);
        let with = annotated_by(HOSTNAME, &ReversePath::Null, plain.as_bytes(), 1 << 20);
        let found = behind_received(message).as_bytes();
        assert!(found == plain.as_bytes() || found == with, "{message}");
    }
    let explained = messages
        .iter()
        .filter(|m| is_annotated(m.as_bytes()))
        .count();
    assert!((1..CLIENTS * EACH).contains(&explained), "{explained}");
}

const SENDMAIL: &str = "/usr/libexec/sendmail/sendmail";

const SETTINGS: &str = "\
include(`/usr/share/sendmail/cf/m4/cf.m4')
OSTYPE(`debian')
define(`confDOMAIN_NAME', `mail.example.org')
define(`confBIND_OPTS', `-DNSRCH -DEFNAMES')
define(`confTO_IDENT', `0s')
define(`confHOST_STATUS_DIRECTORY', `')
define(`confCONNECTION_RATE_THROTTLE', `0')
define(`confREFUSE_LA', `1000')
define(`confQUEUE_LA', `1000')
define(`ALIAS_FILE', `')
FEATURE(`no_default_msa')
DAEMON_OPTIONS(`Port=PORT, Addr=127.0.0.1, Name=MTA')
MAILER(`smtp')
";

/// With its address.
fn sendmail(port: u16, names: &Names) -> Option<(Jail, String)> {
    let jail = Jail::open("sendmail", &["smmta", "smmsp"], names)?;
    let own = free_port();
    let deployed = include_str!("../../deploy/sendmail/milter.mc");
    let settings = SETTINGS.replace("PORT", &own.to_string());
    let settings = settings + &deployed.replace("10028", &port.to_string());
    jail.write("etc/mail/sendmail.mc", &settings);
    let made = jail.run(&["m4", "/etc/mail/sendmail.mc"], "").unwrap();
    jail.write("etc/mail/sendmail.cf", &made);
    jail.run(&[SENDMAIL, "-bd"], "").unwrap();
    let address = format!("127.0.0.1:{own}");
    eventually("sendmail listens", || TcpStream::connect(&address).is_ok());
    Some((jail, address))
}

/// Names, and the server for example.org.
fn world() -> (Names, NextHop) {
    let [near, own] = std::array::from_fn(|_| free_address());
    let names = Names::start(&[("mx.example.org", near), (HOSTNAME, own)]);
    (names, NextHop::start_at(&format!("{near}:25")))
}

/// Sendmail puts a field that is added where one of that name was deleted.
fn with_fields_in_order(message: &str) -> String {
    let (header, body) = message.split_once("\r\n\r\n").unwrap();
    let header = header.replace("\r\n ", "\r ").replace("\r\n\t", "\r\t");
    let mut fields: Vec<&str> = header.split("\r\n").collect();
    fields.sort_unstable();
    format!("{}\r\n\r\n{body}", fields.join("\r\n"))
}

#[test]
fn beside_sendmail() {
    let ((names, next_hop), port) = (world(), free_port());
    let daemon = milter(port);
    let Some((_jail, address)) = sendmail(port, &names) else {
        return;
    };
    messages_pass(&address, &next_hop, with_fields_in_order);
    let line = daemon.says("from=<list-owner@example.org>");
    assert!(
        line.contains(" client_id=") && line.contains(" peer=127.0.0.1 "),
        "{line}"
    );
}

#[test]
fn killed_beside_sendmail() {
    let ((names, next_hop), port) = (world(), free_port());
    let mut daemon = milter(port);
    let Some((_jail, address)) = sendmail(port, &names) else {
        return;
    };
    all_arrives(&address, &next_hop, &mut daemon, port);
}
