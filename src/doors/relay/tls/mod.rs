//! TLS (RFC 3207, RFC 8314), with rustls: towards the next hop, and for clients.

mod clients;
mod next_hop;
mod signatures;

pub use clients::{Fingerprint, TlsForClients};
pub use next_hop::{NextHopTls, Tls};
