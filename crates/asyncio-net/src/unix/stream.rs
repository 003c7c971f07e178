use super::connect::UnixConnect;
use crate::split::{self, OwnedReadHalf, OwnedWriteHalf, ReadHalf, WriteHalf};
use asyncio_reactor::{Async, Readable, Writable};
use futures_io::{AsyncRead, AsyncWrite};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::unix::net::{self, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A connection over a Unix stream socket.
///
/// As [`TcpStream`](crate::TcpStream), with paths for addresses.
///
/// ```
/// use asyncio_net::UnixStream;
/// use futures_lite::{AsyncReadExt, AsyncWriteExt};
///
/// # futures_lite::future::block_on(async {
/// let (mut a, mut b) = UnixStream::pair()?;
/// a.write_all(b"hello").await?;
/// drop(a);
/// let mut text = String::new();
/// b.read_to_string(&mut text).await?;
/// assert_eq!(text, "hello");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub struct UnixStream {
    io: Async<net::UnixStream>,
}

impl UnixStream {
    /// Connects to the socket at `path`. If its queue is full this waits for room.
    ///
    /// # Errors
    ///
    /// The system's, with the path in the message: `NotFound`, `ConnectionRefused`,
    /// `PermissionDenied`.
    ///
    /// # Cancel safety
    ///
    /// The socket is closed.
    #[track_caller]
    pub fn connect(path: impl AsRef<Path>) -> UnixConnect {
        UnixConnect::new(path.as_ref().to_owned())
    }

    /// Two connected sockets.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn pair() -> io::Result<(UnixStream, UnixStream)> {
        let (a, b) = net::UnixStream::pair()?;
        Ok((UnixStream::from_std(a)?, UnixStream::from_std(b)?))
    }

    /// Takes over a stream of the standard library, and makes it non-blocking.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn from_std(stream: net::UnixStream) -> io::Result<UnixStream> {
        Ok(UnixStream { io: Async::new(stream)? })
    }

    pub(super) fn from_nonblocking(stream: net::UnixStream) -> UnixStream {
        UnixStream { io: Async::new_nonblocking(stream) }
    }

    pub(super) fn of(io: Async<net::UnixStream>) -> UnixStream {
        UnixStream { io }
    }

    /// Reads into `buf` what is there, zero bytes at the end.
    pub fn poll_read(&self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut &self.io).poll_read(cx, buf)
    }

    /// Reads into memory that need not be initialised, and says how many bytes at its begin are
    /// now.
    pub fn poll_read_uninit(
        &self,
        cx: &mut Context<'_>,
        buf: &mut [MaybeUninit<u8>],
    ) -> Poll<io::Result<usize>> {
        self.io.poll_read_uninit(cx, buf)
    }

    /// Reads into the spare capacity of `buf`, never more than that, and says how many bytes were
    /// added.
    pub fn poll_read_spare(
        &self,
        cx: &mut Context<'_>,
        buf: &mut Vec<u8>,
    ) -> Poll<io::Result<usize>> {
        self.io.poll_read_spare(cx, buf)
    }

    /// Writes some of `buf`.
    pub fn poll_write(&self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut &self.io).poll_write(cx, buf)
    }

    /// Writes some of `bufs` with one system call.
    pub fn poll_write_vectored(
        &self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut &self.io).poll_write_vectored(cx, bufs)
    }

    /// Waits until a read would not block.
    ///
    /// # Errors
    ///
    /// The system's.
    #[track_caller]
    pub fn readable(&self) -> Readable<'_, net::UnixStream> {
        self.io.readable()
    }

    /// Waits until a write would not block.
    ///
    /// # Errors
    ///
    /// The system's.
    #[track_caller]
    pub fn writable(&self) -> Writable<'_, net::UnixStream> {
        self.io.writable()
    }

    /// Ends one direction or both.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.get_ref().shutdown(how)
    }

    /// Two halves that borrow the stream.
    pub fn split(&self) -> (ReadHalf<'_, UnixStream>, WriteHalf<'_, UnixStream>) {
        (ReadHalf { socket: self }, WriteHalf { socket: self })
    }

    /// Two halves that share the stream, for two tasks.
    pub fn into_split(self) -> (OwnedReadHalf<UnixStream>, OwnedWriteHalf<UnixStream>) {
        split::into_split(self)
    }

    /// The address of this side.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.get_ref().local_addr()
    }

    /// The address of the other side.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.get_ref().peer_addr()
    }

    /// The stream below. It is non-blocking.
    pub fn get_ref(&self) -> &net::UnixStream {
        self.io.get_ref()
    }

    /// Gives the stream back to the standard library. It is still non-blocking.
    ///
    /// # Errors
    ///
    /// The system's, when it is taken from the reactor.
    pub fn into_std(self) -> io::Result<net::UnixStream> {
        self.io.into_inner()
    }
}

crate::traits::stream_traits!(UnixStream);
