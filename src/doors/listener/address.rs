//! Where somebody listens.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};

/// `host:port`, or `/path/to/socket`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    Tcp(String),
    Unix(PathBuf),
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with('/') {
            return Ok(Self::Unix(text.into()));
        }
        host_and_port(text).map(|()| Self::Tcp(text.to_owned()))
    }
}

/// A host name or address and a port, an IPv6 address in brackets.
pub fn host_and_port(text: &str) -> Result<(), String> {
    let wrong = || format!("not an address: {text:?} (as in \"127.0.0.1:25\")");
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let is_host = match host.strip_prefix('[') {
        Some(bracketed) => bracketed
            .strip_suffix(']')
            .is_some_and(|ip| ip.parse::<IpAddr>().is_ok()),
        None => !host.is_empty() && host.chars().all(name),
    };
    (is_host && port.parse::<u16>().is_ok() && !port.starts_with('+'))
        .then_some(())
        .ok_or_else(wrong)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => f.write_str(address),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// An [`Address`] whose host name was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

impl Address {
    /// All that it stands for, in the order in which they are to be tried.
    pub async fn look_up(&self) -> io::Result<Vec<Destination>> {
        match self {
            Self::Unix(path) => Ok(vec![Destination::Unix(path.clone())]),
            Self::Tcp(address) => match address.parse() {
                Ok(address) => Ok(vec![Destination::Tcp(address)]),
                Err(_) => {
                    let found = tokio::net::lookup_host(address.as_str()).await?;
                    Ok(found.map(Destination::Tcp).collect())
                }
            },
        }
    }
}
