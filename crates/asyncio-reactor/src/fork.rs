//! Which process is this? A forked child inherits drivers whose epoll and eventfd it shares with
//! its parent: one `epoll_ctl` of the child would change what the parent is told. So everything
//! that would touch them compares [`process`] first.
//!
//! Asking the kernel costs a system call. A page that the kernel wipes in the child
//! (`MADV_WIPEONFORK`, Linux 4.14) costs a load.

#![allow(unsafe_code)]

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A number that differs between this process and those it was forked from.
#[inline]
pub(crate) fn process() -> u64 {
    static PAGE: OnceLock<Option<&'static AtomicU64>> = OnceLock::new();
    let Some(page) = PAGE.get_or_init(wiped_on_fork) else {
        return std::process::id().into();
    };
    match page.load(Relaxed) {
        0 => first_look(page),
        stamp => stamp,
    }
}

#[cold]
fn first_look(page: &AtomicU64) -> u64 {
    /// How many processes up the line have looked: a child inherits the count of its parent.
    static GENERATION: AtomicU64 = AtomicU64::new(0);
    let stamp = GENERATION.fetch_add(1, Relaxed) + 1;
    match page.compare_exchange(0, stamp, Relaxed, Relaxed) {
        Ok(_) => stamp,
        Err(other) => other,
    }
}

#[cfg(target_os = "linux")]
fn wiped_on_fork() -> Option<&'static AtomicU64> {
    use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous};
    let size = rustix::param::page_size();
    // SAFETY: a private anonymous mapping at an address of the kernel's choosing replaces no
    // other, and nobody ever unmaps it.
    let page = unsafe {
        mmap_anonymous(
            std::ptr::null_mut(),
            size,
            ProtFlags::READ | ProtFlags::WRITE,
            MapFlags::PRIVATE,
        )
    }
    .ok()?;
    // SAFETY: the range is the page mapped above, which nothing refers to yet.
    unsafe { madvise(page, size, Advice::LinuxWipeOnFork) }.ok()?;
    // SAFETY: the page is mapped, zeroed, aligned, and stays for the life of the process; it is
    // only ever used as this atomic. In a child the kernel maps a zeroed page in its place.
    Some(unsafe { &*page.cast::<AtomicU64>() })
}

#[cfg(not(target_os = "linux"))]
fn wiped_on_fork() -> Option<&'static AtomicU64> {
    None
}
