//! What others stumbled over, sent through the door: it stays whole, is answered, and costs little.

use crate::harness::{Daemon, NextHop, Peer};

/// A bounce from `<>` in which the part that comes back is this.
fn report(back: &str) -> Vec<u8> {
    format!(
        "From: MAILER-DAEMON@mx.example.org\r\nTo: alice@example.org\r\n\
         Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b1\"\r\n\r\n\
         --b1\r\n\r\nNo.\r\n--b1\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example.org\r\n\r\nFinal-Recipient: rfc822; bob@example.net\r\n\
         Action: failed\r\nStatus: 5.1.1\r\n\r\n--b1\r\n{back}\r\n--b1--\r\n"
    )
    .into_bytes()
}

/// Through the door; what comes out ends as what went in, and is that to the byte if `untouched`.
fn pass(message: &[u8], untouched: bool) {
    let next_hop = NextHop::start();
    let daemon = Daemon::start(&next_hop.url, "received = false");
    let mut peer = Peer::hello(&daemon.address);
    peer.ask("MAIL FROM:<>", "250");
    peer.ask("RCPT TO:<alice@example.org>", "250");
    peer.ask("DATA", "354");
    peer.message(message, "250 2.0.0 Kept");
    let got = next_hop.books().messages.pop().unwrap();
    let tail = &message[message.len() - message.len().min(200)..];
    assert!(got.ends_with(tail), "{} bytes", message.len());
    assert!(!untouched || got == message, "{} bytes", message.len());
}

/// mail-parser in Stalwart, 2026: a message in a message in a message …
#[test]
fn nested_without_end() {
    let deep = "Content-Type: message/rfc822\r\n\r\n".repeat(30_000);
    pass(&report(&deep), false);
    let mut parts = String::new();
    for number in 0..10_000 {
        parts +=
            &format!("Content-Type: multipart/mixed; boundary=n{number}\r\n\r\n--n{number}\r\n");
    }
    pass(&report(&parts), false);
}

/// Dovecot CVE-2024-23184.
#[test]
fn a_hundred_thousand_address_fields() {
    let fields = "To: a@example.org\r\nCc: b@example.org\r\n".repeat(50_000);
    pass(
        &[fields.as_bytes(), b"Subject: x\r\n\r\nx\r\n"].concat(),
        true,
    );
    let back = format!("Content-Type: message/rfc822\r\n\r\n{fields}\r\nx");
    pass(&report(&back), false);
    let one = format!("To: {}\r\n\r\nx\r\n", "a@example.org, ".repeat(60_000));
    pass(one.as_bytes(), true);
}

/// amavis CVE-2024-28054: two readers may take different boundaries, so hands off.
#[test]
fn two_boundaries() {
    let message = String::from_utf8(report("x: y\r\n\r\n")).unwrap();
    let two = message.replace("boundary=\"b1\"", "boundary=\"b1\"; boundary=\"b2\"");
    assert_ne!(two, message);
    pass(two.as_bytes(), true);
    let fields = message.replace(
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; boundary=b2",
    );
    assert_ne!(fields, message);
    pass(fields.as_bytes(), true);
    // Whichever comes first.
    let first = message.replace("MIME-Version: 1.0", "Content-Type: text/plain");
    assert_ne!(first, message);
    pass(first.as_bytes(), true);
}

/// OpenSMTPD 7.4 cut lines at the length of a buffer; and a dot behind the cut was an end.
#[test]
fn lines_as_long_as_a_buffer() {
    for buffer in [998, 1000, 1024, 2048, 4096, 16_384, 65_536] {
        let mut message = b"Subject: x\r\n\r\n".to_vec();
        for length in buffer - 4..buffer + 4 {
            message.extend(std::iter::repeat_n(b'x', length));
            message.extend_from_slice(b".\r\n.");
            message.extend(std::iter::repeat_n(b'.', length));
            message.extend_from_slice(b"\r\n");
        }
        pass(&message, true);
    }
}
