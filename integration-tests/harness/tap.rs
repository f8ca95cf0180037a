//! A wire that remembers: it carries bytes between a client and a server, and keeps what the client
//! said.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

pub struct Tap {
    pub address: String,
    said: Arc<Mutex<Vec<Session>>>,
}

type Session = Arc<Mutex<Vec<u8>>>;

impl Tap {
    /// In front of a server.
    pub fn start(server: &str) -> Self {
        Self::start_at("127.0.0.1:0", server)
    }

    pub fn start_at(address: &str, server: &str) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let tap = Self {
            address: listener.local_addr().unwrap().to_string(),
            said: Arc::default(),
        };
        let (server, said) = (server.to_owned(), tap.said.clone());
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let session = Session::default();
                said.lock().unwrap().push(session.clone());
                join(&client.unwrap(), &server, session);
            }
        });
        tap
    }

    /// The messages that clients sent by DATA, whole ones, without transparency; and those by BDAT.
    pub fn messages(&self) -> Vec<Vec<u8>> {
        let said = self.said.lock().unwrap();
        said.iter()
            .flat_map(|session| messages(&session.lock().unwrap()))
            .collect()
    }
}

/// A server that is not there is a connection that ends at once.
fn join(client: &TcpStream, server: &str, session: Session) {
    let Ok(server) = TcpStream::connect(server) else {
        return;
    };
    let (from_client, to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (from_server, to_client) = (server, client.try_clone().unwrap());
    std::thread::spawn(move || {
        carry(from_client, to_server, |piece| {
            session.lock().unwrap().extend_from_slice(piece);
        });
    });
    std::thread::spawn(move || carry(from_server, to_client, |_| {}));
}

fn carry(mut from: TcpStream, mut to: TcpStream, mut hear: impl FnMut(&[u8])) {
    let mut piece = vec![0; 1 << 16];
    while let Ok(count @ 1..) = from.read(&mut piece) {
        // Heard before it is carried: whoever sees what it led to may look.
        hear(&piece[..count]);
        if to.write_all(&piece[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

fn messages(session: &[u8]) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    let mut content: Option<Vec<u8>> = None;
    let mut chunks = Vec::new();
    let mut rest = session;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n');
        let (line, behind) = rest.split_at(end.map_or(rest.len(), |lf| lf + 1));
        rest = behind;
        match (&mut content, line) {
            (Some(_), b".\r\n") => messages.extend(content.take()),
            (Some(content), _) => {
                content.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
            }
            (None, b"DATA\r\n") => content = Some(Vec::new()),
            (None, _) => {
                let Some((size, last)) = chunk(line) else {
                    continue;
                };
                let (here, behind) = rest.split_at(size.min(rest.len()));
                chunks.extend_from_slice(here);
                rest = behind;
                if last && here.len() == size {
                    messages.push(std::mem::take(&mut chunks));
                }
            }
        }
    }
    messages
}

/// `BDAT 12 LAST`: how much follows, and whether it is the end.
fn chunk(line: &[u8]) -> Option<(usize, bool)> {
    let line = std::str::from_utf8(line).ok()?.trim_end();
    let rest = line.strip_prefix("BDAT ")?;
    let size = rest.split(' ').next()?.parse().ok()?;
    Some((size, rest.ends_with(" LAST")))
}
