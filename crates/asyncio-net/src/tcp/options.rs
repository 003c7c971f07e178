//! The options of a TCP connection.

use super::TcpStream;
use rustix::net::connect_unspec;
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::time::Duration;

impl TcpStream {
    /// Whether small packets are sent at once.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn nodelay(&self) -> io::Result<bool> {
        self.get_ref().nodelay()
    }

    /// Sends small packets at once instead of collecting them (Nagle).
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.get_ref().set_nodelay(nodelay)
    }

    /// How many routers a packet may pass.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn ttl(&self) -> io::Result<u32> {
        self.get_ref().ttl()
    }

    /// Sets how many routers a packet may pass.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.get_ref().set_ttl(ttl)
    }

    /// How long closing goes on trying to send, if that was set.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        SockRef::from(self.get_ref()).linger()
    }

    /// Sets how long closing goes on trying to send. Zero makes it a reset; anything else makes
    /// the thread that closes wait, which a loop must not.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn set_linger(&self, linger: Option<Duration>) -> io::Result<()> {
        SockRef::from(self.get_ref()).set_linger(linger)
    }

    /// Asks an idle peer after `idle` whether it is still there; `None` does not ask.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn set_keepalive(&self, idle: Option<Duration>) -> io::Result<()> {
        let socket = SockRef::from(self.get_ref());
        match idle {
            Some(idle) => socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(idle)),
            None => socket.set_keepalive(false),
        }
    }

    /// The error that waits at the socket, which this takes.
    ///
    /// # Errors
    ///
    /// The system's, if it cannot be asked.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.get_ref().take_error()
    }

    /// Ends the connection with a reset, although the descriptor lives on: to "connect" a socket
    /// to nothing dissolves its connection.
    pub(crate) fn reset(&self) -> io::Result<()> {
        Ok(connect_unspec(self.get_ref())?)
    }
}
