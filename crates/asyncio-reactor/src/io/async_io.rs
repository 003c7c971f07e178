use super::attempt::{attempt, probe};
use super::futures::{ReadWith, Readable, Writable, WriteWith};
use crate::driver::Handle;
use crate::source::{Interest, Source, Ticket, Waiter};
use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::panic::Location;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// An I/O object whose operations wait without blocking the thread.
///
/// `T` is whatever has a descriptor: `TcpStream`, `TcpListener`, `UdpSocket`, `UnixStream`, a pipe,
/// a terminal, a socket of the `socket2` crate. Put it in non-blocking mode with [`new`](Async::new)
/// and do with it what it can do through [`read_with`](Async::read_with) and
/// [`write_with`](Async::write_with), or through the `AsyncRead` and `AsyncWrite` traits, which
/// `Async<T>` and `&Async<T>` have when `T` and `&T` have `Read` and `Write`.
///
/// Any number of tasks may wait at once by way of the futures. The `poll_*` methods and the traits
/// keep one waker per direction, the last; the one it displaces is woken, so that nobody hangs.
///
/// ```
/// use asyncio_reactor::Async;
/// use futures_lite::{AsyncReadExt, AsyncWriteExt, future};
/// use std::os::unix::net::UnixStream;
///
/// # fn main() -> std::io::Result<()> {
/// let (a, b) = UnixStream::pair()?;
/// let (mut a, mut b) = (Async::new(a)?, Async::new(b)?);
/// future::block_on(async {
///     a.write_all(b"ping").await?;
///     let mut buf = [0; 4];
///     b.read_exact(&mut buf).await?;
///     assert_eq!(&buf, b"ping");
///     Ok(())
/// })
/// # }
/// ```
///
/// # The duty of `T`
///
/// [`AsFd`] has to name the same open descriptor for as long as the object lives. A type that
/// replaces it (or a user who does, by [`get_mut`](Async::get_mut)) makes waits end late or never,
/// and does no other harm.
pub struct Async<T: AsFd> {
    pub(super) source: Arc<Source>,
    /// `None` only in the middle of `into_inner`.
    pub(super) io: Option<T>,
}

impl<T: AsFd> Async<T> {
    /// Takes `io` and puts it in non-blocking mode.
    ///
    /// # Errors
    ///
    /// When the descriptor cannot be put in that mode.
    pub fn new(io: T) -> io::Result<Async<T>> {
        set_nonblocking(io.as_fd())?;
        Ok(Async::new_nonblocking(io))
    }

    /// Takes `io`, which is in non-blocking mode already. If it is not, its operations block the
    /// thread.
    pub fn new_nonblocking(io: T) -> Async<T> {
        Async { source: Arc::new(Source::new(None)), io: Some(io) }
    }

    /// Takes `io`, which is in non-blocking mode already, for a certain driver.
    pub fn with_handle(io: T, handle: &Handle) -> Async<T> {
        Async { source: Arc::new(Source::new(Some(handle.clone()))), io: Some(io) }
    }

    /// The object inside.
    pub fn get_ref(&self) -> &T {
        self.io.as_ref().expect("only into_inner takes it")
    }

    /// The object inside. Do not replace its descriptor.
    pub fn get_mut(&mut self) -> &mut T {
        self.io.as_mut().expect("only into_inner takes it")
    }

    /// Gives the object back, no longer registered, still in non-blocking mode.
    ///
    /// # Errors
    ///
    /// None at present.
    pub fn into_inner(mut self) -> io::Result<T> {
        self.source.leave(self.get_ref().as_fd());
        Ok(self.io.take().expect("only into_inner takes it"))
    }

    /// Waits until a read may succeed, by the system's own account at this moment: what was left
    /// unread counts, and so do the end of the stream and errors.
    ///
    /// # Errors
    ///
    /// Those of registering the source.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    #[track_caller]
    pub fn readable(&self) -> Readable<'_, T> {
        Readable::new(self, Location::caller())
    }

    /// Waits until a write may succeed. As [`readable`](Async::readable) otherwise.
    ///
    /// # Errors
    ///
    /// Those of registering the source.
    #[track_caller]
    pub fn writable(&self) -> Writable<'_, T> {
        Writable::new(self, Location::caller())
    }

    /// Does `op` as soon as it does not answer `WouldBlock`; in between it waits for readability.
    /// `Interrupted` is tried again.
    ///
    /// ```no_run
    /// use asyncio_reactor::Async;
    /// use std::net::TcpListener;
    ///
    /// # async fn accept() -> std::io::Result<()> {
    /// let listener = Async::new(TcpListener::bind("127.0.0.1:0")?)?;
    /// let (stream, peer) = listener.read_with(|listener| listener.accept()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `op`, and of registering the source.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped: what `op` did was returned.
    #[track_caller]
    pub fn read_with<R, F>(&self, op: F) -> ReadWith<'_, T, F>
    where
        F: FnMut(&T) -> io::Result<R>,
    {
        ReadWith::new(self, op, Location::caller())
    }

    /// Does `op` as soon as it does not answer `WouldBlock`; in between it waits for writability.
    /// As [`read_with`](Async::read_with) otherwise.
    ///
    /// # Errors
    ///
    /// Those of `op`, and of registering the source.
    #[track_caller]
    pub fn write_with<R, F>(&self, op: F) -> WriteWith<'_, T, F>
    where
        F: FnMut(&T) -> io::Result<R>,
    {
        WriteWith::new(self, op, Location::caller())
    }

    /// [`readable`](Async::readable) for a `poll` function.
    ///
    /// # Errors
    ///
    /// Those of registering the source.
    #[track_caller]
    pub fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_ready(Interest::Readable, Waiter::Slot, cx.waker(), Location::caller())
    }

    /// [`writable`](Async::writable) for a `poll` function.
    ///
    /// # Errors
    ///
    /// Those of registering the source.
    #[track_caller]
    pub fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_ready(Interest::Writable, Waiter::Slot, cx.waker(), Location::caller())
    }

    /// Does `op` unless it answers `WouldBlock`, and then has the task woken when the source is
    /// ready. The building block of `poll_*` functions.
    ///
    /// ```
    /// use asyncio_reactor::{Async, Interest};
    /// use std::{io, net::{SocketAddr, UdpSocket}, task::{Context, Poll}};
    ///
    /// struct Datagrams(Async<UdpSocket>);
    ///
    /// impl Datagrams {
    ///     fn poll_recv_from(
    ///         &self,
    ///         cx: &mut Context<'_>,
    ///         buf: &mut [u8],
    ///     ) -> Poll<io::Result<(usize, SocketAddr)>> {
    ///         self.0.poll_io(cx, Interest::Readable, |socket| socket.recv_from(buf))
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `op`, and of registering the source.
    #[track_caller]
    #[inline]
    pub fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut op: impl FnMut(&T) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        self.attempt(interest, Waiter::Slot, cx.waker(), Location::caller(), |io| op(io))
    }

    #[inline]
    pub(super) fn attempt<R>(
        &self,
        interest: Interest,
        waiter: Waiter<'_>,
        waker: &Waker,
        at: &'static Location<'static>,
        mut op: impl FnMut(&T) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        attempt(&self.source, &mut self.get_ref(), interest, waiter, waker, at, |io, _| op(io))
    }

    pub(super) fn poll_ready(
        &self,
        interest: Interest,
        waiter: Waiter<'_>,
        waker: &Waker,
        at: &'static Location<'static>,
    ) -> Poll<io::Result<()>> {
        // What is known may be old: the user may have read through `get_ref` in the meantime. So
        // the system is asked, without waiting.
        self.attempt(interest, waiter, waker, at, |io| probe(io.as_fd(), interest))
    }

    pub(super) fn cancel(&self, ticket: Ticket) {
        self.source.cancel(ticket);
    }
}

fn set_nonblocking(fd: BorrowedFd<'_>) -> io::Result<()> {
    // One call, where fcntl takes two.
    Ok(rustix::io::ioctl_fionbio(fd, true)?)
}

impl<T: AsFd> Drop for Async<T> {
    fn drop(&mut self) {
        // Before the descriptor is closed, or a duplicate of it would go on being reported.
        if let Some(io) = &self.io {
            self.source.leave(io.as_fd());
        }
    }
}

/// The object inside is never pinned.
impl<T: AsFd> Unpin for Async<T> {}

impl<T: AsFd> AsFd for Async<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.get_ref().as_fd()
    }
}

impl<T: AsFd + AsRawFd> AsRawFd for Async<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.get_ref().as_raw_fd()
    }
}

impl<T: AsFd> AsRef<T> for Async<T> {
    fn as_ref(&self) -> &T {
        self.get_ref()
    }
}

impl<T: AsFd + fmt::Debug> fmt::Debug for Async<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Async").field("io", self.get_ref()).finish()
    }
}
