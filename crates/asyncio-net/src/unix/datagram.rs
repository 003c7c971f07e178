use crate::addr::AddrError;
use asyncio_reactor::{Async, Interest};
use std::fmt;
use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{self, SocketAddr};
use std::path::{Path, PathBuf};
use std::task::{Context, Poll};

/// A Unix socket for datagrams. They arrive in order, and a full receiver makes senders wait.
///
/// ```
/// use asyncio_net::UnixDatagram;
///
/// # futures_lite::future::block_on(async {
/// let (a, b) = UnixDatagram::pair()?;
/// a.send(b"one").await?;
/// a.send(b"two").await?;
/// let mut buf = [0; 64];
/// assert_eq!(b.recv(&mut buf).await?, 3);
/// assert_eq!(&buf[..3], b"one");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub struct UnixDatagram {
    io: Async<net::UnixDatagram>,
}

impl UnixDatagram {
    /// Binds to `path`, which must not exist. The file is left behind.
    ///
    /// # Errors
    ///
    /// The system's, with the path in the message.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<UnixDatagram> {
        let path = path.as_ref();
        let bound = net::UnixDatagram::bind(path);
        UnixDatagram::from_std(
            bound.map_err(|error| AddrError::wrap("bind to", path.display(), error))?,
        )
    }

    /// A socket without an address.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn unbound() -> io::Result<UnixDatagram> {
        UnixDatagram::from_std(net::UnixDatagram::unbound()?)
    }

    /// Two connected sockets.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn pair() -> io::Result<(UnixDatagram, UnixDatagram)> {
        let (a, b) = net::UnixDatagram::pair()?;
        Ok((UnixDatagram::from_std(a)?, UnixDatagram::from_std(b)?))
    }

    /// Takes over a socket of the standard library, and makes it non-blocking.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn from_std(socket: net::UnixDatagram) -> io::Result<UnixDatagram> {
        Ok(UnixDatagram { io: Async::new(socket)? })
    }

    /// Sets the peer for [`send`](Self::send) and [`recv`](Self::recv).
    ///
    /// # Errors
    ///
    /// The system's, with the path in the message.
    pub fn connect(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let path = path.as_ref();
        self.get_ref()
            .connect(path)
            .map_err(|error| AddrError::wrap("connect to", path.display(), error))
    }

    /// Sends one datagram to the connected peer.
    ///
    /// # Errors
    ///
    /// The system's.
    ///
    /// # Cancel safety
    ///
    /// The datagram is sent or not, never a part.
    #[track_caller]
    pub fn send<'a>(&'a self, buf: &'a [u8]) -> UnixSend<'a> {
        UnixSend { ready: self.io.writable(), buf }
    }

    /// Sends one datagram to the socket at `path`.
    ///
    /// # Errors
    ///
    /// The system's.
    ///
    /// # Cancel safety
    ///
    /// The datagram is sent or not, never a part.
    #[track_caller]
    pub fn send_to<'a>(&'a self, buf: &'a [u8], path: impl AsRef<Path>) -> UnixSendTo<'a> {
        UnixSendTo { ready: self.io.writable(), buf, path: path.as_ref().to_owned() }
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
    pub fn recv<'a>(&'a self, buf: &'a mut [u8]) -> UnixRecv<'a> {
        UnixRecv { ready: self.io.readable(), buf }
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
    pub fn recv_from<'a>(&'a self, buf: &'a mut [u8]) -> UnixRecvFrom<'a> {
        UnixRecvFrom { ready: self.io.readable(), buf }
    }

    /// [`recv_from`](Self::recv_from) for those who poll by hand.
    pub fn poll_recv_from(
        &self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        self.io.poll_io(cx, Interest::Readable, |socket| socket.recv_from(buf))
    }

    /// Ends one direction or both.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.get_ref().shutdown(how)
    }

    /// The address of this socket.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.get_ref().local_addr()
    }

    /// The address of the connected peer.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.get_ref().peer_addr()
    }

    /// The socket below. It is non-blocking.
    pub fn get_ref(&self) -> &net::UnixDatagram {
        self.io.get_ref()
    }
}

impl AsFd for UnixDatagram {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.get_ref().as_fd()
    }
}

impl fmt::Debug for UnixDatagram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get_ref().fmt(f)
    }
}

crate::datagram::sending! {
    /// See [`UnixDatagram::send`].
    UnixSend, net::UnixDatagram, send
}

crate::datagram::sending! {
    /// See [`UnixDatagram::send_to`].
    UnixSendTo, net::UnixDatagram, send_to, path: PathBuf
}

crate::datagram::receiving! {
    /// See [`UnixDatagram::recv`].
    UnixRecv, net::UnixDatagram, usize, recv
}

crate::datagram::receiving! {
    /// See [`UnixDatagram::recv_from`].
    UnixRecvFrom, net::UnixDatagram, (usize, SocketAddr), recv_from
}
