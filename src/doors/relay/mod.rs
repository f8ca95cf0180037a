//! What the relaying doors share: commands, replies, sessions, the next hop.

mod behind;
mod client;
mod command;
mod data;
mod extensions;
mod maildir;
mod message;
mod networks;
mod next_hop;
mod received;
mod reply;
mod session;
mod tls;
mod transaction;
mod wire;

pub use behind::Settings as BehindSettings;
pub use client::Settings as ClientSettings;
pub use data::BareNewline;
pub use maildir::prepare as prepare_maildir;
pub use networks::Networks;
pub use next_hop::NextHop;
pub use session::{Phase, Session, Shared, turn_away};
pub use tls::{NextHopTls, Tls};
