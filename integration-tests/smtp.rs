//! The SMTP door: to the byte, without a queue, whoever dies.

use std::path::{Path, PathBuf};

use crate::harness::{Act, Daemon, NextHop, Peer, eventually};

/// Dots at line starts, NUL, 8-bit, a line of 1 MB.
fn odd_message() -> Vec<u8> {
    let mut message =
        b"Subject: odd\r\nX-Dots: 1\r\n\r\n.\r\n..\r\n.a\r\n\0\xff\xfe\r\n\r\n".to_vec();
    message.extend(std::iter::repeat_n(b'x', 1 << 20));
    message.extend_from_slice(b"\r\n...\r\nend\r\n");
    message
}

/// The content without the `Received` field in front, which it must have.
fn behind_received(content: &[u8]) -> &[u8] {
    assert!(content.starts_with(b"Received: from client.example ([127.0.0.1])\r\n\tby relay"));
    let third = content
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .nth(2)
        .unwrap()
        .0;
    &content[third + 1..]
}

fn files(folder: &Path) -> Vec<PathBuf> {
    folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}

#[test]
fn to_the_byte() {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(&next_hop.url, "");
    let mut peer = Peer::hello(&daemon.address);
    for message in [
        odd_message(),
        Vec::new(),
        b"\r\n".to_vec(),
        b".\r\n".to_vec(),
    ] {
        peer.envelope();
        peer.ask("DATA", "354");
        peer.message(&message, "250 2.0.0 Kept");
        let got = next_hop.books().messages.pop().unwrap();
        assert!(behind_received(&got) == message, "{} bytes", message.len());
    }
    eventually("all are logged", || daemon.said.lock().unwrap().len() == 4);
    let line = daemon.said.lock().unwrap()[0].clone();
    assert!(
        line.contains("from=<alice@example.org> to=<bob@example.org> recipients=1 size=1048"),
        "{line}"
    );
    assert!(
        line.contains("outcome=untouched reply=250 said=2.0.0\\sKept"),
        "{line}"
    );
}

#[test]
fn without_received() {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(&next_hop.url, "received = false");
    Peer::ready_for_data(&daemon.address).message(b"A: b\r\n\r\n.x\r\n", "250");
    assert_eq!(next_hop.books().messages, [b"A: b\r\n\r\n.x\r\n"]);
}

#[test]
fn normalized() {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(
        &next_hop.url,
        "received = false\nbare_newline = \"normalize\"",
    );
    let mut peer = Peer::ready_for_data(&daemon.address);
    peer.send(b"A: b\n\r\nx\r.\r\ny\n.\r\n.\r\n");
    peer.expect("250");
    assert_eq!(
        next_hop.books().messages,
        [b"A: b\r\n\r\nx\r\n.\r\ny\r\n.\r\n"]
    );
}

#[test]
fn into_a_maildir() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("alice");
    let daemon = Daemon::in_front_of_maildir(&folder, "");
    let mut peer = Peer::ready_for_data(&daemon.address);
    let reply = peer
        .message(&odd_message(), "250 2.0.0 Ok: delivered as ")
        .concat();
    let name = reply.rsplit(' ').next().unwrap();
    let content = std::fs::read(folder.join("new").join(name)).unwrap();
    let expected: Vec<u8> = odd_message()
        .into_iter()
        .filter(|byte| *byte != b'\r')
        .collect();
    let third = content
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .nth(2)
        .unwrap()
        .0;
    assert!(content[third + 1..] == expected);
    assert!(!content.contains(&b'\r'));
    assert_eq!(files(&folder.join("new")).len(), 1);
    assert_eq!(files(&folder.join("tmp")).len(), 0);
    assert_eq!(files(&folder.join("cur")).len(), 0);
}

#[test]
fn a_maildir_that_takes_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("alice");
    let daemon = Daemon::in_front_of_maildir(&folder, "");
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, "a file").unwrap();
    let mut peer = Peer::hello(&daemon.address);
    peer.envelope();
    peer.ask("DATA", "451 4.3.0");
}

#[test]
fn a_client_that_dies_leaves_nothing_in_a_maildir() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("alice");
    let daemon = Daemon::in_front_of_maildir(&folder, "");
    let mut peer = Peer::ready_for_data(&daemon.address);
    eventually("it is begun", || files(&folder.join("tmp")).len() == 1);
    peer.send(b"Subject: x\r\n\r\nhalf\r\n.");
    peer.die();
    eventually("it is gone", || files(&folder.join("tmp")).is_empty());
    assert!(files(&folder.join("new")).is_empty());
}

#[test]
fn a_client_that_dies_leaves_nothing_behind() {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(&next_hop.url, "");
    for content in [
        "",
        "Subject: x\r\n\r\nhalf\r\n",
        "Subject: x\r\n\r\nhalf\r\n.\r",
    ] {
        let mut peer = Peer::ready_for_data(&daemon.address);
        peer.send(content.as_bytes());
        peer.die();
    }
    let mut peer = Peer::ready_for_data(&daemon.address);
    peer.send(&vec![b'x'; 3 << 20]);
    peer.die();
    eventually("all are cut short", || next_hop.books().cut_short == 4);
    assert!(next_hop.books().messages.is_empty());
}

/// 50 MB, in the memory of a small one.
#[test]
fn a_big_message_streams() {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(&next_hop.url, "max_message_size = \"60MiB\"");
    let line = [b"z".repeat(98).as_slice(), b"\r\n"].concat();
    let mut message = b"Subject: big\r\n\r\n".to_vec();
    message.extend(line.repeat(500_000));
    let mut peer = Peer::ready_for_data(&daemon.address);
    peer.message(&message, "250");
    let got = next_hop.books().messages.pop().unwrap();
    assert!(behind_received(&got) == message);
    assert!(daemon.peak_kb() < 40 << 10, "{} KB", daemon.peak_kb());
}

#[test]
fn too_big() {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(&next_hop.url, "max_message_size = 1000");
    let mut peer = Peer::ready_for_data(&daemon.address);
    peer.message(&b"0123456\r\n".repeat(200_000), "552 5.3.4");
    // In step, and with the next hop again.
    peer.envelope();
    peer.ask("DATA", "354");
    peer.message(b"small\r\n", "250");
    assert_eq!(next_hop.books().messages.len(), 1);
    eventually("the big one is cut short", || {
        next_hop.books().cut_short == 1
    });
}

#[test]
fn the_next_hop_is_not_there() {
    let daemon = Daemon::start("smtp://127.0.0.1:1", "");
    let mut peer = Peer::hello(&daemon.address);
    peer.ask("MAIL FROM:<alice@example.org>", "451 4.4.1");
    // What was pipelined behind it is no 5xx either.
    peer.ask("RCPT TO:<bob@example.org>", "451");
    peer.ask("DATA", "451");
    peer.ask("RSET", "250");
    peer.ask("RCPT TO:<bob@example.org>", "503");
    eventually("it is logged", || !daemon.said.lock().unwrap().is_empty());
    assert_eq!(
        daemon.said.lock().unwrap()[0],
        "plainbounce: door=smtp next_hop=failed stage=connect why=unreachable"
    );
}

#[test]
fn the_next_hop_refuses() {
    let check = |stage: &'static str, says: &'static str, code: &str| {
        let next_hop = NextHop::start().on(stage, Act::Say(says));
        let daemon = Daemon::start(&next_hop.url, "");
        let replies = whole_message(&daemon);
        assert!(
            replies.iter().any(|reply| reply.starts_with(code)),
            "{stage}: {replies:?}"
        );
        assert!(
            !replies.last().unwrap().starts_with('2'),
            "{stage}: {replies:?}"
        );
    };
    check("greeting", "554 5.0.0 No", "451 4.4.1");
    check("greeting", "421 4.3.2 Busy", "451 4.4.1");
    check("MAIL", "550 5.7.1 Not you", "550 5.7.1 Not you");
    check("RCPT", "452 4.2.2 Full", "452 4.2.2 Full");
    check("DATA", "451 4.3.0 Later", "451 4.3.0 Later");
    check("end", "554 5.7.1 Spam", "554 5.7.1 Spam");
    check("end", "421 4.3.2 Closing", "421 4.3.2 Closing");
    // Lies.
    check("MAIL", "354 What?", "451 4.5.0");
    check("DATA", "250 Done already", "451 4.5.0");
    check("end", "HTTP/1.1 200 OK", "451 4.5.0");
    check("end", "250-a|251 b", "451 4.5.0");
    check(
        "RCPT",
        "250 2.1.5 Ok|250 2.0.0 and the end of data",
        "451 4.5.0",
    );
}

#[test]
fn the_next_hop_dies() {
    for stage in ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "content", "end"] {
        let next_hop = NextHop::start().on(stage, Act::Die);
        let daemon = Daemon::start(&next_hop.url, "");
        let replies = whole_message(&daemon);
        let refused = replies
            .iter()
            .find(|reply| !reply.starts_with(['2', '3']))
            .unwrap();
        assert!(refused.starts_with('4'), "{stage}: {replies:?}");
        assert!(
            !replies.last().unwrap().starts_with('2'),
            "{stage}: {replies:?}"
        );
        assert!(
            !replies.iter().any(|reply| reply.starts_with('5')),
            "{stage}: {replies:?}"
        );
        assert!(next_hop.books().messages.is_empty());
    }
}

/// MAIL, RCPT, DATA, and the message where it is asked for: the replies.
fn whole_message(daemon: &Daemon) -> Vec<String> {
    let mut peer = Peer::hello(&daemon.address);
    let commands = [
        "MAIL FROM:<alice@example.org>",
        "RCPT TO:<bob@example.org>",
        "DATA",
    ];
    let mut replies: Vec<String> = commands
        .iter()
        .map(|command| peer.ask(command, "").concat())
        .collect();
    if replies[2].starts_with("354") {
        replies.push(peer.message(b"Subject: x\r\n\r\nx\r\n", "").concat());
    }
    replies
}

#[test]
fn a_session_that_closed_while_idle_is_no_error() {
    let next_hop = NextHop::start()
        .once("end", Act::Say("250 2.0.0 Kept"))
        .once("RSET", Act::SayAndDie("250 2.0.0 Reset, and I am gone"));
    let daemon = Daemon::start(&next_hop.url, "");
    let mut peer = Peer::ready_for_data(&daemon.address);
    peer.message(b"one\r\n", "250");
    peer.ask("RSET", "250");
    peer.envelope();
    peer.ask("DATA", "354");
    peer.message(b"two\r\n", "250");
    assert_eq!(next_hop.books().messages.len(), 2);
}

#[test]
fn too_many_connections() {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(&next_hop.url, "max_connections = 2");
    let first = Peer::hello(&daemon.address);
    let _second = Peer::hello(&daemon.address);
    let mut third = daemon.connect();
    third.expect("421 4.3.2");
    assert!(third.is_closed());
    first.die();
    eventually("there is room again", || {
        daemon.connect().line().starts_with("220")
    });
}

#[test]
fn told_to_stop_it_lets_messages_end() {
    let next_hop = NextHop::start();
    let mut daemon = Daemon::start(&next_hop.url, "");
    let mut idle = Peer::hello(&daemon.address);
    let mut busy = Peer::ready_for_data(&daemon.address);
    daemon.signal("TERM");
    idle.expect("421");
    assert!(idle.is_closed());
    busy.message(b"under way\r\n", "250 2.0.0 Kept");
    busy.expect("421");
    assert!(daemon.ended().success());
    assert_eq!(next_hop.books().messages.len(), 1);
    // The last line is not lost.
    eventually("it is logged", || daemon.said.lock().unwrap().len() == 1);
}

#[test]
fn told_to_stop_it_does_not_wait_for_ever() {
    let next_hop = NextHop::start();
    let mut daemon = Daemon::start(&next_hop.url, "[serve]\nshutdown_timeout = \"100ms\"");
    let mut busy = Peer::ready_for_data(&daemon.address);
    busy.send(b"half\r\n");
    daemon.signal("TERM");
    busy.expect("421 4.3.2");
    assert!(daemon.ended().success());
    eventually("it is cut short", || next_hop.books().cut_short == 1);
    assert!(next_hop.books().messages.is_empty());
}

#[test]
fn a_silent_client_is_left() {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(&next_hop.url, "client_timeout = \"200ms\"");
    Peer::hello(&daemon.address).expect("421 4.4.2");
    let mut peer = Peer::ready_for_data(&daemon.address);
    peer.send(b"half\r\n");
    peer.expect("421 4.4.2");
    eventually("it is cut short", || next_hop.books().cut_short == 1);
}

/// Drop by drop, each in time: the whole has a limit as well.
#[test]
fn a_slow_client_is_left() {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(
        &next_hop.url,
        "message_timeout = \"500ms\"\nclient_timeout = \"400ms\"",
    );
    let mut peer = Peer::ready_for_data(&daemon.address);
    let mut command = daemon.connect();
    command.expect("220");
    for _ in 0..14 {
        std::thread::sleep(std::time::Duration::from_millis(50));
        peer.send(b"x\r\n");
        command.send(b"N");
    }
    peer.expect("421 4.4.2");
    command.expect("421 4.4.2");
    eventually("it is cut short", || next_hop.books().cut_short == 1);
}

#[test]
fn a_session_ends_some_day() {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(&next_hop.url, "session_timeout = \"200ms\"");
    let mut peer = Peer::ready_for_data(&daemon.address);
    std::thread::sleep(std::time::Duration::from_millis(300));
    // Not in the middle of a message.
    peer.message(b"x\r\n", "250");
    peer.expect("421 4.4.2");
}

#[test]
fn a_silent_next_hop_is_left() {
    let next_hop = NextHop::start().on("end", Act::Say(""));
    let daemon = Daemon::start(&next_hop.url, "next_hop_data_timeout = \"200ms\"");
    Peer::ready_for_data(&daemon.address).message(b"x\r\n", "451 4.4.2");
}

/// A bounce as Postfix writes it (RFC 3464).
pub fn bounce() -> Vec<u8> {
    let text = "From: MAILER-DAEMON@mx.example.org (Mail Delivery System)\n\
        To: alice@example.org\nSubject: Undelivered Mail Returned to Sender\n\
        Auto-Submitted: auto-replied\nMIME-Version: 1.0\n\
        Content-Type: multipart/report; report-type=delivery-status; boundary=\"b1\"\n\
        Message-Id: <1@mx.example.org>\n\n\
        --b1\nContent-Type: text/plain; charset=us-ascii\n\nI'm sorry.\n\n\
        --b1\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n\
        Final-Recipient: rfc822; bob@example.net\nAction: failed\nStatus: 5.1.1\n\
        Remote-MTA: dns; mx.example.net\nDiagnostic-Code: smtp; 550 5.1.1 No such user\n\n\
        --b1\nContent-Type: message/rfc822\n\nFrom: alice@example.org\nTo: bob@example.net\n\
        Subject: lunch\nMessage-Id: <2@example.org>\n\nSee you.\n\n--b1--\n";
    text.replace('\n', "\r\n").into_bytes()
}

/// A transaction with the bounce, from `<>`.
fn send_bounce(daemon: &Daemon, content: &[u8], code: &str) -> Vec<String> {
    let mut peer = Peer::hello(&daemon.address);
    peer.ask("MAIL FROM:<>", "250");
    peer.ask("RCPT TO:<alice@example.org>", "250");
    peer.ask("DATA", "354");
    peer.message(content, code)
}

fn is_annotated(content: &[u8]) -> bool {
    String::from_utf8_lossy(content).contains("Plainbounce-Annotation:")
}

#[test]
fn a_bounce_is_explained() {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(&next_hop.url, "");
    send_bounce(&daemon, &bounce(), "250 2.0.0 Kept");
    let got = next_hop.books().messages.pop().unwrap();
    assert!(is_annotated(&got));
    assert!(
        String::from_utf8_lossy(&got)
            .contains("\r\nDiagnostic-Code: smtp; 550 5.1.1 No such user\r\n")
    );
    eventually("it is logged", || !daemon.said.lock().unwrap().is_empty());
    let line = daemon.said.lock().unwrap()[0].clone();
    assert!(line.contains(" from=<> "), "{line}");
    assert!(
        line.contains(" kind=failure cause=mailbox-unknown "),
        "{line}"
    );
    assert!(line.contains(" outcome=annotated "), "{line}");
}

/// Only its head is looked at; the rest streams through, and the edit's end comes behind it.
#[test]
fn a_bounce_longer_than_its_head() {
    let mut long = bounce();
    let end = long.len() - b"--b1--\r\n".len();
    long.splice(end..end, b"padding padding padding\r\n".repeat(200_000));
    let next_hop = NextHop::start();
    let daemon = Daemon::start(&next_hop.url, "received = false");
    send_bounce(&daemon, &long, "250 2.0.0 Kept");
    let got = next_hop.books().messages.pop().unwrap();
    assert!(is_annotated(&got));
    let returned = long.len() - 5_000_000;
    assert!(got.ends_with(&long[returned..]));
    assert!(daemon.peak_kb() < 40 << 10, "{} KB", daemon.peak_kb());
}

/// Annotated it was refused; as it came it is taken.
#[test]
fn refused_with_the_notice_it_is_sent_once_more() {
    for refusal in [
        Act::Say("554 5.6.0 What is that"),
        Act::SayAndDie("554 5.6.0 What is that"),
    ] {
        let next_hop = NextHop::start().once("end", refusal);
        let daemon = Daemon::start(&next_hop.url, "received = false");
        send_bounce(&daemon, &bounce(), "250 2.0.0 Kept");
        assert_eq!(next_hop.books().messages, [bounce()]);
        eventually("it is logged", || !daemon.said.lock().unwrap().is_empty());
        assert!(daemon.said.lock().unwrap()[0].contains(" added=0 "));
    }
}

#[test]
fn refused_twice_it_is_refused() {
    let next_hop = NextHop::start()
        .once("end", Act::Say("554 5.6.0 What is that"))
        .on("end", Act::Say("550 5.7.1 Not that either"));
    let daemon = Daemon::start(&next_hop.url, "");
    send_bounce(&daemon, &bounce(), "550 5.7.1 Not that either");
    let datas = next_hop
        .books()
        .commands
        .iter()
        .filter(|line| *line == "DATA")
        .count();
    assert_eq!(datas, 2);
}

/// The notice is never a reason for 5xx.
#[test]
fn refused_and_gone_is_no_permanent_refusal() {
    let next_hop = NextHop::start()
        .once("end", Act::Say("554 5.6.0 What is that"))
        .once("MAIL", Act::Say("250 2.1.0 Ok"))
        .on("MAIL", Act::Die);
    let daemon = Daemon::start(&next_hop.url, "");
    send_bounce(&daemon, &bounce(), "451 4.4");
}

#[test]
fn grown_past_the_size_of_the_next_hop_it_goes_as_it_came() {
    let next_hop = NextHop::start().on("EHLO", Act::Say("250-next.example|250 SIZE 2000"));
    let daemon = Daemon::start(&next_hop.url, "received = false");
    send_bounce(&daemon, &bounce(), "250");
    assert_eq!(next_hop.books().messages, [bounce()]);
}
