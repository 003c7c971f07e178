//! The loop in which every operation runs: try, and wait when it would block.

use crate::source::{Interest, Parked, Snapshot, Source, Waiter};
use asyncio_context::{WaitKind, waiting};
use rustix::event::{PollFd, PollFlags, Timespec};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::panic::Location;
use std::sync::Arc;
use std::task::{Poll, Waker};

/// Does `op` on `io`, to which `source` belongs, unless it answers WouldBlock; then waits. `op` is
/// also shown what was known before it.
#[inline]
pub(super) fn attempt<I: AsFd, R>(
    source: &Arc<Source>,
    io: &mut I,
    interest: Interest,
    mut waiter: Waiter<'_>,
    waker: &Waker,
    at: &'static Location<'static>,
    mut op: impl FnMut(&mut I, Snapshot) -> io::Result<R>,
) -> Poll<io::Result<R>> {
    loop {
        let seen = source.snapshot();
        if seen.is(interest.bits()) {
            if !source.may_go_on(interest) {
                waker.wake_by_ref();
                return Poll::Pending;
            }
            match op(io, seen) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    source.drained(interest, seen);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return Poll::Ready(result),
            }
        } else if park(source, io.as_fd(), interest, waiter.reborrow(), waker, at)? {
            return Poll::Pending;
        }
    }
}

/// True if the waker is in place, false to try again.
fn park(
    source: &Arc<Source>,
    fd: BorrowedFd<'_>,
    interest: Interest,
    waiter: Waiter<'_>,
    waker: &Waker,
    at: &'static Location<'static>,
) -> io::Result<bool> {
    if let Parked::No = source.park(fd, interest, waiter, waker)? {
        return Ok(false);
    }
    let kind = match interest {
        Interest::Readable => WaitKind::Readable,
        Interest::Writable => WaitKind::Writable,
    };
    waiting(kind, fd.as_raw_fd() as usize, at);
    Ok(true)
}

/// [`attempt`] of an operation that moves up to `wanted` bytes. A TCP stream that moved less is
/// drained, and the call that would answer WouldBlock is saved.
#[inline]
pub(super) fn transfer<I: AsFd>(
    source: &Arc<Source>,
    io: &mut I,
    interest: Interest,
    wanted: usize,
    waker: &Waker,
    at: &'static Location<'static>,
    mut op: impl FnMut(&mut I) -> io::Result<usize>,
) -> Poll<io::Result<usize>> {
    attempt(source, io, interest, Waiter::Slot, waker, at, |io, seen| {
        let moved = op(io)?;
        if 0 < moved && moved < wanted && seen.short_count_drains() {
            source.drained(interest, seen);
        }
        Ok(moved)
    })
}

/// Asks the system what it would tell a driver now; WouldBlock if nothing.
pub(super) fn probe(fd: BorrowedFd<'_>, interest: Interest) -> io::Result<()> {
    let flags = match interest {
        Interest::Readable => PollFlags::IN | PollFlags::PRI,
        Interest::Writable => PollFlags::OUT,
    };
    let mut fds = [PollFd::from_borrowed_fd(fd, flags)];
    // HUP and ERR are reported unasked, and count.
    match rustix::event::poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))? {
        0 => Err(io::ErrorKind::WouldBlock.into()),
        _ => Ok(()),
    }
}
