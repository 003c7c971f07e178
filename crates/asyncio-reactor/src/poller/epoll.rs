//! Linux: epoll without detours, one system call per wait.
//!
//! Facts this rests on. An edge-triggered registration reports anew whatever arrives after the
//! last report, and `EPOLL_CTL_ADD` and `EPOLL_CTL_MOD` report what is so already. A write to an
//! eventfd is an edge even if it was never read, so ours is not: its count goes up by one per
//! notification, and full it would be after 584 years of one per nanosecond. `epoll_wait` counts
//! in milliseconds, `epoll_pwait2` (Linux 5.11) in nanoseconds.

use super::Token;
use crate::source::Bits;
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::event::{EventfdFlags, Timespec, eventfd};
use rustix::io::Errno;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

/// Most reports per wait; the next wait brings the rest.
const CAPACITY: usize = 1024;

/// The eventfd's; no source has this index.
const NOTIFIED: u64 = u64::MAX;

#[derive(Debug)]
pub(crate) struct Poller {
    epoll: OwnedFd,
    eventfd: OwnedFd,
    /// Whether the kernel refused nanoseconds (ENOSYS, or EPERM from a sandbox).
    milliseconds: AtomicBool,
}

pub(crate) struct Events(Vec<epoll::Event>);

impl Poller {
    pub(crate) fn new() -> io::Result<Poller> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let eventfd = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        epoll::add(
            &epoll,
            &eventfd,
            EventData::new_u64(NOTIFIED),
            EventFlags::IN | EventFlags::ET,
        )?;
        Ok(Poller { epoll, eventfd, milliseconds: AtomicBool::new(false) })
    }

    pub(crate) fn exact(&self) -> bool {
        true
    }

    pub(crate) fn one_shot(&self) -> bool {
        false
    }

    pub(crate) fn add(&self, fd: BorrowedFd<'_>, token: Token, write: bool) -> io::Result<()> {
        Ok(epoll::add(&self.epoll, fd, EventData::new_u64(token.to_u64()), flags(write))?)
    }

    pub(crate) fn modify(
        &self,
        fd: BorrowedFd<'_>,
        token: Token,
        _read: bool,
        write: bool,
    ) -> io::Result<()> {
        Ok(epoll::modify(&self.epoll, fd, EventData::new_u64(token.to_u64()), flags(write))?)
    }

    pub(crate) fn delete(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        Ok(epoll::delete(&self.epoll, fd)?)
    }

    pub(crate) fn notify(&self) -> io::Result<()> {
        match rustix::io::write(&self.eventfd, &1_u64.to_ne_bytes()) {
            // Full: then it was written, which is all that is asked for.
            Ok(_) | Err(Errno::AGAIN) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn wait(&self, events: &mut Events, timeout: Option<Duration>) -> io::Result<()> {
        events.0.clear();
        let exact = timeout.map(timespec);
        let result = if self.milliseconds.load(Relaxed) {
            self.wait_milliseconds(events, timeout)
        } else {
            match epoll::wait(&self.epoll, spare_capacity(&mut events.0), exact.as_ref()) {
                Err(Errno::NOSYS | Errno::PERM) => {
                    self.milliseconds.store(true, Relaxed);
                    self.wait_milliseconds(events, timeout)
                }
                result => result,
            }
        };
        match result {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Rounds up, so that no timer finds itself early and waits again for nothing.
    fn wait_milliseconds(
        &self,
        events: &mut Events,
        timeout: Option<Duration>,
    ) -> rustix::io::Result<usize> {
        let rounded = timeout.map(|timeout| {
            let up = Duration::from_nanos(999_999);
            let millis = timeout.saturating_add(up).as_millis().min(i32::MAX as u128);
            timespec(Duration::from_millis(millis as u64))
        });
        epoll::wait(&self.epoll, spare_capacity(&mut events.0), rounded.as_ref())
    }
}

impl Events {
    pub(crate) fn new() -> Events {
        Events(Vec::with_capacity(CAPACITY))
    }

    pub(crate) fn drain(&mut self, mut f: impl FnMut(Token, Bits)) {
        for event in self.0.drain(..) {
            let (data, flags) = (event.data.u64(), event.flags);
            if data != NOTIFIED {
                f(Token::from_u64(data), bits(flags));
            }
        }
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("len", &self.0.len()).finish()
    }
}

impl AsFd for Poller {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }
}

fn flags(write: bool) -> EventFlags {
    let read = EventFlags::IN | EventFlags::PRI | EventFlags::RDHUP | EventFlags::ET;
    if write { read | EventFlags::OUT } else { read }
}

fn bits(flags: EventFlags) -> Bits {
    let (hup, err) = (flags.contains(EventFlags::HUP), flags.contains(EventFlags::ERR));
    let rdhup = flags.contains(EventFlags::RDHUP);
    let pri = flags.contains(EventFlags::PRI);
    let readable = flags.contains(EventFlags::IN) || rdhup || pri || hup || err;
    let writable = flags.contains(EventFlags::OUT) || hup || err;
    Bits::READABLE
        .when(readable)
        .or(Bits::WRITABLE.when(writable))
        .or(Bits::READ_CLOSED.when(rdhup))
        .or(Bits::CLOSED.when(hup))
        .or(Bits::ERROR.when(err))
        .or(Bits::PRIORITY.when(pri))
}

fn timespec(duration: Duration) -> Timespec {
    Timespec {
        // Beyond a hundred million years nobody notices.
        tv_sec: duration.as_secs().min(i64::MAX as u64 / 4096) as i64,
        tv_nsec: duration.subsec_nanos().into(),
    }
}
