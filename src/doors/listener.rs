//! TCP or Unix socket as one type: the address, who listens there, and what is accepted.

use std::fmt;
use std::fs::Permissions;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::str::FromStr;
use std::task::{Context, Poll};

use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::runtime::Handle;
use tokio_rustls::TlsStream;

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
    (is_host && port.parse::<u16>().is_ok())
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

/// A connection, accepted or made.
pub enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
    /// Either side of TLS, over one of the others.
    Tls(Box<TlsStream<Stream>>),
    /// What has been read of another already, and then that one.
    Behind(Vec<u8>, Box<Stream>),
    /// Nobody.
    Closed,
}

impl Stream {
    /// The same with what has been read of it put back.
    pub fn behind(self, came: Vec<u8>) -> Self {
        if came.is_empty() {
            return self;
        }
        Self::Behind(came, Box::new(self))
    }

    /// To a host and port, or a Unix socket.
    pub async fn connect(address: &Destination) -> io::Result<Self> {
        match address {
            Destination::Tcp(address) => {
                let stream = TcpStream::connect(address).await?;
                // It fails only for who is gone again.
                let _ = stream.set_nodelay(true);
                Ok(Self::Tcp(stream))
            }
            Destination::Unix(path) => UnixStream::connect(path).await.map(Self::Unix),
        }
    }

    /// Acknowledges at once what has come. A peer with Nagle's algorithm keeps back its next bytes
    /// until then, and whoever gives no answer to carry it does so after 40 ms only (RFC 9293 §3.7.4).
    pub fn acknowledge(&self) {
        #[cfg(target_os = "linux")]
        if let Self::Tcp(stream) = self {
            let _ = stream.set_quickack(true);
        }
    }

    /// Heard by another runtime from now on.
    pub fn moved_to(self, runtime: &Handle) -> io::Result<Self> {
        let _entered = runtime.enter();
        Ok(match self {
            Self::Tcp(stream) => Self::Tcp(TcpStream::from_std(stream.into_std()?)?),
            Self::Unix(stream) => Self::Unix(UnixStream::from_std(stream.into_std()?)?),
            Self::Tls(mut stream) => {
                let (inner, _) = stream.get_mut();
                *inner = std::mem::replace(inner, Self::Closed).moved_to(runtime)?;
                Self::Tls(stream)
            }
            Self::Behind(came, stream) => Self::Behind(came, Box::new(stream.moved_to(runtime)?)),
            Self::Closed => Self::Closed,
        })
    }

    /// What has come, without waiting for it: `WouldBlock`, where that is nothing.
    pub async fn read_at_once(&mut self, buffer: &mut Vec<u8>) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_read_buf(buffer),
            Self::Unix(stream) => stream.try_read_buf(buffer),
            Self::Tls(_) | Self::Behind(..) | Self::Closed => {
                let mut read = pin!(self.read_buf(buffer));
                poll_fn(|context| match read.as_mut().poll(context) {
                    Poll::Ready(read) => Poll::Ready(read),
                    Poll::Pending => Poll::Ready(Err(io::ErrorKind::WouldBlock.into())),
                })
                .await
            }
        }
    }

    pub fn is_tls(&self) -> bool {
        matches!(self, Self::Tls(_))
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

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Unix(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Behind(came, stream) if came.is_empty() => {
                Pin::new(stream.as_mut()).poll_read(context, buffer)
            }
            Self::Behind(came, _) => {
                let count = came.len().min(buffer.remaining());
                buffer.put_slice(&came[..count]);
                came.drain(..count);
                Poll::Ready(Ok(()))
            }
            Self::Closed => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Behind(_, stream) => Pin::new(stream.as_mut()).poll_write(context, bytes),
            Self::Closed => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(context),
            Self::Unix(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
            Self::Behind(_, stream) => Pin::new(stream.as_mut()).poll_flush(context),
            Self::Closed => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Behind(_, stream) => Pin::new(stream.as_mut()).poll_shutdown(context),
            Self::Closed => Poll::Ready(Ok(())),
        }
    }
}
