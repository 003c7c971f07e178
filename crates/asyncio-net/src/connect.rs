//! Connecting: one address after the other, until one answers.

use crate::addr::AddrError;
use crate::lookup::Lookup;
use asyncio_context::{WaitKind, waiting};
use asyncio_reactor::{Async, Interest};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// A non-blocking socket that is not inherited by child processes.
pub(crate) fn socket(domain: Domain, ty: Type, protocol: Option<Protocol>) -> io::Result<Socket> {
    #[cfg(target_os = "linux")]
    return Socket::new_raw(domain, ty.cloexec().nonblocking(), protocol);
    #[cfg(not(target_os = "linux"))]
    {
        let socket = Socket::new(domain, ty, protocol)?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    }
}

/// Whether a non-blocking connect is under way.
pub(crate) fn in_progress(error: &io::Error) -> bool {
    rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::INPROGRESS)
}

/// A connection that is being made. Dropping it closes the socket of the attempt.
///
/// See [`TcpStream::connect`](crate::TcpStream::connect).
#[must_use = "futures do nothing unless awaited"]
pub struct Connect {
    lookup: Option<Lookup>,
    local: Option<SocketAddr>,
    /// In reverse: the next to be tried is the last.
    addrs: Vec<SocketAddr>,
    attempt: Option<Attempt>,
    errors: Vec<io::Error>,
    at: &'static Location<'static>,
}

struct Attempt {
    addr: SocketAddr,
    socket: Async<TcpStream>,
}

impl Connect {
    #[track_caller]
    pub(crate) fn new(lookup: Lookup) -> Connect {
        Connect {
            lookup: Some(lookup),
            local: None,
            addrs: Vec::new(),
            attempt: None,
            errors: Vec::new(),
            at: Location::caller(),
        }
    }

    pub(crate) fn set_local(&mut self, local: SocketAddr) {
        self.local = Some(local);
    }

    pub(crate) fn poll_connect(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(Async<TcpStream>, SocketAddr)>> {
        if let Some(lookup) = &mut self.lookup {
            let found = ready!(Pin::new(lookup).poll(cx));
            self.lookup = None;
            self.addrs = found?;
            self.addrs.reverse();
        }
        loop {
            if let Some(attempt) = &self.attempt {
                let result = ready!(attempt.poll(cx, self.at));
                let Attempt { addr, socket } = self.attempt.take().expect("looked at above");
                match result {
                    Ok(()) => return Poll::Ready(Ok((socket, addr))),
                    Err(error) => self.failed(addr, error),
                }
            }
            let Some(addr) = self.addrs.pop() else {
                return Poll::Ready(Err(self.failure()));
            };
            match self.begin(addr) {
                Ok(attempt) => self.attempt = Some(attempt),
                Err(error) => self.errors.push(error),
            }
        }
    }

    fn failed(&mut self, addr: SocketAddr, error: io::Error) {
        self.errors.push(AddrError::wrap("connect to", addr, error));
    }

    fn begin(&self, addr: SocketAddr) -> io::Result<Attempt> {
        let to = |error| AddrError::wrap("connect to", addr, error);
        let socket =
            socket(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP)).map_err(to)?;
        if let Some(local) = self.local {
            let from = |error| AddrError::wrap("bind to", local, error);
            socket.bind(&SockAddr::from(local)).map_err(from)?;
        }
        match socket.connect(&SockAddr::from(addr)) {
            Ok(()) => {}
            // An interrupted connect goes on like one in progress.
            Err(error) if in_progress(&error) || error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(to(error)),
        }
        let socket = Async::new_nonblocking(TcpStream::from(socket));
        Ok(Attempt { addr, socket })
    }

    /// A single failure as it is; of several, all, with the kind of the first.
    fn failure(&mut self) -> io::Error {
        let mut errors = std::mem::take(&mut self.errors);
        if errors.len() == 1 {
            return errors.remove(0);
        }
        let all: Vec<String> = errors.iter().map(io::Error::to_string).collect();
        let kind = errors.first().map_or(io::ErrorKind::NotFound, io::Error::kind);
        io::Error::new(kind, all.join("; "))
    }
}

impl Attempt {
    fn poll(&self, cx: &mut Context<'_>, at: &'static Location<'static>) -> Poll<io::Result<()>> {
        let polled = self.socket.poll_io(cx, Interest::Writable, |socket| {
            if let Some(error) = socket.take_error()? {
                return Err(error);
            }
            // Writable is not enough: an event may be a stale or a spurious one.
            match socket.peer_addr() {
                Ok(_) => Ok(()),
                Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                    Err(io::ErrorKind::WouldBlock.into())
                }
                Err(error) => Err(error),
            }
        });
        if polled.is_pending() {
            waiting(WaitKind::Writable, self.socket.get_ref().as_raw_fd() as usize, at);
        }
        polled
    }
}

impl Future for Connect {
    type Output = io::Result<crate::TcpStream>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (socket, _) = ready!(self.get_mut().poll_connect(cx))?;
        Poll::Ready(Ok(crate::TcpStream::of(socket)))
    }
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let trying = self.attempt.as_ref().map(|attempt| attempt.addr);
        f.debug_struct("Connect").field("trying", &trying).finish_non_exhaustive()
    }
}
