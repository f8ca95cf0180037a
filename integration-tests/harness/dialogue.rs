//! Plays a script: `C:` is said by the client, `S:` answered to it.
//!
//! `c:` is said without CR LF; `\r`, `\n`, `\0`, `\xFF` in it are bytes. `S: 250 ...` means that any
//! text may follow; `S: (closed)` that the connection ends. `N: RCPT 550 No` is what the next hop
//! answers at that stage, `H:` a command that it must have got, in this order, and no others (beside
//! EHLO and QUIT), `+` lines are settings. Which door it is at, `door: smtp` or `door: lmtp` says, and
//! `hop: lmtp` what stands behind it.

use std::path::Path;

use super::{Act, Daemon, NextHop, Peer};

pub fn play(path: &Path) {
    // Shown only where it fails.
    println!("{}", path.display());
    let text = std::fs::read_to_string(path).unwrap();
    let all = |mark: &str| -> Vec<String> {
        text.lines()
            .filter_map(|line| line.strip_prefix(mark))
            .map(str::to_owned)
            .collect()
    };
    let has = |line: &str| text.lines().any(|said| said == line);
    let mut next_hop = match has("hop: lmtp") {
        true => NextHop::lmtp(),
        false => NextHop::start(),
    };
    let answers: Vec<(&str, &str)> = all("N: ")
        .into_iter()
        .map(|line| String::leak(line).split_once(' ').unwrap())
        .collect();
    for (stage, answer) in &answers {
        // One answer at a stage is given always, several in turn.
        let others = answers.iter().filter(|(other, _)| other == stage).count();
        next_hop = match others {
            1 => next_hop.on(stage, Act::Say(answer)),
            _ => next_hop.once(stage, Act::Say(answer)),
        };
    }
    let settings = all("+ ").join("\n");
    let daemon = match has("door: lmtp") {
        true => Daemon::lmtp(&next_hop.url, &settings),
        false => Daemon::start(&next_hop.url, &settings),
    };
    let mut peer = daemon.connect();
    for (number, line) in text.lines().enumerate() {
        let place = format!("{}:{}", path.display(), number + 1);
        step(&mut peer, line, &place);
    }
    let expected = all("H: ");
    let got: Vec<String> = next_hop.books().commands.clone();
    let polite =
        |line: &String| line.starts_with("EHLO") || line.starts_with("LHLO") || line == "QUIT";
    let got: Vec<String> = got.into_iter().filter(|line| !polite(line)).collect();
    assert_eq!(
        got,
        expected,
        "{}: what the next hop was told",
        path.display()
    );
}

fn step(peer: &mut Peer, line: &str, place: &str) {
    if let Some(said) = line.strip_prefix("C: ") {
        peer.send(&[unescaped(said).as_slice(), b"\r\n"].concat());
    } else if line == "C:" {
        peer.send(b"\r\n");
    } else if let Some(said) = line.strip_prefix("c: ") {
        peer.send(&unescaped(said));
    } else if line == "S: (closed)" {
        assert!(peer.is_closed(), "{place}: still open");
    } else if let Some(expected) = line.strip_prefix("S: ") {
        let got = peer.line();
        let fits = match expected.strip_suffix("...") {
            Some(beginning) => got.starts_with(beginning),
            None => got == expected,
        };
        assert!(fits, "{place}: expected {expected:?}, got {got:?}");
    }
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        (rest, _) = match (first, tail) {
            (b'\\', [b'r', tail @ ..]) => (tail, out.push(b'\r')),
            (b'\\', [b'n', tail @ ..]) => (tail, out.push(b'\n')),
            (b'\\', [b'0', tail @ ..]) => (tail, out.push(0)),
            (b'\\', [b'x', a, b, tail @ ..]) => {
                let digits = [*a, *b];
                let digits = std::str::from_utf8(&digits).unwrap();
                (tail, out.push(u8::from_str_radix(digits, 16).unwrap()))
            }
            (byte, tail) => (tail, out.push(*byte)),
        };
    }
    out
}
