//! A scriptable SMTP server: it answers as told, and keeps what it got.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

/// What to do at a stage: `greeting`, a command's verb, `content` (with the first line of it), `end`.
#[derive(Debug, Clone)]
pub enum Act {
    /// Lines without CR LF, joined by `|`.
    Say(&'static str),
    SayAndDie(&'static str),
    Die,
}

/// What was seen.
#[derive(Debug, Default)]
pub struct Books {
    /// Every command line, of all sessions.
    pub commands: Vec<String>,
    /// Content (without transparency) whose end came and was answered 250.
    pub messages: Vec<Vec<u8>>,
    /// How many ended without their end of data.
    pub cut_short: usize,
    once: HashMap<&'static str, Vec<Act>>,
    always: HashMap<&'static str, Act>,
}

#[derive(Clone)]
pub struct NextHop {
    pub url: String,
    books: Arc<Mutex<Books>>,
}

impl NextHop {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let next_hop = Self {
            url,
            books: Arc::default(),
        };
        let server = next_hop.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let session = Session {
                    next_hop: server.clone(),
                    stream: stream.unwrap(),
                };
                std::thread::spawn(move || session.run());
            }
        });
        next_hop
    }

    pub fn address(&self) -> &str {
        self.url.strip_prefix("smtp://").unwrap()
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

struct Session {
    next_hop: NextHop,
    stream: TcpStream,
}

const EHLO: &str = "250-next.example|250-SIZE 60000000|250-8BITMIME|250-SMTPUTF8|250-DSN|\
                    250 ENHANCEDSTATUSCODES";

impl Session {
    /// None when the session is over.
    fn run(mut self) -> Option<()> {
        let mut input = BufReader::new(self.stream.try_clone().unwrap());
        self.act("greeting", "220 next.example ESMTP")?;
        loop {
            let mut line = Vec::new();
            if input.read_until(b'\n', &mut line).ok()? == 0 {
                return None;
            }
            let line = String::from_utf8_lossy(&line)
                .trim_end_matches("\r\n")
                .to_owned();
            self.next_hop.books().commands.push(line.clone());
            match line.get(..4).unwrap_or_default() {
                "EHLO" => self.act("EHLO", EHLO)?,
                "MAIL" => self.act("MAIL", "250 2.1.0 Sender ok")?,
                "RCPT" => self.act("RCPT", "250 2.1.5 Recipient ok")?,
                "RSET" => self.act("RSET", "250 2.0.0 Reset")?,
                "QUIT" => return None,
                "DATA" => {
                    if self.act("DATA", "354 Go on")? {
                        self.content(&mut input)?;
                    }
                    continue;
                }
                _ => self.act("other", "500 5.5.1 What?")?,
            };
        }
    }

    fn content(&mut self, input: &mut impl BufRead) -> Option<()> {
        let mut content = Vec::new();
        let mut first = true;
        loop {
            let mut line = Vec::new();
            if input
                .read_until(b'\n', &mut line)
                .ok()
                .filter(|count| *count > 0)
                .is_none()
            {
                self.next_hop.books().cut_short += 1;
                return None;
            }
            if std::mem::take(&mut first) {
                self.act("content", "")?;
            }
            if line == b".\r\n" && (content.is_empty() || content.ends_with(b"\r\n")) {
                break;
            }
            let transparency = usize::from(line.starts_with(b"."));
            content.extend_from_slice(&line[transparency..]);
        }
        // The books are told before the answer: whoever has it may look.
        let act = self.choice("end", "250 2.0.0 Kept");
        if let Act::Say(text) | Act::SayAndDie(text) = act
            && text.starts_with('2')
        {
            self.next_hop.books().messages.push(content);
        }
        self.perform(act).map(drop)
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
            Act::Die => ("", true),
        };
        if !text.is_empty() {
            let lines = format!("{}\r\n", text.replace('|', "\r\n"));
            self.stream.write_all(lines.as_bytes()).ok()?;
        }
        (!dies).then_some(text.starts_with(['2', '3']))
    }
}
