//! Opening a connection: a reader and a writer.

use super::connection::Connection;
use super::io::Io;
use super::reader::{DEFAULT_LIMIT, StreamReader};
use super::writer::StreamWriter;
use crate::addr::Addrs;
use crate::connect::Connect;
use crate::{TcpStream, UnixConnect, UnixStream};
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Connects, and gives a reader and a writer.
///
/// Addresses, lookup and the order of attempts are as in [`TcpStream::connect`]. Small packets are
/// sent at once (no Nagle). The returned future has asyncio's keyword arguments as methods.
///
/// asyncio: `open_connection`.
///
/// # Errors
///
/// As [`TcpStream::connect`]; `InvalidInput` for a limit of zero.
///
/// # Cancel safety
///
/// The socket of the attempt is closed.
///
/// ```
/// use asyncio_net::{TcpListener, open_connection};
/// use futures_lite::AsyncWriteExt;
///
/// # futures_lite::future::block_on(async {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let (mut reader, _writer) = open_connection(listener.local_addr()?).limit(80).await?;
///
/// let (mut peer, _) = listener.accept().await?;
/// peer.write_all(b"hello\n").await?;
/// assert_eq!(reader.readline().await?, b"hello\n");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[track_caller]
pub fn open_connection(addrs: impl Into<Addrs>) -> OpenConnection {
    OpenConnection { connect: TcpStream::connect(addrs), limit: DEFAULT_LIMIT }
}

/// A connection that is being opened. See [`open_connection`].
#[must_use = "futures do nothing unless awaited"]
pub struct OpenConnection {
    connect: Connect,
    limit: usize,
}

impl OpenConnection {
    /// The limit of the reader; 64 KiB unless given.
    pub fn limit(mut self, limit: usize) -> OpenConnection {
        self.limit = limit;
        self
    }

    /// The address to connect from.
    pub fn local_addr(mut self, addr: SocketAddr) -> OpenConnection {
        self.connect.set_local(addr);
        self
    }
}

impl Future for OpenConnection {
    type Output = io::Result<(StreamReader, StreamWriter)>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if this.limit == 0 {
            let text = "the limit of a stream cannot be zero";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidInput, text)));
        }
        let (socket, _) = ready!(this.connect.poll_connect(cx))?;
        let stream = TcpStream::of(socket);
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_streams();
        Poll::Ready(Ok((reader.with_limit(this.limit), writer)))
    }
}

impl fmt::Debug for OpenConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenConnection").field("connect", &self.connect).finish()
    }
}

/// [`open_connection`] to a Unix socket.
///
/// asyncio: `open_unix_connection`. The limit is set by [`StreamReader::with_limit`].
///
/// # Errors
///
/// As [`UnixStream::connect`].
///
/// # Cancel safety
///
/// The socket is closed.
#[track_caller]
pub fn open_unix_connection(path: impl AsRef<Path>) -> OpenUnixConnection {
    OpenUnixConnection { connect: UnixStream::connect(path) }
}

/// See [`open_unix_connection`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct OpenUnixConnection {
    connect: UnixConnect,
}

impl Future for OpenUnixConnection {
    type Output = io::Result<(StreamReader, StreamWriter)>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.connect).poll(cx).map_ok(UnixStream::into_streams)
    }
}

fn streams(io: Io) -> (StreamReader, StreamWriter) {
    let connection = Connection::new(io, None);
    (StreamReader::of(connection.clone()), StreamWriter::of(connection))
}

impl TcpStream {
    /// Makes asyncio's streams of this connection: lines and messages on one side, a queue that
    /// flushes itself on the other.
    pub fn into_streams(self) -> (StreamReader, StreamWriter) {
        streams(Io::Tcp(self))
    }
}

impl UnixStream {
    /// Makes asyncio's streams of this connection.
    pub fn into_streams(self) -> (StreamReader, StreamWriter) {
        streams(Io::Unix(self))
    }
}
