//! Whoever dies, and whenever: what was answered 250 is behind, and whole.
//!
//! Clients send through one plainbounce to another, which keeps a Maildir; each of the three is killed
//! at random moments under load. `BOOKS_KILLS=1000 cargo test --release books` for longer.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::harness::{Daemon, free_port};

/// What was said of the messages that clients sent, by their number.
#[derive(Default)]
struct Books {
    next: AtomicUsize,
    over: AtomicBool,
    answered: Mutex<BTreeMap<usize, bool>>,
}

/// Big enough not to fit into one packet, and each with its number at both ends.
fn message(number: usize) -> Vec<u8> {
    let filling = format!("{number} filling\r\n").repeat(number % 7 * 700);
    format!("Subject: {number}\r\n\r\n{filling}end of {number}\r\n").into_bytes()
}

/// Sends one message; whether it was answered 250, if it was answered at all. With `dies`, it leaves
/// in the middle.
fn send(address: &str, number: usize, dies: bool) -> std::io::Result<bool> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut input = BufReader::new(stream.try_clone()?);
    let mut expect = |stage: &str| -> std::io::Result<bool> {
        let mut line = String::new();
        while input.read_line(&mut line)? > 0 {
            if line.as_bytes().get(3) == Some(&b' ') {
                return Ok(line.starts_with(stage));
            }
            line.clear();
        }
        Err(std::io::ErrorKind::UnexpectedEof.into())
    };
    let mut yes = expect("220")?;
    for (command, code) in [
        ("EHLO client.example\r\n", "250"),
        ("MAIL FROM:<alice@example.org>\r\n", "250"),
        ("RCPT TO:<bob@example.org>\r\n", "250"),
        ("DATA\r\n", "354"),
    ] {
        (&stream).write_all(command.as_bytes())?;
        yes = yes && expect(code)?;
    }
    if !yes {
        return Ok(false);
    }
    let message = message(number);
    if dies {
        (&stream).write_all(&message[..message.len() / 2])?;
        return Err(std::io::ErrorKind::Interrupted.into());
    }
    (&stream).write_all(&message)?;
    (&stream).write_all(b".\r\n")?;
    expect("250")
}

fn keep_sending(books: &Books, address: &str) {
    while !books.over.load(Ordering::Relaxed) {
        let number = books.next.fetch_add(1, Ordering::Relaxed);
        match send(address, number, number % 11 == 3) {
            Ok(answer) => {
                books.answered.lock().unwrap().insert(number, answer);
            }
            Err(_) => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}

#[test]
fn they_agree() {
    let kills = std::env::var("BOOKS_KILLS").map_or(40, |text| text.parse().unwrap());
    let parent = tempfile::tempdir().unwrap();
    let maildir = parent.path().join("bob");
    let (front, back) = (free_port(), free_port());
    let start_back = || {
        let url = format!("maildir://{}", maildir.display());
        Daemon::open(
            "smtp",
            &format!("127.0.0.1:{back}"),
            &url,
            "received = false",
        )
    };
    let start_front = || {
        let url = format!("smtp://127.0.0.1:{back}");
        Daemon::open(
            "smtp",
            &format!("127.0.0.1:{front}"),
            &url,
            "received = false",
        )
    };
    let (mut one, mut two) = (start_front(), start_back());
    let books = Arc::new(Books::default());
    let address = format!("127.0.0.1:{front}");
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (books, address) = (books.clone(), address.clone());
            std::thread::spawn(move || keep_sending(&books, &address))
        })
        .collect();
    // Not the same moments in every run.
    let mut chance = std::process::id();
    for _ in 0..kills {
        chance = chance.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        std::thread::sleep(Duration::from_millis(u64::from(chance >> 16) % 60));
        if chance >> 30 & 1 == 0 {
            one.signal("KILL");
            one.ended();
            one = start_front();
        } else {
            two.signal("KILL");
            two.ended();
            two = start_back();
        }
    }
    std::thread::sleep(Duration::from_millis(300));
    books.over.store(true, Ordering::Relaxed);
    clients
        .into_iter()
        .for_each(|client| client.join().unwrap());
    audit(&books, &maildir);
}

fn audit(books: &Books, maildir: &Path) {
    let mut behind = BTreeMap::new();
    for file in maildir.join("new").read_dir().unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let number = text
            .lines()
            .next()
            .unwrap()
            .strip_prefix("Subject: ")
            .unwrap();
        let number: usize = number.parse().unwrap();
        let whole = String::from_utf8(message(number))
            .unwrap()
            .replace("\r\n", "\n");
        assert_eq!(text, whole, "message {number} is there in part");
        *behind.entry(number).or_insert(0) += 1;
    }
    let answered = books.answered.lock().unwrap();
    let yes: Vec<usize> = answered
        .iter()
        .filter(|(_, yes)| **yes)
        .map(|(n, _)| *n)
        .collect();
    for number in &yes {
        assert_eq!(
            behind.get(number),
            Some(&1),
            "message {number} was answered 250"
        );
    }
    assert!(yes.len() > 20, "only {} messages went through", yes.len());
    let sent = books.next.load(Ordering::Relaxed);
    println!(
        "{sent} sent, {} answered 250, {} behind",
        yes.len(),
        behind.len()
    );
}
