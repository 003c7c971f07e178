//! The two directions of one socket, as two values.

use futures_io::{AsyncRead, AsyncWrite};
use std::error::Error;
use std::fmt;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A socket whose sending side can be ended alone: what the halves need beside reading and
/// writing. Implemented by [`TcpStream`](crate::TcpStream) and [`UnixStream`](crate::UnixStream).
pub trait Duplex: sealed::Sealed + fmt::Debug + Send + Sync + 'static {
    #[doc(hidden)]
    fn end(&self, how: Shutdown) -> io::Result<()>;
}

pub(crate) mod sealed {
    pub trait Sealed {}
}

macro_rules! read_half {
    ($half:ty, [$($generics:tt)*]) => {
        impl<$($generics)* S: Duplex> AsyncRead for $half
        where
            for<'x> &'x S: AsyncRead,
        {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut [u8],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut &*self.get_mut().socket).poll_read(cx, buf)
            }

            fn poll_read_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &mut [IoSliceMut<'_>],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut &*self.get_mut().socket).poll_read_vectored(cx, bufs)
            }
        }

        impl<$($generics)* S: Duplex> AsRef<S> for $half {
            fn as_ref(&self) -> &S {
                &self.socket
            }
        }
    };
}

macro_rules! write_half {
    ($half:ty, [$($generics:tt)*]) => {
        impl<$($generics)* S: Duplex> AsyncWrite for $half
        where
            for<'x> &'x S: AsyncWrite,
        {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut &*self.get_mut().socket).poll_write(cx, buf)
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut &*self.get_mut().socket).poll_write_vectored(cx, bufs)
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut &*self.get_mut().socket).poll_flush(cx)
            }

            fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut &*self.get_mut().socket).poll_close(cx)
            }
        }

        impl<$($generics)* S: Duplex> AsRef<S> for $half {
            fn as_ref(&self) -> &S {
                &self.socket
            }
        }
    };
}

/// The receiving side of a borrowed socket.
#[derive(Debug)]
pub struct ReadHalf<'a, S> {
    pub(crate) socket: &'a S,
}

/// The sending side of a borrowed socket. Dropping it sends nothing.
#[derive(Debug)]
pub struct WriteHalf<'a, S> {
    pub(crate) socket: &'a S,
}

/// The receiving side of a socket, which is closed when both halves are gone.
#[derive(Debug)]
pub struct OwnedReadHalf<S> {
    socket: Arc<S>,
}

/// The sending side of a socket. Dropping it ends the sending: the peer reads to an end.
#[derive(Debug)]
pub struct OwnedWriteHalf<S: Duplex> {
    socket: Arc<S>,
    ends: bool,
}

read_half!(ReadHalf<'a, S>, ['a,]);
read_half!(OwnedReadHalf<S>, []);
write_half!(WriteHalf<'a, S>, ['a,]);
write_half!(OwnedWriteHalf<S>, []);

pub(crate) fn into_split<S: Duplex>(socket: S) -> (OwnedReadHalf<S>, OwnedWriteHalf<S>) {
    let socket = Arc::new(socket);
    (OwnedReadHalf { socket: Arc::clone(&socket) }, OwnedWriteHalf { socket, ends: true })
}

impl<S: Duplex> OwnedReadHalf<S> {
    /// Makes one socket of its halves again.
    ///
    /// # Errors
    ///
    /// Gives both back if they are not halves of one socket.
    pub fn reunite(self, write: OwnedWriteHalf<S>) -> Result<S, ReuniteError<S>> {
        write.reunite(self)
    }
}

impl<S: Duplex> OwnedWriteHalf<S> {
    /// Makes one socket of its halves again.
    ///
    /// # Errors
    ///
    /// Gives both back if they are not halves of one socket.
    pub fn reunite(mut self, read: OwnedReadHalf<S>) -> Result<S, ReuniteError<S>> {
        if !Arc::ptr_eq(&self.socket, &read.socket) {
            return Err(ReuniteError(read, self));
        }
        self.ends = false;
        drop(self);
        Ok(Arc::into_inner(read.socket).expect("a socket has no more than two halves"))
    }

    /// Lets the sending side stay open when this half is dropped, as long as the other lives.
    pub fn forget(mut self) {
        self.ends = false;
    }
}

impl<S: Duplex> Drop for OwnedWriteHalf<S> {
    fn drop(&mut self) {
        if self.ends {
            // It fails where the connection is over already.
            let _ = self.socket.end(Shutdown::Write);
        }
    }
}

/// The halves given to `reunite` come from different sockets.
#[derive(Debug)]
pub struct ReuniteError<S: Duplex>(pub OwnedReadHalf<S>, pub OwnedWriteHalf<S>);

impl<S: Duplex> fmt::Display for ReuniteError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the halves are not of one socket")
    }
}

impl<S: Duplex> Error for ReuniteError<S> {}
