//! UDP.

use crate::addr::{AddrError, Addrs};
use crate::bind::{Bind, BindTo, first_of};
use crate::lookup::{Lookup, Purpose};
use asyncio_reactor::{Async, Interest};
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// A socket for UDP datagrams.
///
/// Any number of tasks may wait in its futures; one in each direction in the `poll_*` methods.
///
/// ```
/// use asyncio_net::UdpSocket;
///
/// # futures_lite::future::block_on(async {
/// let a = UdpSocket::bind("127.0.0.1:0").await?;
/// let b = UdpSocket::bind("127.0.0.1:0").await?;
/// a.send_to(b"hello", b.local_addr()?).await?;
///
/// let mut buf = [0; 64];
/// let (len, from) = b.recv_from(&mut buf).await?;
/// assert_eq!((&buf[..len], from), (&b"hello"[..], a.local_addr()?));
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub struct UdpSocket {
    io: Async<std::net::UdpSocket>,
}

impl UdpSocket {
    /// Binds to the first of the addresses that can be bound. Port 0 takes a free one.
    ///
    /// # Errors
    ///
    /// As [`lookup_host`](crate::lookup_host), and the system's, with the address in the message.
    ///
    /// # Cancel safety
    ///
    /// Nothing is bound yet.
    #[track_caller]
    pub fn bind(addrs: impl Into<Addrs>) -> Bind<UdpSocket> {
        Bind::new(Lookup::new(addrs.into(), Purpose::Listen))
    }

    /// Takes over a socket of the standard library, and makes it non-blocking.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn from_std(socket: std::net::UdpSocket) -> io::Result<UdpSocket> {
        Ok(UdpSocket { io: Async::new(socket)? })
    }

    /// Sets the peer for [`send`](Self::send) and [`recv`](Self::recv): the first of the addresses
    /// that the system takes. Nothing is sent.
    ///
    /// # Errors
    ///
    /// As [`lookup_host`](crate::lookup_host), and the system's, with the address in the message.
    ///
    /// # Cancel safety
    ///
    /// The socket has the peer that it had.
    #[track_caller]
    pub fn connect(&self, addrs: impl Into<Addrs>) -> UdpConnect<'_> {
        UdpConnect { socket: self, lookup: Lookup::new(addrs.into(), Purpose::Connect) }
    }

    /// Sends one datagram to the connected peer.
    ///
    /// # Errors
    ///
    /// The system's; `ConnectionRefused` tells of an earlier datagram.
    ///
    /// # Cancel safety
    ///
    /// The datagram is sent or not, never a part.
    #[track_caller]
    pub fn send<'a>(&'a self, buf: &'a [u8]) -> UdpSend<'a> {
        UdpSend { ready: self.io.writable(), buf }
    }

    /// Sends one datagram.
    ///
    /// # Errors
    ///
    /// The system's.
    ///
    /// # Cancel safety
    ///
    /// The datagram is sent or not, never a part.
    #[track_caller]
    pub fn send_to<'a>(&'a self, buf: &'a [u8], to: SocketAddr) -> UdpSendTo<'a> {
        UdpSendTo { ready: self.io.writable(), buf, to }
    }

    /// Receives one datagram from the connected peer. What does not fit into `buf` is lost.
    ///
    /// # Errors
    ///
    /// The system's.
    ///
    /// # Cancel safety
    ///
    /// No datagram is lost.
    #[track_caller]
    pub fn recv<'a>(&'a self, buf: &'a mut [u8]) -> UdpRecv<'a> {
        UdpRecv { ready: self.io.readable(), buf }
    }

    /// Receives one datagram and says from whom. What does not fit into `buf` is lost.
    ///
    /// # Errors
    ///
    /// The system's.
    ///
    /// # Cancel safety
    ///
    /// No datagram is lost.
    #[track_caller]
    pub fn recv_from<'a>(&'a self, buf: &'a mut [u8]) -> UdpRecvFrom<'a> {
        UdpRecvFrom { ready: self.io.readable(), buf }
    }

    /// Receives one datagram without taking it.
    ///
    /// # Errors
    ///
    /// The system's.
    ///
    /// # Cancel safety
    ///
    /// No datagram is lost.
    #[track_caller]
    pub fn peek_from<'a>(&'a self, buf: &'a mut [u8]) -> UdpPeekFrom<'a> {
        UdpPeekFrom { ready: self.io.readable(), buf }
    }

    /// [`recv_from`](Self::recv_from) for those who poll by hand.
    pub fn poll_recv_from(
        &self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        self.io.poll_io(cx, Interest::Readable, |socket| socket.recv_from(buf))
    }

    /// [`send_to`](Self::send_to) for those who poll by hand.
    pub fn poll_send_to(
        &self,
        cx: &mut Context<'_>,
        buf: &[u8],
        to: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        self.io.poll_io(cx, Interest::Writable, |socket| socket.send_to(buf, to))
    }

    /// The address of this socket.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.get_ref().local_addr()
    }

    /// The peer set by [`connect`](Self::connect).
    ///
    /// # Errors
    ///
    /// `NotConnected` if there is none.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.get_ref().peer_addr()
    }

    /// Allows sending to broadcast addresses.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn set_broadcast(&self, broadcast: bool) -> io::Result<()> {
        self.get_ref().set_broadcast(broadcast)
    }

    /// How many routers a datagram may pass.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn ttl(&self) -> io::Result<u32> {
        self.get_ref().ttl()
    }

    /// Sets how many routers a datagram may pass.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.get_ref().set_ttl(ttl)
    }

    /// Joins a group, on the interface with this address.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn join_multicast_v4(&self, group: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        self.get_ref().join_multicast_v4(&group, &interface)
    }

    /// Leaves a group.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn leave_multicast_v4(&self, group: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        self.get_ref().leave_multicast_v4(&group, &interface)
    }

    /// Joins a group, on the interface with this number.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn join_multicast_v6(&self, group: Ipv6Addr, interface: u32) -> io::Result<()> {
        self.get_ref().join_multicast_v6(&group, interface)
    }

    /// Leaves a group.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn leave_multicast_v6(&self, group: Ipv6Addr, interface: u32) -> io::Result<()> {
        self.get_ref().leave_multicast_v6(&group, interface)
    }

    /// The socket below. It is non-blocking.
    pub fn get_ref(&self) -> &std::net::UdpSocket {
        self.io.get_ref()
    }
}

impl AsFd for UdpSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.get_ref().as_fd()
    }
}

impl fmt::Debug for UdpSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get_ref().fmt(f)
    }
}

impl BindTo for UdpSocket {
    fn bind_to(addr: SocketAddr) -> io::Result<UdpSocket> {
        let socket = std::net::UdpSocket::bind(addr);
        UdpSocket::from_std(socket.map_err(|error| AddrError::wrap("bind to", addr, error))?)
    }
}

/// See [`UdpSocket::connect`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct UdpConnect<'a> {
    socket: &'a UdpSocket,
    lookup: Lookup,
}

impl Future for UdpConnect<'_> {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let addrs = ready!(Pin::new(&mut self.lookup).poll(cx))?;
        let socket = self.socket.get_ref();
        let connect =
            |addr| socket.connect(addr).map_err(|error| AddrError::wrap("connect to", addr, error));
        Poll::Ready(first_of(&addrs, connect))
    }
}

crate::datagram::sending! {
    /// See [`UdpSocket::send`].
    UdpSend, std::net::UdpSocket, send
}

crate::datagram::sending! {
    /// See [`UdpSocket::send_to`].
    UdpSendTo, std::net::UdpSocket, send_to, to: SocketAddr
}

crate::datagram::receiving! {
    /// See [`UdpSocket::recv`].
    UdpRecv, std::net::UdpSocket, usize, recv
}

crate::datagram::receiving! {
    /// See [`UdpSocket::recv_from`].
    UdpRecvFrom, std::net::UdpSocket, (usize, SocketAddr), recv_from
}

crate::datagram::receiving! {
    /// See [`UdpSocket::peek_from`].
    UdpPeekFrom, std::net::UdpSocket, (usize, SocketAddr), peek_from
}
