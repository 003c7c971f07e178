use crate::uninit::{self, ReadUninit};
use asyncio_net::{TcpStream, UnixStream};
use futures_io::AsyncWrite;
use hyper::rt::{Read, ReadBufCursor, Write};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A socket of `asyncio-net`. Implemented by [`TcpStream`] and [`UnixStream`].
#[expect(private_bounds, reason = "the contract of uninitialised reads is this crate's own")]
pub trait Socket: ReadUninit + AsyncWrite + Unpin + Send + 'static {}

impl Socket for TcpStream {}
impl Socket for UnixStream {}

/// A socket of `asyncio-net`, as hyper wants it: read into memory that need not be zeroed, written
/// with vectored writes.
///
/// ```
/// use asyncio_hyper::SocketIo;
/// use asyncio_net::{TcpListener, TcpStream};
///
/// # futures_lite::future::block_on(async {
/// # let listener = TcpListener::bind("127.0.0.1:0").await?;
/// # let addr = listener.local_addr()?;
/// let io = SocketIo::new(TcpStream::connect(addr).await?);
/// let (sender, connection) =
///     hyper::client::conn::http1::handshake::<_, String>(io).await.unwrap();
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct SocketIo<S> {
    socket: S,
}

impl<S: Socket> SocketIo<S> {
    /// Wraps `socket`.
    pub fn new(socket: S) -> SocketIo<S> {
        SocketIo { socket }
    }

    /// What is wrapped.
    pub fn get_ref(&self) -> &S {
        &self.socket
    }

    /// Unwraps it.
    pub fn into_inner(self) -> S {
        self.socket
    }
}

impl<S: Socket> Read for SocketIo<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        uninit::poll_read(&self.socket, cx, buf)
    }
}

impl<S: Socket> Write for SocketIo<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_close(cx)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(cx, bufs)
    }
}
