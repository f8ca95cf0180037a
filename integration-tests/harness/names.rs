//! A name server on loopback that knows the hosts of a test, and says of all others that they do
//! not exist (RFC 1035).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU8, Ordering};

pub struct Names {
    address: IpAddr,
}

impl Names {
    /// `mx.example.net` is the mail server of `example.net`. It is there as long as the tests run.
    pub fn start(hosts: &[(&str, Ipv4Addr)]) -> Self {
        let hosts: HashMap<String, Ipv4Addr> = hosts
            .iter()
            .map(|(name, address)| ((*name).to_owned(), *address))
            .collect();
        let socket = UdpSocket::bind((free_address(), 53)).unwrap();
        let address = socket.local_addr().unwrap().ip();
        std::thread::spawn(move || {
            let mut query = [0; 1 << 12];
            while let Ok((length, client)) = socket.recv_from(&mut query) {
                if let Some(reply) = reply(&query[..length], &hosts) {
                    let _ = socket.send_to(&reply, client);
                }
            }
        });
        Self { address }
    }

    pub fn resolv_conf(&self) -> String {
        format!("nameserver {}\n", self.address)
    }
}

/// On loopback, where nobody else listens on the port for mail.
pub fn free_address() -> Ipv4Addr {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    // Of others, in other runs of the tests.
    let [.., high, low] = std::process::id().to_be_bytes();
    loop {
        let last = NEXT.fetch_add(1, Ordering::Relaxed);
        assert_ne!(last, u8::MAX, "addresses enough");
        let address = Ipv4Addr::new(127, 64 | (high >> 2), low, last);
        if TcpListener::bind((address, 25)).is_ok() {
            return address;
        }
    }
}

const A: u16 = 1;
const MX: u16 = 15;
const HEADER_BYTES: usize = 12;
const NO_SUCH_NAME: u8 = 3;

/// To the one question of a query.
fn reply(query: &[u8], hosts: &HashMap<String, Ipv4Addr>) -> Option<Vec<u8>> {
    let (name, kind, end) = question(query)?;
    let server = format!("mx.{name}");
    let answer = match kind {
        A => hosts.get(&name).map(|address| address.octets().to_vec()),
        MX if hosts.contains_key(&server) => {
            let labels = server.split('.');
            let encoded = labels.flat_map(|label| {
                let length = u8::try_from(label.len()).unwrap();
                std::iter::once(length).chain(label.bytes())
            });
            Some([0, 10].into_iter().chain(encoded).chain([0]).collect())
        }
        _ => None,
    };
    let known = hosts.contains_key(&name) || hosts.contains_key(&server);
    let mut reply = query[..2].to_vec();
    reply.extend([0x85, 0x80 | if known { 0 } else { NO_SUCH_NAME }]);
    reply.extend([0, 1, 0, u8::from(answer.is_some()), 0, 0, 0, 0]);
    reply.extend(&query[HEADER_BYTES..end]);
    if let Some(data) = answer {
        // The name stands in the question; class IN, good for a minute.
        reply.extend([0xc0, HEADER_BYTES as u8]);
        reply.extend(kind.to_be_bytes());
        reply.extend([0, 1, 0, 0, 0, 60]);
        reply.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        reply.extend(data);
    }
    Some(reply)
}

/// Name and type asked for, and where the question ends.
fn question(query: &[u8]) -> Option<(String, u16, usize)> {
    let mut labels = Vec::new();
    let mut at = HEADER_BYTES;
    loop {
        let length = usize::from(*query.get(at)?);
        let label = query.get(at + 1..at + 1 + length)?;
        at += 1 + length;
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(label).to_lowercase());
    }
    let kind = u16::from_be_bytes(query.get(at..at + 2)?.try_into().ok()?);
    query.get(at + 2..at + 4)?;
    Some((labels.join("."), kind, at + 4))
}
