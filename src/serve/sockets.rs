//! Where the doors listen: sockets that were opened for us (systemd's socket activation), and our
//! own.

use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use listenfd::ListenFd;

use crate::doors::listener::{Address, Destination, Inherited, Listener};
use crate::doors::relay::Entrance;
use crate::settings::Loaded;

/// Those that somebody opened for us, until a door takes them.
pub struct Sockets {
    waiting: Vec<Given>,
    /// Unix sockets of our own, to be taken away with us: dropped, they are.
    own: Vec<Own>,
}

/// What somebody opened for us, and `FileDescriptorName=` of it.
struct Given {
    socket: Inherited,
    name: Option<String>,
}

/// A path, and which file it was: by the end it may be our successor's.
struct Own {
    path: PathBuf,
    file: Option<(u64, u64)>,
}

fn file_at(path: &Path) -> Option<(u64, u64)> {
    let found = std::fs::symlink_metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

impl Sockets {
    /// `LISTEN_FDS` (sd_listen_fds(3)); to be called before there is a second thread.
    pub fn inherited() -> anyhow::Result<Self> {
        let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
        let mut names = names.split(':');
        let mut given = ListenFd::from_env();
        let mut waiting = Vec::new();
        for number in 0..given.len() {
            let tcp = given.take_tcp_listener(number).ok().flatten();
            let socket = match tcp {
                Some(tcp) => Some(Inherited::Tcp(tcp)),
                None => {
                    let unix = given.take_unix_listener(number).ok().flatten();
                    unix.map(Inherited::Unix)
                }
            };
            let what = "LISTEN_FDS: a file descriptor is no listening socket";
            let socket = socket.context(what)?;
            let name = names.next().map(str::to_owned);
            waiting.push(Given { socket, name });
        }
        let own = Vec::new();
        Ok(Self { waiting, own })
    }

    /// Where a door of this section listens, in clear and with TLS.
    pub async fn entrances(
        &mut self,
        loaded: &Loaded,
        section: &str,
    ) -> anyhow::Result<Vec<Entrance>> {
        let relay = loaded.settings.relay(section);
        let mut entrances = Vec::new();
        let places = [
            ("listen", &relay.listen, false),
            ("tls_listen", &relay.tls_listen, true),
        ];
        for (key, address, tls) in places {
            if let Some(address) = address {
                let key = format!("{section}.{key}");
                let listener = self.listen(loaded, &key, address).await?;
                entrances.push(Entrance { listener, tls });
            }
        }
        Ok(entrances)
    }

    pub async fn listen(
        &mut self,
        loaded: &Loaded,
        key: &str,
        address: &Address,
    ) -> anyhow::Result<Listener> {
        let given = self.given_for(key, address).await;
        let taken = match given {
            Some(place) => Listener::inherited(self.waiting.remove(place).socket),
            None => Listener::bind(address).await,
        };
        let listener = taken.map_err(|error| {
            let what = format!("cannot listen on {address}: {error}");
            loaded.wrong(key, what)
        })?;
        if let (Address::Unix(path), None) = (address, given) {
            let (path, file) = (path.clone(), file_at(path));
            self.own.push(Own { path, file });
        }
        Ok(listener)
    }

    /// The one that listens where the settings say, or that bears the name of the door.
    async fn given_for(&self, key: &str, address: &Address) -> Option<usize> {
        if self.waiting.is_empty() {
            return None;
        }
        let wanted = address.to_string();
        let looked_up = address.look_up().await.unwrap_or_default();
        let is_there = |given: &Given| {
            let there = given.socket.address().unwrap_or_default();
            let is_at = |place: &Destination| match (place, there.parse()) {
                (Destination::Tcp(place), Ok(there)) => is_same(*place, there),
                _ => false,
            };
            there == wanted || looked_up.iter().any(is_at)
        };
        let door = key.trim_end_matches(".listen");
        let is_named = |given: &Given| given.name.as_deref() == Some(door);
        let mut waiting = self.waiting.iter();
        waiting
            .position(is_there)
            .or_else(|| self.waiting.iter().position(is_named))
    }

    /// A socket that nobody takes is a mistake in one of two places: whoever connects to it would
    /// wait for ever.
    pub fn are_all_used(&self) -> anyhow::Result<()> {
        let Some(unused) = self.waiting.first() else {
            return Ok(());
        };
        let address = unused.socket.address().unwrap_or_default();
        anyhow::bail!("LISTEN_FDS: no `listen` in the settings is {address}")
    }
}

/// All addresses of this machine, whether written for IPv4 or for both (`ListenStream=25`).
fn is_same(one: SocketAddr, other: SocketAddr) -> bool {
    let all = one.ip().is_unspecified() && other.ip().is_unspecified();
    one.port() == other.port() && (all || one.ip() == other.ip())
}

impl Drop for Sockets {
    fn drop(&mut self) {
        for own in &self.own {
            if own.file.is_some() && file_at(&own.path) == own.file {
                let _ = std::fs::remove_file(&own.path);
            }
        }
    }
}
