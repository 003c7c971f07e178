//! UDP.

use crate::addr::{AddrError, Addrs};
use crate::lookup::{Lookup, Purpose};
use asyncio_reactor::{Async, Interest};
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd};
use std::task::{Context, Poll};

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
    #[track_caller]
    pub fn bind(addrs: impl Into<Addrs>) -> impl Future<Output = io::Result<UdpSocket>> + Send {
        let lookup = Lookup::new(addrs.into(), Purpose::Listen);
        async move {
            let mut first = None;
            for addr in lookup.await? {
                match std::net::UdpSocket::bind(addr) {
                    Ok(socket) => return UdpSocket::from_std(socket),
                    Err(error) => first = first.or(Some(AddrError::wrap("bind to", addr, error))),
                }
            }
            Err(first.unwrap_or_else(|| io::ErrorKind::NotFound.into()))
        }
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
    #[track_caller]
    pub fn connect(
        &self,
        addrs: impl Into<Addrs>,
    ) -> impl Future<Output = io::Result<()>> + Send + '_ {
        let lookup = Lookup::new(addrs.into(), Purpose::Connect);
        async move {
            let mut first = None;
            for addr in lookup.await? {
                match self.get_ref().connect(addr) {
                    Ok(()) => return Ok(()),
                    Err(e) => first = first.or(Some(AddrError::wrap("connect to", addr, e))),
                }
            }
            Err(first.unwrap_or_else(|| io::ErrorKind::NotFound.into()))
        }
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
    pub fn send<'a>(
        &'a self,
        buf: &'a [u8],
    ) -> impl Future<Output = io::Result<usize>> + Send + 'a {
        self.io.write_with(move |socket| socket.send(buf))
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
    pub fn send_to<'a>(
        &'a self,
        buf: &'a [u8],
        to: SocketAddr,
    ) -> impl Future<Output = io::Result<usize>> + Send + 'a {
        self.io.write_with(move |socket| socket.send_to(buf, to))
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
    pub fn recv<'a>(
        &'a self,
        buf: &'a mut [u8],
    ) -> impl Future<Output = io::Result<usize>> + Send + 'a {
        self.io.read_with(move |socket| socket.recv(buf))
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
    pub fn recv_from<'a>(
        &'a self,
        buf: &'a mut [u8],
    ) -> impl Future<Output = io::Result<(usize, SocketAddr)>> + Send + 'a {
        self.io.read_with(move |socket| socket.recv_from(buf))
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
    pub fn peek_from<'a>(
        &'a self,
        buf: &'a mut [u8],
    ) -> impl Future<Output = io::Result<(usize, SocketAddr)>> + Send + 'a {
        self.io.read_with(move |socket| socket.peek_from(buf))
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
