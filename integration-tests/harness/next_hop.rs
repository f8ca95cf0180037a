//! A scriptable SMTP or LMTP server: it answers as told, and keeps what it got.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What to do at a stage: `greeting`, a command's verb, `content` (with the first line of it), `end`
/// (with LMTP once for each recipient that was taken).
#[derive(Debug, Clone)]
pub enum Act {
    /// Lines without CR LF, joined by `|`.
    Say(&'static str),
    SayAndDie(&'static str),
    /// Bytes as they are, and nothing behind them.
    Raw(&'static [u8]),
    /// Says so only after a while.
    SayLate(&'static str, Duration),
    /// One line again and again, as slowly, until nobody is there.
    Drip(&'static str, Duration),
    Die,
}

/// What was seen.
#[derive(Debug, Default)]
pub struct Books {
    /// Every command line, of all sessions.
    pub commands: Vec<String>,
    /// Content (without transparency) whose end came and was answered 250.
    pub messages: Vec<Vec<u8>>,
    /// Content whose end came, whatever was answered.
    pub ended: Vec<Vec<u8>>,
    /// Of how many the first line has come.
    pub begun: usize,
    /// How many ended without their end of data.
    pub cut_short: usize,
    /// How many sessions there were.
    pub sessions: usize,
    once: HashMap<&'static str, Vec<Act>>,
    always: HashMap<&'static str, Act>,
}

#[derive(Clone)]
pub struct NextHop {
    pub url: String,
    tls: Option<Arc<ServerConfig>>,
    /// TLS from the first byte.
    at_once: bool,
    lmtp: bool,
    books: Arc<Mutex<Books>>,
}

impl NextHop {
    pub fn start() -> Self {
        Self::start_at("127.0.0.1:0")
    }

    pub fn start_at(address: &str) -> Self {
        Self::listen(address, "smtp", None, false)
    }

    pub fn lmtp() -> Self {
        Self::listen("127.0.0.1:0", "lmtp", None, false)
    }

    /// LMTP on a Unix socket.
    pub fn lmtp_at(path: &Path) -> Self {
        let listener = UnixListener::bind(path).unwrap();
        let next_hop = Self::named(format!("lmtp://{}", path.display()), None, false);
        let server = next_hop.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                server.serve(Stream::Unix(stream.unwrap()));
            }
        });
        next_hop
    }

    /// With STARTTLS, under the name `localhost`; its certificate as PEM.
    pub fn with_tls() -> (Self, String) {
        let (config, pem) = certificate();
        let next_hop = Self::listen("127.0.0.1:0", "smtp", Some(config), false);
        (next_hop, pem)
    }

    /// With TLS from the first byte.
    pub fn with_tls_at_once() -> (Self, String) {
        let (config, pem) = certificate();
        let next_hop = Self::listen("127.0.0.1:0", "smtps", Some(config), true);
        (next_hop, pem)
    }

    fn named(url: String, tls: Option<Arc<ServerConfig>>, at_once: bool) -> Self {
        let lmtp = url.starts_with("lmtp:");
        let books = Arc::default();
        Self {
            url,
            tls,
            at_once,
            lmtp,
            books,
        }
    }

    fn listen(address: &str, scheme: &str, tls: Option<Arc<ServerConfig>>, at_once: bool) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let host = match tls {
            Some(_) => "localhost".to_owned(),
            None => address.ip().to_string(),
        };
        let url = format!("{scheme}://{host}:{}", address.port());
        let next_hop = Self::named(url, tls, at_once);
        let server = next_hop.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                server.serve(Stream::Plain(stream.unwrap()));
            }
        });
        next_hop
    }

    fn serve(&self, stream: Stream) {
        self.books().sessions += 1;
        let session = Session {
            next_hop: self.clone(),
            stream: BufReader::new(stream),
            recipients: 0,
        };
        std::thread::spawn(move || session.run());
    }

    pub fn address(&self) -> &str {
        self.url.split_once("://").unwrap().1
    }

    pub fn on(self, stage: &'static str, act: Act) -> Self {
        self.books().always.insert(stage, act);
        self
    }

    /// Before what it always does.
    pub fn once(self, stage: &'static str, act: Act) -> Self {
        self.books().once.entry(stage).or_default().push(act);
        self
    }

    pub fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap()
    }
}

fn certificate() -> (Arc<ServerConfig>, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = made.signing_key.serialize_der().try_into().unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (Arc::new(config), made.cert.pem())
}

struct Session {
    next_hop: NextHop,
    stream: BufReader<Stream>,
    /// Those taken in this transaction.
    recipients: usize,
}

enum Stream {
    Plain(TcpStream),
    Unix(UnixStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
    Ended,
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Unix(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
            Self::Ended => Ok(0),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Unix(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
            Self::Ended => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tls(stream) => stream.flush(),
            _ => Ok(()),
        }
    }
}

/// What is offered before STARTTLS, where there is such a thing.
const IN_CLEAR: &str = "250-next.example|250 STARTTLS";

const EHLO: &str = "250-next.example|250-SIZE 60000000|250-8BITMIME|250-SMTPUTF8|250-DSN|\
                    250 ENHANCEDSTATUSCODES";

impl Session {
    /// None when the session is over.
    fn run(mut self) -> Option<()> {
        if self.next_hop.at_once {
            self.start_tls();
        }
        self.act("greeting", "220 next.example ESMTP")?;
        loop {
            let mut line = Vec::new();
            if self.stream.read_until(b'\n', &mut line).ok()? == 0 {
                return None;
            }
            let line = String::from_utf8_lossy(&line)
                .trim_end_matches("\r\n")
                .to_owned();
            self.next_hop.books().commands.push(line.clone());
            match line.get(..4).unwrap_or_default() {
                "EHLO" if self.next_hop.lmtp => self.act("other", "500 5.5.1 LHLO")?,
                "EHLO" if self.is_clear() => self.act("EHLO in clear", IN_CLEAR)?,
                "EHLO" => self.act("EHLO", EHLO)?,
                "LHLO" if self.next_hop.lmtp => self.act("LHLO", EHLO)?,
                "XFOR" => self.act("XFORWARD", "250 2.0.0 Ok")?,
                "STAR" => {
                    if self.act("STARTTLS", "220 2.0.0 Go on")? {
                        self.start_tls();
                    }
                    continue;
                }
                "MAIL" => {
                    self.recipients = 0;
                    self.act("MAIL", "250 2.1.0 Sender ok")?
                }
                "RCPT" => {
                    let taken = self.act("RCPT", "250 2.1.5 Recipient ok")?;
                    self.recipients += usize::from(taken);
                    taken
                }
                "RSET" => self.act("RSET", "250 2.0.0 Reset")?,
                "QUIT" => return None,
                "DATA" => {
                    if self.act("DATA", "354 Go on")? {
                        self.content()?;
                    }
                    continue;
                }
                _ => self.act("other", "500 5.5.1 What?")?,
            };
        }
    }

    /// It could be encrypted, and is not.
    fn is_clear(&self) -> bool {
        self.next_hop.tls.is_some() && matches!(self.stream.get_ref(), Stream::Plain(_))
    }

    fn start_tls(&mut self) {
        let ended = BufReader::new(Stream::Ended);
        let stream = std::mem::replace(&mut self.stream, ended).into_inner();
        if let (Stream::Plain(stream), Some(config)) = (stream, self.next_hop.tls.clone()) {
            let connection = ServerConnection::new(config).unwrap();
            let stream = StreamOwned::new(connection, stream);
            self.stream = BufReader::new(Stream::Tls(Box::new(stream)));
        }
    }

    fn content(&mut self) -> Option<()> {
        let mut content = Vec::new();
        let mut first = true;
        loop {
            let mut line = Vec::new();
            if self
                .stream
                .read_until(b'\n', &mut line)
                .ok()
                .filter(|count| *count > 0)
                .is_none()
            {
                self.next_hop.books().cut_short += 1;
                return None;
            }
            if std::mem::take(&mut first) {
                self.next_hop.books().begun += 1;
                self.act("content", "")?;
            }
            if line == b".\r\n" && (content.is_empty() || content.ends_with(b"\r\n")) {
                break;
            }
            let transparency = usize::from(line.starts_with(b"."));
            content.extend_from_slice(&line[transparency..]);
        }
        self.next_hop.books().ended.push(content.clone());
        let answers = if self.next_hop.lmtp {
            self.recipients
        } else {
            1
        };
        let mut kept = false;
        for _ in 0..answers {
            let act = self.choice("end", "250 2.0.0 Kept");
            // The books are told before the answer: whoever has it may look.
            if let Act::Say(text) | Act::SayAndDie(text) | Act::SayLate(text, _) = act
                && text.starts_with('2')
                && !std::mem::replace(&mut kept, true)
            {
                self.next_hop.books().messages.push(content.clone());
            }
            self.perform(act)?;
        }
        Some(())
    }

    fn choice(&self, stage: &'static str, usual: &'static str) -> Act {
        let mut books = self.next_hop.books();
        let once = books.once.get_mut(stage).filter(|acts| !acts.is_empty());
        let once = once.map(|acts| acts.remove(0));
        once.or_else(|| books.always.get(stage).cloned())
            .unwrap_or(Act::Say(usual))
    }

    fn act(&mut self, stage: &'static str, usual: &'static str) -> Option<bool> {
        let act = self.choice(stage, usual);
        self.perform(act)
    }

    /// Whether it was a yes; None when it dies.
    fn perform(&mut self, act: Act) -> Option<bool> {
        let (text, dies) = match act {
            Act::Say(text) => (text, false),
            Act::SayAndDie(text) => (text, true),
            Act::SayLate(text, late) => {
                std::thread::sleep(late);
                (text, false)
            }
            Act::Raw(bytes) => {
                self.stream.get_mut().write_all(bytes).ok()?;
                self.stream.get_mut().flush().ok()?;
                ("", false)
            }
            Act::Drip(line, pause) => loop {
                std::thread::sleep(pause);
                let line = format!("{line}\r\n");
                self.stream.get_mut().write_all(line.as_bytes()).ok()?;
            },
            Act::Die => ("", true),
        };
        if !text.is_empty() {
            let lines = format!("{}\r\n", text.replace('|', "\r\n"));
            self.stream.get_mut().write_all(lines.as_bytes()).ok()?;
            self.stream.get_mut().flush().ok()?;
        }
        (!dies).then_some(text.starts_with(['2', '3']))
    }
}
