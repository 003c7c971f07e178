//! `AsyncRead` and `AsyncWrite`: for `&Async<T>` by way of `&T`, for `Async<T>` by way of `T`.

use super::Async;
use super::attempt::{attempt, transfer};
use crate::source::{Interest, Source, Waiter};
use futures_io::{AsyncRead, AsyncWrite};
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// The system looks at no more pieces than this in one call (IOV_MAX of Linux, the one system whose
/// short counts are believed).
const PIECES: usize = 1024;

/// How much an operation of `T` moves unless the descriptor is drained; zero where its count says
/// nothing: a type of the user's may have reasons of its own to move less than there is.
///
/// Compared by name, for `T` need not be `'static` and so may have no `TypeId`; the compiler does
/// it once.
#[inline]
fn wanted<T>(pieces: impl Iterator<Item = usize>) -> usize {
    if std::any::type_name::<T>() != std::any::type_name::<TcpStream>() {
        return 0;
    }
    pieces.take(PIECES).fold(0, usize::saturating_add)
}

/// Where a read or a write goes: the source and its object.
type Parts<'a, I> = (&'a Arc<Source>, I);

impl<T: AsFd> Async<T> {
    fn by_ref(&self) -> Parts<'_, &T> {
        (&self.source, self.get_ref())
    }

    fn by_mut(&mut self) -> Parts<'_, &mut T> {
        (&self.source, self.io.as_mut().expect("only into_inner takes it"))
    }
}

macro_rules! async_read {
    ($parts:ident) => {
        #[track_caller]
        fn poll_read(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buf: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            let at = Location::caller();
            let (source, mut io) = self.get_mut().$parts();
            let wanted = wanted::<T>([buf.len()].into_iter());
            transfer(source, &mut io, Interest::Readable, wanted, cx.waker(), at, |io| io.read(buf))
        }

        #[track_caller]
        fn poll_read_vectored(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bufs: &mut [IoSliceMut<'_>],
        ) -> Poll<io::Result<usize>> {
            let at = Location::caller();
            let (source, mut io) = self.get_mut().$parts();
            let wanted = wanted::<T>(bufs.iter().map(|buf| buf.len()));
            transfer(source, &mut io, Interest::Readable, wanted, cx.waker(), at, |io| {
                io.read_vectored(bufs)
            })
        }
    };
}

macro_rules! async_write {
    ($parts:ident) => {
        #[track_caller]
        fn poll_write(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buf: &[u8],
        ) -> Poll<io::Result<usize>> {
            let at = Location::caller();
            let (source, mut io) = self.get_mut().$parts();
            let wanted = wanted::<T>([buf.len()].into_iter());
            transfer(source, &mut io, Interest::Writable, wanted, cx.waker(), at, |io| {
                io.write(buf)
            })
        }

        #[track_caller]
        fn poll_write_vectored(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bufs: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            let at = Location::caller();
            let (source, mut io) = self.get_mut().$parts();
            let wanted = wanted::<T>(bufs.iter().map(|buf| buf.len()));
            transfer(source, &mut io, Interest::Writable, wanted, cx.waker(), at, |io| {
                io.write_vectored(bufs)
            })
        }

        #[track_caller]
        fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            let at = Location::caller();
            let (source, mut io) = self.get_mut().$parts();
            // Most have nothing to flush, and need not be writable for that.
            match io.flush() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result),
            }
            let (interest, waiter) = (Interest::Writable, Waiter::Slot);
            attempt(source, &mut io, interest, waiter, cx.waker(), at, |io, _| io.flush())
        }

        /// Flushes. What closing means besides is the business of the object's own type.
        #[track_caller]
        fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.poll_flush(cx)
        }
    };
}

impl<T: AsFd> AsyncRead for &Async<T>
where
    for<'a> &'a T: Read,
{
    async_read!(by_ref);
}

impl<T: AsFd + Read> AsyncRead for Async<T> {
    async_read!(by_mut);
}

impl<T: AsFd> AsyncWrite for &Async<T>
where
    for<'a> &'a T: Write,
{
    async_write!(by_ref);
}

impl<T: AsFd + Write> AsyncWrite for Async<T> {
    async_write!(by_mut);
}
