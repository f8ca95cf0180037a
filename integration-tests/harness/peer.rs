//! An SMTP client that says exactly what it is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

pub struct Peer {
    stream: BufReader<TcpStream>,
}

impl Peer {
    pub fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// With the greeting read, and EHLO said.
    pub fn hello(address: &str) -> Self {
        let mut peer = Self::connect(address);
        peer.expect("220");
        peer.ask("EHLO client.example", "250");
        peer
    }

    /// In the middle of a transaction, ready for the message.
    pub fn ready_for_data(address: &str) -> Self {
        let mut peer = Self::hello(address);
        peer.envelope();
        peer.ask("DATA", "354");
        peer
    }

    pub fn envelope(&mut self) {
        self.ask("MAIL FROM:<alice@example.org>", "250");
        self.ask("RCPT TO:<bob@example.org>", "250");
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).unwrap();
    }

    /// One line of a reply; empty when the connection has ended.
    pub fn line(&mut self) -> String {
        let mut line = Vec::new();
        match self.stream.read_until(b'\n', &mut line) {
            Ok(_) => String::from_utf8(line)
                .unwrap()
                .trim_end_matches("\r\n")
                .to_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => String::new(),
            Err(error) => panic!("no reply: {error}"),
        }
    }

    /// A whole reply, of which the last line begins with `code`.
    pub fn expect(&mut self, code: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let line = self.line();
            let last = line.as_bytes().get(3) != Some(&b'-');
            lines.push(line);
            if last {
                break;
            }
        }
        assert!(
            lines.last().unwrap().starts_with(code),
            "expected {code}, got {lines:?}"
        );
        lines
    }

    pub fn ask(&mut self, command: &str, code: &str) -> Vec<String> {
        self.send(command.as_bytes());
        self.send(b"\r\n");
        self.expect(code)
    }

    /// Content with CR LF line ends; transparency is put in here.
    pub fn message(&mut self, content: &[u8], code: &str) -> Vec<String> {
        let mut stuffed = Vec::new();
        for line in content.split_inclusive(|byte| *byte == b'\n') {
            if line.starts_with(b".") {
                stuffed.push(b'.');
            }
            stuffed.extend_from_slice(line);
        }
        self.send(&stuffed);
        self.send(b".\r\n");
        self.expect(code)
    }

    pub fn is_closed(&mut self) -> bool {
        self.stream.read(&mut [0]).is_ok_and(|count| count == 0)
    }

    pub fn die(self) {
        self.stream.get_ref().shutdown(Shutdown::Both).unwrap();
    }
}
