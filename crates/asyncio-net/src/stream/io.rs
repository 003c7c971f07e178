//! What a stream stands on: a socket, or anything with the futures-io traits.

use crate::{TcpStream, UnixStream};
use futures_io::AsyncWrite;
use std::fmt;
use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::os::fd::{AsFd, AsRawFd};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, ready};

type BoxedWrite = Box<dyn AsyncWrite + Send + Unpin>;

pub(crate) enum Io {
    Tcp(TcpStream),
    Unix(UnixStream),
    /// A sink that is not a socket: a pipe, an encrypted connection. The lock is never contended,
    /// since one thread at a time sends; it only makes the sink `Sync`.
    Sink(Mutex<BoxedWrite>),
}

fn lock(sink: &Mutex<BoxedWrite>) -> MutexGuard<'_, BoxedWrite> {
    sink.lock().unwrap_or_else(|e| e.into_inner())
}

impl Io {
    pub(crate) fn poll_read(
        &self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match self {
            Io::Tcp(tcp) => tcp.poll_read(cx, buf),
            Io::Unix(unix) => unix.poll_read(cx, buf),
            Io::Sink(_) => Poll::Ready(Err(io::ErrorKind::Unsupported.into())),
        }
    }

    pub(crate) fn poll_write(
        &self,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match (self, pieces) {
            (Io::Tcp(tcp), [one]) => tcp.poll_write(cx, one),
            (Io::Tcp(tcp), _) => tcp.poll_write_vectored(cx, pieces),
            (Io::Unix(unix), [one]) => unix.poll_write(cx, one),
            (Io::Unix(unix), _) => unix.poll_write_vectored(cx, pieces),
            (Io::Sink(sink), [one]) => Pin::new(&mut **lock(sink)).poll_write(cx, one),
            (Io::Sink(sink), _) => Pin::new(&mut **lock(sink)).poll_write_vectored(cx, pieces),
        }
    }

    /// Whether written bytes may be held back until a flush.
    pub(crate) fn is_buffered(&self) -> bool {
        matches!(self, Io::Sink(_))
    }

    pub(crate) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Io::Tcp(_) | Io::Unix(_) => Poll::Ready(Ok(())),
            Io::Sink(sink) => Pin::new(&mut **lock(sink)).poll_flush(cx),
        }
    }

    /// Ends the sending side. That the peer has gone already is no failure.
    pub(crate) fn poll_close_write(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = match self {
            Io::Tcp(tcp) => tcp.shutdown(Shutdown::Write),
            Io::Unix(unix) => unix.shutdown(Shutdown::Write),
            Io::Sink(sink) => ready!(Pin::new(&mut **lock(sink)).poll_close(cx)),
        };
        Poll::Ready(match result {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            result => result,
        })
    }

    /// Ends both directions, which also wakes who waits in a read.
    pub(crate) fn shutdown(&self) {
        // It fails only where the peer has reset the connection: then both have ended.
        let _ = match self {
            Io::Tcp(tcp) => tcp.shutdown(Shutdown::Both),
            Io::Unix(unix) => unix.shutdown(Shutdown::Both),
            Io::Sink(_) => Ok(()),
        };
    }

    /// Ends both directions so that the peer does not take what it got for the whole: TCP sends a
    /// reset.
    pub(crate) fn abort(&self) {
        if let Io::Tcp(tcp) = self
            && tcp.reset().is_ok()
        {
            return;
        }
        self.shutdown();
    }

    /// The number that names this connection in wait records: its descriptor.
    pub(crate) fn id(&self) -> usize {
        match self {
            Io::Tcp(tcp) => tcp.as_fd().as_raw_fd() as usize,
            Io::Unix(unix) => unix.as_fd().as_raw_fd() as usize,
            Io::Sink(_) => 0,
        }
    }
}

impl fmt::Debug for Io {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Io::Tcp(tcp) => tcp.fmt(f),
            Io::Unix(unix) => unix.fmt(f),
            Io::Sink(_) => f.write_str("Sink"),
        }
    }
}
