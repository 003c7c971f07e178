//! Connecting to a path.

use super::UnixStream;
use crate::addr::AddrError;
use crate::connect::{in_progress, socket};
use asyncio_context::{WaitKind, waiting};
use asyncio_reactor::{Async, Interest, Sleep, sleep};
use socket2::{Domain, SockAddr, Type};
use std::fmt;
use std::future::Future;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net;
use std::panic::Location;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// How long to wait for room in a listener's queue, at first and at most. The system offers no
/// event for it: a full queue makes the connect fail with WouldBlock.
const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(50));

/// A connection to a path that is being made. Dropping it closes the socket of the attempt.
///
/// See [`UnixStream::connect`].
#[must_use = "futures do nothing unless awaited"]
pub struct UnixConnect {
    path: PathBuf,
    state: State,
    pause: Duration,
    at: &'static Location<'static>,
}

enum State {
    /// To be tried.
    Idle,
    /// There was no room in the queue.
    Resting(Sleep),
    UnderWay(Async<net::UnixStream>),
}

impl UnixConnect {
    #[track_caller]
    pub(super) fn new(path: PathBuf) -> UnixConnect {
        UnixConnect { path, state: State::Idle, pause: PAUSES.0, at: Location::caller() }
    }

    fn poll_connect(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<UnixStream>> {
        loop {
            match &mut self.state {
                State::Idle => {
                    if let Some(stream) = self.begin()? {
                        return Poll::Ready(Ok(stream));
                    }
                }
                State::Resting(rest) => {
                    ready!(Pin::new(rest).poll(cx));
                    self.state = State::Idle;
                }
                State::UnderWay(io) => {
                    ready!(io.poll_io(cx, Interest::Writable, is_connected))?;
                    let State::UnderWay(io) = std::mem::replace(&mut self.state, State::Idle)
                    else {
                        unreachable!("looked at above")
                    };
                    return Poll::Ready(Ok(UnixStream::of(io)));
                }
            }
        }
    }

    /// One try: the stream, or what to wait for.
    fn begin(&mut self) -> io::Result<Option<UnixStream>> {
        let socket = socket(Domain::UNIX, Type::STREAM, None)?;
        match socket.connect(&SockAddr::unix(&self.path)?) {
            Ok(()) => return Ok(Some(UnixStream::from_nonblocking(socket.into()))),
            Err(error) if in_progress(&error) || error.kind() == io::ErrorKind::Interrupted => {
                self.state = State::UnderWay(Async::new_nonblocking(socket.into()));
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.state = State::Resting(sleep(self.pause));
                self.pause = (self.pause * 2).min(PAUSES.1);
            }
            Err(error) => return Err(error),
        }
        Ok(None)
    }

    fn resource(&self) -> usize {
        match &self.state {
            State::UnderWay(io) => io.as_raw_fd() as usize,
            State::Idle | State::Resting(_) => 0,
        }
    }
}

/// Writable is not enough: an event may be a stale or a spurious one.
fn is_connected(stream: &net::UnixStream) -> io::Result<()> {
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    match stream.peer_addr() {
        Err(error) if error.kind() == io::ErrorKind::NotConnected => {
            Err(io::ErrorKind::WouldBlock.into())
        }
        result => result.map(drop),
    }
}

impl Future for UnixConnect {
    type Output = io::Result<UnixStream>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let polled = this.poll_connect(cx);
        if polled.is_pending() {
            waiting(WaitKind::Writable, this.resource(), this.at);
        }
        polled.map_err(|error| AddrError::wrap("connect to", this.path.display(), error))
    }
}

impl fmt::Debug for UnixConnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnixConnect").field("path", &self.path).finish_non_exhaustive()
    }
}
