//! TCP or Unix socket as one type: the address, who listens there, and what is accepted.

mod address;
mod stream;

use std::fs::Permissions;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;

use tokio::net::{TcpListener, UnixListener, UnixStream};

pub use address::{Address, Destination, host_and_port};
pub use stream::Stream;

pub enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// A listening socket that was there before us.
pub enum Inherited {
    Tcp(std::net::TcpListener),
    Unix(std::os::unix::net::UnixListener),
}

impl Inherited {
    /// Where it listens, as the settings would name it.
    pub fn address(&self) -> Option<String> {
        match self {
            Self::Tcp(listener) => Some(listener.local_addr().ok()?.to_string()),
            Self::Unix(listener) => {
                let address = listener.local_addr().ok()?;
                Some(address.as_pathname()?.display().to_string())
            }
        }
    }
}

/// What a process that died left behind is in nobody's way; what somebody listens on is.
async fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    let bound = match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            if is_somebody_there(path).await || !is_socket(path) {
                return Err(error);
            }
            std::fs::remove_file(path)?;
            UnixListener::bind(path)?
        }
        bound => bound?,
    };
    // Who may come in is for the folder to say, as an MTA runs under another user.
    std::fs::set_permissions(path, Permissions::from_mode(0o666))?;
    Ok(bound)
}

async fn is_somebody_there(path: &Path) -> bool {
    let refused = io::ErrorKind::ConnectionRefused;
    !UnixStream::connect(path)
        .await
        .is_err_and(|error| error.kind() == refused)
}

fn is_socket(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket())
}

impl Listener {
    pub async fn bind(address: &Address) -> io::Result<Self> {
        match address {
            Address::Tcp(address) => TcpListener::bind(address.as_str()).await.map(Self::Tcp),
            Address::Unix(path) => bind_unix(path).await.map(Self::Unix),
        }
    }

    /// A socket that somebody else opened for us, as systemd does.
    pub fn inherited(socket: Inherited) -> io::Result<Self> {
        match socket {
            Inherited::Tcp(listener) => {
                listener.set_nonblocking(true)?;
                TcpListener::from_std(listener).map(Self::Tcp)
            }
            Inherited::Unix(listener) => {
                listener.set_nonblocking(true)?;
                UnixListener::from_std(listener).map(Self::Unix)
            }
        }
    }

    /// The next connection, and who it is from; nobody on a Unix socket.
    pub async fn accept(&self) -> io::Result<(Stream, Option<SocketAddr>)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                // Replies are small and waited for. It fails only for who is gone again.
                let _ = stream.set_nodelay(true);
                Ok((Stream::Tcp(stream), Some(peer)))
            }
            Self::Unix(listener) => listener
                .accept()
                .await
                .map(|(stream, _)| (Stream::Unix(stream), None)),
        }
    }

    /// Where it listens in fact: the port, where 0 was asked for.
    pub fn local_address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok(),
            Self::Unix(_) => None,
        }
    }

    /// The same for people, or the path of a socket.
    pub fn place(&self) -> String {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(|place| place.to_string()),
            Self::Unix(listener) => listener.local_addr().map(|place| {
                let path = place.as_pathname().unwrap_or(Path::new("?"));
                path.display().to_string()
            }),
        }
        .unwrap_or_else(|_| "?".into())
    }
}
