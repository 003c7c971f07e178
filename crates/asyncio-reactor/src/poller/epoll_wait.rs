//! The wait of epoll in nanoseconds, for which there is no safe wrapper that falls back.
//!
//! `rustix` calls `epoll_pwait2` only if the whole program is built for Linux 5.11 or later. So
//! these two calls are made here.

#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

/// The kernel's own `timespec`, 64 bits wide on all systems.
#[repr(C)]
struct Timespec {
    seconds: i64,
    nanos: i64,
}

/// Fills the spare capacity of `events`, with a timeout in nanoseconds. ENOSYS before Linux 5.11,
/// and EPERM in some sandboxes.
pub(super) fn nanoseconds(
    epoll: BorrowedFd<'_>,
    events: &mut Vec<libc::epoll_event>,
    timeout: Option<Duration>,
) -> io::Result<()> {
    let timeout = timeout.map(|timeout| Timespec {
        // The kernel takes what it cannot add to its clock for "never".
        seconds: timeout.as_secs().try_into().unwrap_or(i64::MAX),
        nanos: timeout.subsec_nanos().into(),
    });
    let timeout = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    let spare = events.spare_capacity_mut();
    // SAFETY: the pointer is to `spare.len()` places for events, exclusively borrowed; the timeout
    // is null or points to a local that outlives the call; no signal mask is passed.
    let count = unsafe {
        libc::syscall(
            libc::SYS_epoll_pwait2,
            epoll.as_raw_fd(),
            spare.as_mut_ptr(),
            capacity(spare.len()),
            timeout,
            std::ptr::null::<libc::sigset_t>(),
            0_usize,
        )
    };
    filled(events, count)
}

/// The same in milliseconds, rounded up: too early would be to no purpose.
pub(super) fn milliseconds(
    epoll: BorrowedFd<'_>,
    events: &mut Vec<libc::epoll_event>,
    timeout: Option<Duration>,
) -> io::Result<()> {
    let timeout = timeout.map_or(-1, |timeout| {
        let millis = timeout.as_nanos().div_ceil(1_000_000);
        millis.try_into().unwrap_or(libc::c_int::MAX)
    });
    let spare = events.spare_capacity_mut();
    // SAFETY: the pointer is to `spare.len()` places for events, exclusively borrowed.
    let count = unsafe {
        libc::epoll_wait(
            epoll.as_raw_fd(),
            spare.as_mut_ptr().cast(),
            capacity(spare.len()),
            timeout,
        )
    };
    filled(events, count.into())
}

fn capacity(spare: usize) -> libc::c_int {
    spare.try_into().unwrap_or(libc::c_int::MAX)
}

fn filled(events: &mut Vec<libc::epoll_event>, count: libc::c_long) -> io::Result<()> {
    let Ok(count) = usize::try_from(count) else { return Err(io::Error::last_os_error()) };
    // SAFETY: the kernel has written `count` events behind the present ones, and says so only of
    // what fits the capacity that it was told.
    unsafe { events.set_len(events.len() + count) };
    Ok(())
}
