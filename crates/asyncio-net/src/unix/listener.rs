use super::UnixStream;
use crate::addr::AddrError;
use asyncio_reactor::{Async, Interest, ReadWith};
use futures_core::Stream;
use std::fmt;
use std::future::Future;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{self, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A socket that accepts connections at a path.
///
/// The file at the path is left behind when the listener is dropped;
/// [`start_unix_server`](crate::start_unix_server) cleans up.
///
/// ```
/// use asyncio_net::{UnixListener, UnixStream};
///
/// # futures_lite::future::block_on(async {
/// # let dir = std::env::temp_dir().join(format!("asyncio-net-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&dir)?;
/// let path = dir.join("socket");
/// let listener = UnixListener::bind(&path)?;
/// let _ours = UnixStream::connect(&path).await?;
/// let (_theirs, _) = listener.accept().await?;
/// # std::fs::remove_dir_all(&dir)?;
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub struct UnixListener {
    io: Async<net::UnixListener>,
}

impl UnixListener {
    /// Binds to `path`, which must not exist, and listens.
    ///
    /// # Errors
    ///
    /// The system's, with the path in the message: `AddrInUse`, `PermissionDenied`.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<UnixListener> {
        let path = path.as_ref();
        let bound = net::UnixListener::bind(path);
        UnixListener::from_std(
            bound.map_err(|error| AddrError::wrap("bind to", path.display(), error))?,
        )
    }

    /// Takes over a listener of the standard library, and makes it non-blocking.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn from_std(listener: net::UnixListener) -> io::Result<UnixListener> {
        Ok(UnixListener { io: Async::new(listener)? })
    }

    pub(crate) fn of(io: Async<net::UnixListener>) -> UnixListener {
        UnixListener { io }
    }

    /// Accepts a connection. Any number of tasks may wait.
    ///
    /// # Errors
    ///
    /// The system's: above all that descriptors or memory have run out. The listener goes on.
    ///
    /// # Cancel safety
    ///
    /// No connection is lost.
    #[track_caller]
    pub fn accept(&self) -> UnixAccept<'_> {
        UnixAccept(self.io.read_with(accept))
    }

    /// The same for those who poll by hand. One task waits at a time: a later one replaces it.
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(UnixStream, SocketAddr)>> {
        self.io.poll_io(cx, Interest::Readable, accept).map_ok(accepted)
    }

    /// The connections as a stream that never ends.
    pub fn incoming(&self) -> UnixIncoming<'_> {
        UnixIncoming { listener: self }
    }

    /// The address that is listened on.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.get_ref().local_addr()
    }

    /// The listener below. It is non-blocking.
    pub fn get_ref(&self) -> &net::UnixListener {
        self.io.get_ref()
    }
}

type Try = fn(&net::UnixListener) -> io::Result<(net::UnixStream, SocketAddr)>;

/// See [`UnixListener::accept`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct UnixAccept<'a>(ReadWith<'a, net::UnixListener, Try>);

impl Future for UnixAccept<'_> {
    type Output = io::Result<(UnixStream, SocketAddr)>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map_ok(accepted)
    }
}

fn accepted((stream, peer): (net::UnixStream, SocketAddr)) -> (UnixStream, SocketAddr) {
    (UnixStream::from_nonblocking(stream), peer)
}

/// One try. A connection that ended while it waited is not the listener's failure.
fn accept(listener: &net::UnixListener) -> io::Result<(net::UnixStream, SocketAddr)> {
    loop {
        match listener.accept() {
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => return Err(error),
            Ok((stream, peer)) => {
                stream.set_nonblocking(true)?;
                return Ok((stream, peer));
            }
        }
    }
}

impl AsFd for UnixListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.get_ref().as_fd()
    }
}

impl fmt::Debug for UnixListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get_ref().fmt(f)
    }
}

/// See [`UnixListener::incoming`].
#[derive(Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct UnixIncoming<'a> {
    listener: &'a UnixListener,
}

impl Stream for UnixIncoming<'_> {
    type Item = io::Result<UnixStream>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.listener.poll_accept(cx).map(|accepted| Some(accepted.map(|(stream, _)| stream)))
    }
}
