//! Making sockets that listen.

use crate::addr::AddrError;
use crate::connect::socket;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::io;
use std::net::SocketAddr;

/// How many connections may wait to be accepted, unless told otherwise.
///
/// asyncio has 100, which a crowd of clients fills within one turn; then the system lets them
/// try again after a second.
pub(crate) const BACKLOG: i32 = 1024;

/// How a listening socket is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListenOptions {
    pub(crate) backlog: i32,
    pub(crate) reuse_address: bool,
    pub(crate) reuse_port: bool,
    pub(crate) keep_alive: bool,
    /// Given on to the accepted sockets, which inherit it on Linux.
    pub(crate) nodelay: bool,
}

impl Default for ListenOptions {
    fn default() -> ListenOptions {
        ListenOptions {
            backlog: BACKLOG,
            reuse_address: true,
            reuse_port: false,
            keep_alive: false,
            nodelay: false,
        }
    }
}

impl ListenOptions {
    /// A bound socket that does not listen yet.
    pub(crate) fn bind(&self, addr: SocketAddr) -> io::Result<Socket> {
        let fail = |error| AddrError::wrap("bind to", addr, error);
        let domain = Domain::for_address(addr);
        let socket = socket(domain, Type::STREAM, Some(Protocol::TCP)).map_err(fail)?;
        let setup = || {
            if self.reuse_address {
                socket.set_reuse_address(true)?;
            }
            if self.reuse_port {
                socket.set_reuse_port(true)?;
            }
            if self.keep_alive {
                socket.set_keepalive(true)?;
            }
            if self.nodelay {
                socket.set_tcp_nodelay(true)?;
            }
            if addr.is_ipv6() {
                // So that the same port of IPv4 can have a socket of its own.
                socket.set_only_v6(true)?;
            }
            socket.bind(&SockAddr::from(addr))
        };
        setup().map_err(fail)?;
        Ok(socket)
    }

    /// Sockets for all of `addrs`. What this machine does not have is left out.
    pub(crate) fn bind_all(&self, addrs: &[SocketAddr]) -> io::Result<Vec<Socket>> {
        let mut sockets = Vec::new();
        let mut skipped = None;
        let mut seen: Vec<SocketAddr> = Vec::new();
        for &addr in addrs {
            if seen.contains(&addr) {
                continue;
            }
            seen.push(addr);
            match self.bind(addr) {
                Ok(socket) => sockets.push(socket),
                Err(error) if is_absent(&error) => skipped = skipped.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
        match (sockets.is_empty(), skipped) {
            (true, Some(error)) => Err(error),
            (true, None) => Err(io::Error::new(io::ErrorKind::NotFound, "no address to bind to")),
            (false, _) => Ok(sockets),
        }
    }
}

/// Whether the machine does not have this address, or no addresses of this family.
fn is_absent(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let inner = error.get_ref().and_then(|e| e.downcast_ref::<AddrError>());
    let os = inner.and_then(|e| Errno::from_io_error(e.io_error()));
    matches!(os, Some(Errno::ADDRNOTAVAIL | Errno::AFNOSUPPORT))
}
