//! An SMTP client that says exactly what it is told.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use rustls::{ClientConnection, StreamOwned};

pub struct Peer {
    stream: BufReader<Stream>,
}

enum Stream {
    Clear(TcpStream),
    Unix(UnixStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Clear(stream) => stream.read(buffer),
            Self::Unix(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Clear(stream) => stream.write(bytes),
            Self::Unix(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tls(stream) => stream.flush(),
            _ => Ok(()),
        }
    }
}

impl Peer {
    pub fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        Self::over(Stream::Clear(stream))
    }

    fn over(stream: Stream) -> Self {
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// At a Unix socket.
    pub fn at(path: &Path) -> Self {
        let stream = UnixStream::connect(path).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        Self::over(Stream::Unix(stream))
    }

    fn into_tcp(self) -> TcpStream {
        match self.stream.into_inner() {
            Stream::Clear(stream) => stream,
            Stream::Tls(stream) => stream.sock,
            Stream::Unix(_) => panic!("a Unix socket"),
        }
    }

    pub fn encrypted(self, connection: ClientConnection) -> Self {
        let stream = StreamOwned::new(connection, self.into_tcp());
        Self::over(Stream::Tls(Box::new(stream)))
    }

    /// Says that TLS is over, and goes on in clear.
    pub fn end_tls(mut self) -> Self {
        if let Stream::Tls(stream) = self.stream.get_mut() {
            stream.conn.send_close_notify();
            stream.flush().unwrap();
        }
        Self::over(Stream::Clear(self.into_tcp()))
    }

    /// With the greeting read, and EHLO said.
    pub fn hello(address: &str) -> Self {
        let mut peer = Self::connect(address);
        peer.expect("220");
        peer.ask("EHLO client.example", "250");
        peer
    }

    /// At the LMTP door.
    pub fn lmtp(address: &str) -> Self {
        let mut peer = Self::connect(address);
        peer.expect("220");
        peer.ask("LHLO client.example", "250");
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
        self.stream.get_mut().flush().unwrap();
    }

    /// One line of a reply; empty when the connection has ended.
    pub fn line(&mut self) -> String {
        let mut line = Vec::new();
        match self.stream.read_until(b'\n', &mut line) {
            Ok(_) => String::from_utf8(line)
                .unwrap()
                .trim_end_matches("\r\n")
                .to_owned(),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => String::new(),
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
        self.send(format!("{command}\r\n").as_bytes());
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
        stuffed.extend_from_slice(b".\r\n");
        self.send(&stuffed);
        self.expect(code)
    }

    pub fn is_closed(&mut self) -> bool {
        match self.stream.read(&mut [0]) {
            Ok(count) => count == 0,
            // With something unread on the other side, the connection is reset.
            Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
        }
    }

    /// Reads whatever still comes, until the connection has ended.
    pub fn ends(&mut self) {
        let end = self.stream.read_to_end(&mut Vec::new());
        let reset = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionReset;
        assert!(end.as_ref().err().is_none_or(reset), "{end:?}");
    }

    pub fn die(self) {
        self.into_tcp().shutdown(Shutdown::Both).unwrap();
    }
}
