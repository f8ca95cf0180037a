//! Bytes that no MTA sends: they end that connection, with a line that says why, and no other.

use super::{daemon, is_annotated};
use crate::harness::{ALL_ACTIONS, ALL_STEPS, Daemon, MilterPeer, eventually};
use crate::smtp::bounce;

fn lines(daemon: &Daemon) -> usize {
    let said = daemon.said.lock().unwrap();
    said.iter()
        .filter(|line| line.contains("client=left"))
        .count()
}

#[test]
fn what_no_mta_says() {
    let daemon = daemon("");
    let mut other = MilterPeer::ready(&daemon.address);
    other.step(b'M', &[b"<>\0"]);
    let packet = |letter: u8, data: &[u8]| {
        let length = u32::try_from(data.len() + 1).unwrap().to_be_bytes();
        [&length[..], &[letter], data].concat()
    };
    let mail = packet(b'M', b"<>\0");
    let header = packet(b'L', b"A\0 b\0");
    let end = packet(b'N', b"");
    let check = |why: &str, negotiated: bool, bytes: &[u8]| {
        let before = lines(&daemon);
        let mut peer = MilterPeer::connect(&daemon.address);
        if negotiated {
            peer.negotiate(6, ALL_ACTIONS, ALL_STEPS);
        }
        peer.send(bytes);
        while let Some((letter, _)) = peer.hear() {
            // Never anything that would cost a mail.
            assert!(b"Oca".contains(&letter), "{why}: {letter}");
        }
        daemon.says(&format!("plainbounce: door=milter client=left why={why}"));
        eventually("one line", || lines(&daemon) == before + 1);
    };
    check("empty", true, &[0, 0, 0, 0]);
    check("too-big", true, &[0xff, 0xff, 0xff, 0xff, b'B']);
    check("too-big", false, b"GET / HTTP/1.1\r\n\r\n");
    check("too-big", false, b"EHLO client.example\r\n");
    check("unknown-command", true, &packet(b'Z', b""));
    check("unknown-command", false, &packet(0, b""));
    check(
        "version",
        false,
        &packet(b'O', &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
    );
    check("malformed", false, &packet(b'O', b"\0\0\0\x06\0\0"));
    check("malformed", true, &packet(b'D', b""));
    check("malformed", true, &packet(b'D', b"Mi\0"));
    check("malformed", true, &packet(b'D', b"Mi\x004XYZ"));
    check("malformed", true, &packet(b'M', b""));
    check("malformed", true, &packet(b'M', b"<>"));
    check("malformed", true, &[&mail[..], &packet(b'R', b"")].concat());
    check(
        "malformed",
        true,
        &[&mail[..], &packet(b'L', b"Subject\0")].concat(),
    );
    check(
        "malformed",
        true,
        &[&mail[..], &packet(b'L', b"Subject\0 x")].concat(),
    );
    check(
        "malformed",
        true,
        &[&mail[..], &packet(b'L', b"\0 x\0")].concat(),
    );
    check(
        "malformed",
        true,
        &[&mail[..], &packet(b'L', b"A\0b\0c\0")].concat(),
    );
    check("out-of-order", false, &mail);
    check("out-of-order", true, &packet(b'O', &[0; 12]));
    for letter in *b"RTLNBE" {
        let data: &[u8] = if letter == b'L' { b"A\0 b\0" } else { b"x\0" };
        check("out-of-order", true, &packet(letter, data));
    }
    check(
        "out-of-order",
        true,
        &[&mail[..], &packet(b'B', b"x")].concat(),
    );
    check(
        "out-of-order",
        true,
        &[&mail[..], &header, &packet(b'E', b"")].concat(),
    );
    check(
        "out-of-order",
        true,
        &[&mail[..], &header, &packet(b'R', b"x\0")].concat(),
    );
    for late in [&header, &end, &packet(b'R', b"x\0"), &packet(b'T', b"")] {
        check(
            "out-of-order",
            true,
            &[&mail[..], &header, &end, late].concat(),
        );
    }
    assert_eq!(other.step(b'N', &[]), Some(b'c'));
}

#[test]
fn cut_off() {
    let daemon = daemon("");
    for bytes in [&b"\0"[..], b"\0\0\0\x0d", b"\0\0\0\x0dO\0\0\0"] {
        let mut peer = MilterPeer::connect(&daemon.address);
        peer.send(bytes);
        drop(peer);
    }
    eventually("a line for each", || lines(&daemon) == 3);
    daemon.says("client=left why=truncated");
    // Between two packets it is nobody's fault.
    let mut peer = MilterPeer::ready(&daemon.address);
    peer.step(b'M', &[b"<>\0"]);
    drop(peer);
    assert!(is_annotated(
        &MilterPeer::ready(&daemon.address)
            .hand("<>", &bounce())
            .message
    ));
    assert_eq!(lines(&daemon), 3);
}

/// Anything, in packets that are right and wrong, does no harm to the next one.
#[test]
fn at_random() {
    let daemon = daemon("max_message_size = \"100KiB\"");
    let mut seed: u64 = 1;
    let mut random = move |below: usize| {
        // Knuth's MMIX.
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let letters = b"DCHMRTULNBEAQKO\0z";
    let data: [&[u8]; 6] = [
        b"",
        b"\0",
        b"<>\0",
        b"Subject\0 x\0",
        b"Mi\0x\0",
        &[b'x'; 3000],
    ];
    for _ in 0..300 {
        let mut peer = MilterPeer::ready(&daemon.address);
        let mut bytes = Vec::new();
        for _ in 0..random(60) {
            // Mostly what comes next in a message.
            let letter = if random(3) == 0 {
                letters[random(letters.len())]
            } else {
                b"MRLNBE"[bytes.len() % 6]
            };
            let data = data[random(data.len())];
            let length = u32::try_from(data.len() + 1).unwrap().to_be_bytes();
            bytes.extend_from_slice(&length);
            bytes.push(letter);
            bytes.extend_from_slice(data);
        }
        let cut = random(bytes.len() + 1);
        if random(4) == 0 {
            bytes.truncate(cut);
        } else if random(4) == 0 && cut < bytes.len() {
            bytes[cut] ^= 1 << random(8);
        }
        peer.send(&bytes);
        peer.say(b'Q', &[]);
    }
    assert!(is_annotated(
        &MilterPeer::ready(&daemon.address)
            .hand("<>", &bounce())
            .message
    ));
    assert!(daemon.peak_kb() < 60 << 10, "{} KB", daemon.peak_kb());
}
