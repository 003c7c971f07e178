//! Reads into memory that holds nothing yet: no time is spent on zeroing it. The system call's own
//! safe wrapper (`rustix`) knows how much it has written, so this needs no unsafe code.

use super::Async;
use super::attempt::transfer;
use crate::source::Interest;
use rustix::buffer::spare_capacity;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::AsFd;
use std::panic::Location;
use std::task::{Context, Poll};

impl<T: AsFd> Async<T> {
    /// Reads into the spare capacity of `buf`, never more than that, and says how many bytes were
    /// added. Zero is the end of the stream (or no spare capacity).
    ///
    /// It reads from the descriptor, past any buffer that `T` itself may have.
    ///
    /// ```
    /// # use asyncio_reactor::Async;
    /// # use std::{future::poll_fn, io::Write, os::unix::net::UnixStream};
    /// # fn main() -> std::io::Result<()> {
    /// # let (mut a, b) = UnixStream::pair()?;
    /// # let b = Async::new(b)?;
    /// a.write_all(b"hello")?;
    /// let mut buf = Vec::with_capacity(64);
    /// futures_lite::future::block_on(poll_fn(|cx| b.poll_read_spare(cx, &mut buf)))?;
    /// assert_eq!(buf, b"hello");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the read, and of registering the source.
    #[track_caller]
    pub fn poll_read_spare(
        &self,
        cx: &mut Context<'_>,
        buf: &mut Vec<u8>,
    ) -> Poll<io::Result<usize>> {
        let at = Location::caller();
        let (mut io, wanted) = (self.get_ref(), buf.capacity() - buf.len());
        transfer(&self.source, &mut io, Interest::Readable, wanted, cx.waker(), at, |io| {
            Ok(rustix::io::read(io, spare_capacity(buf))?)
        })
    }

    /// Reads into memory that need not be initialised, and says how many bytes at its begin are
    /// now. Zero is the end of the stream (or an empty `buf`).
    ///
    /// It reads from the descriptor, past any buffer that `T` itself may have.
    ///
    /// # Errors
    ///
    /// Those of the read, and of registering the source.
    #[track_caller]
    pub fn poll_read_uninit(
        &self,
        cx: &mut Context<'_>,
        buf: &mut [MaybeUninit<u8>],
    ) -> Poll<io::Result<usize>> {
        let at = Location::caller();
        let (mut io, wanted) = (self.get_ref(), buf.len());
        transfer(&self.source, &mut io, Interest::Readable, wanted, cx.waker(), at, |io| {
            let (read, _) = rustix::io::read(io, &mut *buf)?;
            Ok(read.len())
        })
    }
}
