//! What the relaying doors share: commands, replies, sessions, the next hop.

mod alarm;
mod asking;
mod behind;
mod client;
mod command;
mod data;
mod door;
mod extensions;
mod maildir;
mod message;
mod networks;
mod next_hop;
mod phase;
mod pool;
mod probe;
mod received;
mod reply;
mod session;
mod settings;
mod tls;
mod wire;
mod workers;

pub use asking::{Question, untouched};
pub use behind::Settings as BehindSettings;
pub use client::{Encryption, Hop, Settings as ClientSettings};
pub use data::BareNewline;
pub use door::{Entrance, run};
pub use maildir::prepare as prepare_maildir;
pub use networks::Networks;
pub use next_hop::{NextHop, NextHops};
pub use phase::Phase;
pub use pool::Pool;
pub use probe::{Secrecy, Seen, plain, probe};
pub use settings::{Access, Limits, Protocol, Settings};
pub use tls::{Fingerprint, NextHopTls, Tls, TlsForClients};
pub use workers::Workers;
