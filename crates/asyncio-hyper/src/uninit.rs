//! Reads into hyper's buffer, whose memory may hold nothing yet. The unsafe code of this crate.
#![allow(unsafe_code)]

use hyper::rt::ReadBufCursor;
use std::io;
use std::mem::MaybeUninit;
use std::task::{Poll, ready};

/// What can be read from: a call that says how many bytes at the begin of the memory it has
/// written.
///
/// # Safety
///
/// The count must be true, and the call must not take back what was written before.
pub(crate) unsafe trait ReadUninit {
    fn poll_read_uninit(
        &self,
        cx: &mut std::task::Context<'_>,
        memory: &mut [MaybeUninit<u8>],
    ) -> Poll<io::Result<usize>>;
}

// SAFETY: the count is that of the slice of initialised bytes that rustix's read has returned, for
// this memory; nothing writes uninitialised bytes.
unsafe impl ReadUninit for asyncio_net::TcpStream {
    fn poll_read_uninit(
        &self,
        cx: &mut std::task::Context<'_>,
        memory: &mut [MaybeUninit<u8>],
    ) -> Poll<io::Result<usize>> {
        asyncio_net::TcpStream::poll_read_uninit(self, cx, memory)
    }
}

// SAFETY: as for TCP.
unsafe impl ReadUninit for asyncio_net::UnixStream {
    fn poll_read_uninit(
        &self,
        cx: &mut std::task::Context<'_>,
        memory: &mut [MaybeUninit<u8>],
    ) -> Poll<io::Result<usize>> {
        asyncio_net::UnixStream::poll_read_uninit(self, cx, memory)
    }
}

pub(crate) fn poll_read(
    socket: &impl ReadUninit,
    cx: &mut std::task::Context<'_>,
    mut buf: ReadBufCursor<'_>,
) -> Poll<io::Result<()>> {
    // SAFETY: the slice goes only to `poll_read_uninit`, which by its contract writes initialised
    // bytes or nothing.
    let memory = unsafe { buf.as_mut() };
    let room = memory.len();
    let count = ready!(socket.poll_read_uninit(cx, memory))?;
    assert!(count <= room, "read more than there was room for");
    // SAFETY: by the contract of `ReadUninit` the first `count` bytes are initialised, and there
    // are so many, as was just looked at.
    unsafe { buf.advance(count) };
    Poll::Ready(Ok(()))
}
