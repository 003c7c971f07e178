use crate::addr::Addrs;
use crate::connect::Connect;
use crate::lookup::{Lookup, Purpose};
use crate::split::{self, OwnedReadHalf, OwnedWriteHalf, ReadHalf, WriteHalf};
use asyncio_reactor::{Async, Readable, Writable};
use futures_io::{AsyncRead, AsyncWrite};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A TCP connection.
///
/// Reads and writes through the traits of futures-io, for `TcpStream` and for `&TcpStream`;
/// `close` of the trait ends the sending side. One task may wait in each direction through the
/// traits and the `poll_*` methods, a later one replacing it; any number in
/// [`readable`](Self::readable), [`writable`](Self::writable) and [`peek`](Self::peek).
///
/// ```
/// use asyncio_net::{TcpListener, TcpStream};
/// use futures_lite::{AsyncReadExt, AsyncWriteExt};
///
/// # futures_lite::future::block_on(async {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let mut ours = TcpStream::connect(listener.local_addr()?).await?;
/// let (theirs, _) = listener.accept().await?;
/// let (mut reading, mut writing) = theirs.into_split();
///
/// ours.write_all(b"ping").await?;
/// ours.close().await?;
/// let mut text = Vec::new();
/// reading.read_to_end(&mut text).await?;
/// writing.write_all(&text).await?;
/// drop(writing);
///
/// text.clear();
/// ours.read_to_end(&mut text).await?;
/// assert_eq!(text, b"ping");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub struct TcpStream {
    pub(super) io: Async<std::net::TcpStream>,
}

impl TcpStream {
    /// Connects. A name's addresses are tried one after the other, in the resolver's order; the
    /// first that answers wins.
    ///
    /// # Errors
    ///
    /// As [`lookup_host`](crate::lookup_host), and the system's, with the address in the message:
    /// `ConnectionRefused`, `TimedOut`, `HostUnreachable`. If several addresses were tried, all
    /// their failures are in the message, and the kind is the first one's.
    ///
    /// # Cancel safety
    ///
    /// The socket of the attempt is closed.
    #[track_caller]
    pub fn connect(addrs: impl Into<Addrs>) -> Connect {
        Connect::new(Lookup::new(addrs.into(), Purpose::Connect))
    }

    /// Takes over a stream of the standard library, and makes it non-blocking.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn from_std(stream: std::net::TcpStream) -> io::Result<TcpStream> {
        Ok(TcpStream { io: Async::new(stream)? })
    }

    pub(crate) fn of(io: Async<std::net::TcpStream>) -> TcpStream {
        TcpStream { io }
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

    /// Waits until a read would not block: there is data, the end, or an error.
    ///
    /// # Errors
    ///
    /// The system's.
    #[track_caller]
    pub fn readable(&self) -> Readable<'_, std::net::TcpStream> {
        self.io.readable()
    }

    /// Waits until a write would not block.
    ///
    /// # Errors
    ///
    /// The system's.
    #[track_caller]
    pub fn writable(&self) -> Writable<'_, std::net::TcpStream> {
        self.io.writable()
    }

    /// Reads without taking: the same bytes come again.
    ///
    /// # Errors
    ///
    /// The system's.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    #[track_caller]
    pub fn peek<'a>(&'a self, buf: &'a mut [u8]) -> Peek<'a> {
        Peek { ready: self.io.readable(), buf }
    }

    /// Ends one direction or both.
    ///
    /// # Errors
    ///
    /// `NotConnected` if the connection is over.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.io.get_ref().shutdown(how)
    }

    /// Two halves that borrow the stream.
    pub fn split(&self) -> (ReadHalf<'_, TcpStream>, WriteHalf<'_, TcpStream>) {
        (ReadHalf { socket: self }, WriteHalf { socket: self })
    }

    /// Two halves that share the stream, for two tasks.
    pub fn into_split(self) -> (OwnedReadHalf<TcpStream>, OwnedWriteHalf<TcpStream>) {
        split::into_split(self)
    }

    /// The address of this side.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.get_ref().local_addr()
    }

    /// The address of the other side.
    ///
    /// # Errors
    ///
    /// `NotConnected` if the connection is over.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.get_ref().peer_addr()
    }

    /// The stream below. It is non-blocking.
    pub fn get_ref(&self) -> &std::net::TcpStream {
        self.io.get_ref()
    }

    /// Gives the stream back to the standard library. It is still non-blocking.
    ///
    /// # Errors
    ///
    /// The system's, when it is taken from the reactor.
    pub fn into_std(self) -> io::Result<std::net::TcpStream> {
        self.io.into_inner()
    }
}

crate::traits::stream_traits!(TcpStream);

crate::datagram::receiving! {
    /// See [`TcpStream::peek`].
    Peek, std::net::TcpStream, usize, peek
}
