use crate::lookup::Lookup;
use std::fmt;
use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// A socket that is bound to an address without waiting.
pub(crate) trait BindTo: Sized {
    fn bind_to(addr: SocketAddr) -> io::Result<Self>;
}

/// Looks names up, and binds a socket to the first address that can be bound. See
/// [`TcpListener::bind`](crate::TcpListener::bind) and [`UdpSocket::bind`](crate::UdpSocket::bind).
#[must_use = "futures do nothing unless awaited"]
pub struct Bind<S> {
    lookup: Lookup,
    socket: PhantomData<fn() -> S>,
}

impl<S> Bind<S> {
    pub(crate) fn new(lookup: Lookup) -> Bind<S> {
        Bind { lookup, socket: PhantomData }
    }
}

impl<S: BindTo> Future for Bind<S> {
    type Output = io::Result<S>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<S>> {
        let addrs = ready!(Pin::new(&mut self.lookup).poll(cx))?;
        Poll::Ready(first_of(&addrs, S::bind_to))
    }
}

impl<S> fmt::Debug for Bind<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bind").field(&self.lookup).finish()
    }
}

/// What `f` gives for the first address for which it works, or else its error for the first of all.
pub(crate) fn first_of<T>(
    addrs: &[SocketAddr],
    f: impl Fn(SocketAddr) -> io::Result<T>,
) -> io::Result<T> {
    let mut first = None;
    for &addr in addrs {
        match f(addr) {
            Ok(value) => return Ok(value),
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(first.unwrap_or_else(|| io::ErrorKind::NotFound.into()))
}
