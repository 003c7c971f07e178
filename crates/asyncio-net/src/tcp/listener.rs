use crate::TcpStream;
use crate::addr::Addrs;
use crate::bind::{Bind, BindTo};
use crate::listen::ListenOptions;
use crate::lookup::{Lookup, Purpose};
use asyncio_reactor::{Async, Interest, ReadWith};
use futures_core::Stream;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A socket that accepts TCP connections.
///
/// Listening does not stop because accepting once failed: a connection that was given up by its
/// peer is passed over, and after any other error, as when descriptors have run out, the next
/// `accept` tries again.
///
/// ```
/// use asyncio_net::{TcpListener, TcpStream};
/// use futures_lite::{AsyncReadExt, AsyncWriteExt, future};
///
/// # future::block_on(async {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let addr = listener.local_addr()?;
/// let client = async {
///     let mut stream = TcpStream::connect(addr).await?;
///     stream.write_all(b"hello").await
/// };
/// let server = async {
///     let (mut stream, _peer) = listener.accept().await?;
///     let mut text = String::new();
///     stream.read_to_string(&mut text).await?;
///     Ok::<_, std::io::Error>(text)
/// };
/// let (sent, text) = future::zip(client, server).await;
/// assert_eq!((sent?, text?.as_str()), ((), "hello"));
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub struct TcpListener {
    io: Async<std::net::TcpListener>,
}

impl TcpListener {
    /// Binds to the first of the addresses that can be bound, and listens. Port 0 takes a free
    /// one. An empty host is every interface.
    ///
    /// # Errors
    ///
    /// As [`lookup_host`](crate::lookup_host), and the system's, with the address in the message:
    /// `AddrInUse`, `AddrNotAvailable`, `PermissionDenied`.
    ///
    /// # Cancel safety
    ///
    /// Nothing is bound before it is ready.
    #[track_caller]
    pub fn bind(addrs: impl Into<Addrs>) -> Bind<TcpListener> {
        Bind::new(Lookup::new(addrs.into(), Purpose::Listen))
    }

    /// Binds to this address, and listens. Needs no lookup, and no waiting.
    ///
    /// # Errors
    ///
    /// The system's, with the address in the message.
    pub fn bind_addr(addr: SocketAddr) -> io::Result<TcpListener> {
        let options = ListenOptions::default();
        let socket = options.bind(addr)?;
        socket.listen(options.backlog)?;
        Ok(TcpListener { io: Async::new_nonblocking(socket.into()) })
    }

    /// Takes over a listener of the standard library, and makes it non-blocking.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn from_std(listener: std::net::TcpListener) -> io::Result<TcpListener> {
        Ok(TcpListener { io: Async::new(listener)? })
    }

    pub(crate) fn of(io: Async<std::net::TcpListener>) -> TcpListener {
        TcpListener { io }
    }

    /// Accepts a connection: the stream and the peer's address. Any number of tasks may wait.
    ///
    /// # Errors
    ///
    /// The system's: above all that descriptors or memory have run out. The listener goes on.
    ///
    /// # Cancel safety
    ///
    /// No connection is lost.
    #[track_caller]
    pub fn accept(&self) -> Accept<'_> {
        Accept(self.io.read_with(accept))
    }

    /// The same for those who poll by hand. One task waits at a time: a later one replaces it.
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        self.io.poll_io(cx, Interest::Readable, accept).map_ok(accepted)
    }

    /// The connections as a stream that never ends.
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming { listener: self }
    }

    /// The address that is listened on.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.get_ref().local_addr()
    }

    /// The listener below. It is non-blocking.
    pub fn get_ref(&self) -> &std::net::TcpListener {
        self.io.get_ref()
    }

    /// Gives the listener back to the standard library. It is still non-blocking.
    ///
    /// # Errors
    ///
    /// The system's, when it is taken from the reactor.
    pub fn into_std(self) -> io::Result<std::net::TcpListener> {
        self.io.into_inner()
    }
}

impl BindTo for TcpListener {
    fn bind_to(addr: SocketAddr) -> io::Result<TcpListener> {
        TcpListener::bind_addr(addr)
    }
}

type Try = fn(&std::net::TcpListener) -> io::Result<(std::net::TcpStream, SocketAddr)>;

/// See [`TcpListener::accept`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Accept<'a>(ReadWith<'a, std::net::TcpListener, Try>);

impl Future for Accept<'_> {
    type Output = io::Result<(TcpStream, SocketAddr)>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map_ok(accepted)
    }
}

fn accepted((stream, peer): (std::net::TcpStream, SocketAddr)) -> (TcpStream, SocketAddr) {
    (TcpStream::of(Async::new_nonblocking(stream)), peer)
}

/// One try. A connection that ended while it waited is not the listener's failure.
fn accept(listener: &std::net::TcpListener) -> io::Result<(std::net::TcpStream, SocketAddr)> {
    loop {
        match accept_nonblocking(listener) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            accepted => return accepted,
        }
    }
}

#[cfg(target_os = "linux")]
fn accept_nonblocking(
    listener: &std::net::TcpListener,
) -> io::Result<(std::net::TcpStream, SocketAddr)> {
    use rustix::net::{SocketFlags, acceptfrom_with};
    // One call for what are three otherwise.
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let (fd, peer) = acceptfrom_with(listener, flags)?;
    let peer = peer.and_then(|peer| SocketAddr::try_from(peer).ok());
    Ok((fd.into(), peer.ok_or(io::ErrorKind::ConnectionAborted)?))
}

#[cfg(not(target_os = "linux"))]
fn accept_nonblocking(
    listener: &std::net::TcpListener,
) -> io::Result<(std::net::TcpStream, SocketAddr)> {
    let (stream, peer) = listener.accept()?;
    stream.set_nonblocking(true)?;
    Ok((stream, peer))
}

impl AsFd for TcpListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.get_ref().as_fd()
    }
}

impl fmt::Debug for TcpListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.get_ref().fmt(f)
    }
}

/// See [`TcpListener::incoming`].
#[derive(Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct Incoming<'a> {
    listener: &'a TcpListener,
}

impl Stream for Incoming<'_> {
    type Item = io::Result<TcpStream>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.listener.poll_accept(cx).map(|accepted| Some(accepted.map(|(stream, _)| stream)))
    }
}
