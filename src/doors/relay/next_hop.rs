//! Where accepted mail goes: a URL, made once into a type.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};

use crate::doors::listener::{Address, host_and_port};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextHop {
    /// `smtp://host:port`
    Smtp(String),
    /// `smtps://host:port`
    Smtps(String),
    /// `lmtp://host:port`, `lmtp:///path/to/socket`
    Lmtp(Address),
    /// `maildir:///path/to/folder`
    Maildir(PathBuf),
}

/// One next hop or several, tried in order; a Maildir stands alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextHops(Vec<NextHop>);

impl NextHops {
    /// There is one at least.
    pub fn all(&self) -> &[NextHop] {
        &self.0
    }
}

impl FromStr for NextHops {
    type Err = String;

    /// Several are written with commas.
    fn from_str(text: &str) -> Result<Self, String> {
        let parsed: Result<Vec<NextHop>, _> =
            text.split(',').map(|url| url.trim().parse()).collect();
        let hops = parsed?;
        let alone = hops.iter().any(|hop| matches!(hop, NextHop::Maildir(_)));
        if alone && hops.len() > 1 {
            return Err("a maildir:// cannot be one of several next hops".into());
        }
        Ok(Self(hops))
    }
}

impl fmt::Display for NextHops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let urls: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&urls.join(","))
    }
}

impl Serialize for NextHops {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NextHops {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

impl NextHop {
    /// Whether what is sent there leaves the machine.
    pub fn is_local(&self) -> bool {
        let (Self::Smtp(address) | Self::Smtps(address) | Self::Lmtp(Address::Tcp(address))) = self
        else {
            return true;
        };
        let host = address.rsplit_once(':').map_or("", |(host, _)| host);
        let ip = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>();
        host == "localhost" || ip.is_ok_and(|ip| ip.to_canonical().is_loopback())
    }
}

impl FromStr for NextHop {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        const KNOWN: &str = "smtp://, smtps://, lmtp://, maildir://";
        let Some((scheme, rest)) = url.split_once("://") else {
            return Err(format!(
                "not a next hop: {url:?} (it begins with one of {KNOWN})"
            ));
        };
        // `smtp://host:25/` is what some write.
        let authority = || {
            let authority = rest.strip_suffix('/').unwrap_or(rest);
            host_and_port(authority).map(|()| authority.to_owned())
        };
        match scheme {
            "smtp" => authority().map(Self::Smtp),
            "smtps" => authority().map(Self::Smtps),
            "lmtp" if rest.starts_with('/') => Ok(Self::Lmtp(Address::Unix(rest.into()))),
            "lmtp" => authority().map(|authority| Self::Lmtp(Address::Tcp(authority))),
            "maildir" if rest.starts_with('/') => Ok(Self::Maildir(rest.into())),
            "maildir" => Err(format!(
                "not an absolute path: {url:?} (as in maildir:///path)"
            )),
            _ => Err(format!("unknown scheme {scheme}:// (known are {KNOWN})")),
        }
    }
}

impl fmt::Display for NextHop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Smtp(address) => write!(f, "smtp://{address}"),
            Self::Smtps(address) => write!(f, "smtps://{address}"),
            Self::Lmtp(address) => write!(f, "lmtp://{address}"),
            Self::Maildir(path) => write!(f, "maildir://{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_str() {
        let check = |url: &str, good: bool| {
            let parsed = url.parse::<NextHop>();
            assert_eq!(parsed.is_ok(), good, "{url}: {parsed:?}");
            if let (true, Ok(next_hop)) = (good, parsed) {
                assert_eq!(next_hop.to_string(), url.trim_end_matches('/'));
            }
        };
        check("smtp://127.0.0.1:25", true);
        check("smtp://[::1]:25/", true);
        check("lmtp:///run/dovecot/lmtp", true);
        check("maildir:///var/mail/alice", true);
        check("maildir://mail", false);
        check("smtp://localhost", false);
        check("ftp://localhost:21", false);
        check("localhost:25", false);
    }
}
