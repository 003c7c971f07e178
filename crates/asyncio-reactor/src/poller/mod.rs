//! What a driver needs of the operating system.
//!
//! A backend is a file here with the same names in it:
//!
//! - `Poller::new()`, and `exact()`: whether RDHUP, HUP, ERR and PRI are each reported.
//! - `add(fd, token, write)`: from now on report what becomes readable (and writable, if `write`),
//!   beginning with what is so already. `modify` the same for one that was added. `delete`, always
//!   before the descriptor is closed.
//! - `one_shot()`: a report disarms, and `modify` arms again; otherwise reports are edges and keep
//!   coming.
//! - `wait(events, timeout)`: collects reports; EINTR is no report and no error.
//! - `notify()`: makes the current or the next `wait` return. From any thread.
//! - `as_fd()`: a descriptor that is readable when `wait` has something to tell.

#[cfg(target_os = "linux")]
pub(crate) mod epoll;
#[cfg(target_os = "linux")]
mod epoll_wait;
pub(crate) mod polling;

use crate::source::Bits;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// Names a registration in the reports: an index and its generation, so that a report for one that
/// is gone cannot be taken for the next in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

impl Token {
    /// What a generation may count to: `polling` takes keys of one machine word.
    pub(crate) const GENERATIONS: u32 = if usize::BITS >= 64 { u32::MAX >> 1 } else { 0x1ff };

    pub(crate) fn to_u64(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.index)
    }

    pub(crate) fn from_u64(word: u64) -> Token {
        Token { index: word as u32, generation: (word >> 32) as u32 }
    }
}

/// How a [`Driver`](crate::Driver) asks the operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// Linux: epoll directly, edge-triggered, one system call per turn.
    #[cfg(target_os = "linux")]
    Epoll,
    /// Everywhere: the `polling` crate, edge-triggered where the system can do it.
    Polling,
    /// The `polling` crate with every report re-armed, as on systems without edges.
    PollingOneShot,
}

impl Backend {
    /// What `ASYNCIO_DRIVER` says (`epoll`, `polling` or `polling-oneshot`), or else the best one
    /// for this system.
    pub fn from_env() -> Backend {
        match std::env::var("ASYNCIO_DRIVER").as_deref() {
            Ok("polling") => Backend::Polling,
            Ok("polling-oneshot") => Backend::PollingOneShot,
            #[cfg(target_os = "linux")]
            _ => Backend::Epoll,
            #[cfg(not(target_os = "linux"))]
            _ => Backend::Polling,
        }
    }
}

#[derive(Debug)]
pub(crate) enum Poller {
    #[cfg(target_os = "linux")]
    Epoll(epoll::Poller),
    Polling(polling::Poller),
}

#[derive(Debug)]
pub(crate) enum Events {
    #[cfg(target_os = "linux")]
    Epoll(epoll::Events),
    Polling(polling::Events),
}

macro_rules! either {
    ($self:ident, $it:ident => $call:expr) => {
        match $self {
            #[cfg(target_os = "linux")]
            Poller::Epoll($it) => $call,
            Poller::Polling($it) => $call,
        }
    };
}

impl Poller {
    pub(crate) fn new(backend: Backend) -> io::Result<(Poller, Events)> {
        Ok(match backend {
            #[cfg(target_os = "linux")]
            Backend::Epoll => {
                (Poller::Epoll(epoll::Poller::new()?), Events::Epoll(epoll::Events::new()))
            }
            Backend::Polling => (
                Poller::Polling(polling::Poller::new(false)?),
                Events::Polling(polling::Events::new()),
            ),
            Backend::PollingOneShot => (
                Poller::Polling(polling::Poller::new(true)?),
                Events::Polling(polling::Events::new()),
            ),
        })
    }

    pub(crate) fn exact(&self) -> bool {
        either!(self, p => p.exact())
    }

    pub(crate) fn one_shot(&self) -> bool {
        either!(self, p => p.one_shot())
    }

    pub(crate) fn add(&self, fd: BorrowedFd<'_>, token: Token, write: bool) -> io::Result<()> {
        either!(self, p => p.add(fd, token, write))
    }

    pub(crate) fn modify(
        &self,
        fd: BorrowedFd<'_>,
        token: Token,
        read: bool,
        write: bool,
    ) -> io::Result<()> {
        either!(self, p => p.modify(fd, token, read, write))
    }

    pub(crate) fn delete(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        either!(self, p => p.delete(fd))
    }

    pub(crate) fn notify(&self) -> io::Result<()> {
        either!(self, p => p.notify())
    }

    pub(crate) fn wait(&self, events: &mut Events, timeout: Option<Duration>) -> io::Result<()> {
        match (self, events) {
            #[cfg(target_os = "linux")]
            (Poller::Epoll(poller), Events::Epoll(events)) => poller.wait(events, timeout),
            (Poller::Polling(poller), Events::Polling(events)) => poller.wait(events, timeout),
            #[cfg(target_os = "linux")]
            _ => unreachable!("a poller and its events are made together"),
        }
    }
}

impl Events {
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            #[cfg(target_os = "linux")]
            Events::Epoll(events) => events.is_empty(),
            Events::Polling(events) => events.is_empty(),
        }
    }

    /// Shows and forgets what the last wait collected.
    pub(crate) fn drain(&mut self, f: impl FnMut(Token, Bits)) {
        match self {
            #[cfg(target_os = "linux")]
            Events::Epoll(events) => events.drain(f),
            Events::Polling(events) => events.drain(f),
        }
    }
}

impl AsFd for Poller {
    fn as_fd(&self) -> BorrowedFd<'_> {
        either!(self, p => p.as_fd())
    }
}
