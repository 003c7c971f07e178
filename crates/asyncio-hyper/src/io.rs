use futures_io::{AsyncRead, AsyncWrite};
use hyper::rt::{Read, ReadBufCursor, Write};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Memory is zeroed for no more than this per read; a larger read takes several.
const ZEROED: usize = 16 * 1024;

/// Anything with the traits of futures-io, as hyper wants it.
///
/// For the sockets of `asyncio-net` there is [`SocketIo`](crate::SocketIo), which reads without
/// zeroing memory first.
///
/// ```
/// use asyncio_hyper::AsyncIo;
/// use asyncio_net::UnixStream;
///
/// fn for_hyper(_: impl hyper::rt::Read + hyper::rt::Write) {}
///
/// # futures_lite::future::block_on(async {
/// let (a, _b) = UnixStream::pair()?;
/// for_hyper(AsyncIo::new(futures_lite::io::BufReader::new(a)));
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct AsyncIo<T> {
    io: T,
}

impl<T> AsyncIo<T> {
    /// Wraps `io`.
    pub fn new(io: T) -> AsyncIo<T> {
        AsyncIo { io }
    }

    /// What is wrapped.
    pub fn get_ref(&self) -> &T {
        &self.io
    }

    /// Unwraps it.
    pub fn into_inner(self) -> T {
        self.io
    }
}

impl<T: AsyncRead + Unpin> Read for AsyncIo<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut memory = [0; ZEROED];
        let wanted = buf.remaining().min(ZEROED);
        let count = ready!(Pin::new(&mut self.io).poll_read(cx, &mut memory[..wanted]))?;
        buf.put_slice(&memory[..count]);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> Write for AsyncIo<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_close(cx)
    }

    fn is_write_vectored(&self) -> bool {
        // Not known of an `AsyncWrite`, whose default writes the first piece only; hyper does
        // better by joining them.
        false
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }
}
