//! TCP, Unix socket or TLS as one type.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::runtime::Handle;
use tokio_rustls::TlsStream;

use super::Destination;

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

    /// Sends what goes at once, without waiting: `WouldBlock`, where that is nothing or nobody knows.
    pub fn write_at_once(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_write(bytes),
            Self::Unix(stream) => stream.try_write(bytes),
            Self::Tls(_) | Self::Behind(..) | Self::Closed => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    pub fn is_tls(&self) -> bool {
        matches!(self, Self::Tls(_))
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
