//! Where the doors listen: sockets that were opened for us (systemd's socket activation), and our
//! own.

use anyhow::Context;
use listenfd::ListenFd;

use crate::doors::listener::{Address, Inherited, Listener};
use crate::doors::relay::Entrance;
use crate::settings::Loaded;

/// Those that somebody opened for us, until a door takes them.
pub struct Sockets {
    waiting: Vec<Inherited>,
    /// Unix sockets of our own, to be taken away with us.
    own: Vec<std::path::PathBuf>,
}

impl Sockets {
    /// `LISTEN_FDS` (sd_listen_fds(3)); to be called before there is a second thread.
    pub fn inherited() -> anyhow::Result<Self> {
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
            waiting.push(socket.context("LISTEN_FDS: a file descriptor is no listening socket")?);
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
        let wanted = address.to_string();
        let given = |socket: &Inherited| socket.address().as_ref() == Some(&wanted);
        let listener = match self.waiting.iter().position(given) {
            Some(place) => Listener::inherited(self.waiting.swap_remove(place)),
            None => {
                if let Address::Unix(path) = address {
                    self.own.push(path.clone());
                }
                Listener::bind(address).await
            }
        };
        listener.map_err(|error| {
            self.own
                .retain(|path| *address != Address::Unix(path.clone()));
            loaded.wrong(key, format!("cannot listen on {address}: {error}"))
        })
    }

    /// A socket that nobody takes is a mistake in one of two places: whoever connects to it would
    /// wait for ever.
    pub fn are_all_used(&self) -> anyhow::Result<()> {
        let Some(unused) = self.waiting.first() else {
            return Ok(());
        };
        let address = unused.address().unwrap_or_default();
        anyhow::bail!("LISTEN_FDS: no `listen` in the settings is {address}")
    }

    /// Of our own Unix sockets nothing stays.
    pub fn leave(self) {
        for path in self.own {
            let _ = std::fs::remove_file(path);
        }
    }
}
