//! Integration tests, one module per primitive. Each behaviour is one body, run in both
//! confinements.
//!
//! Mutations tried, each by itself, and each fails a test or hangs one: a release that does not look
//! for waiters, or puts the permit back although there are some; WAITERS not set before a wait; a
//! permit, a getter's or putter's turn, or a notification (while listening, while locking) that is
//! not handed on by a drop; an event without epochs, or one that wakes late-comers; `unlink` without
//! the back link; a barrier that does not count who was dropped while leaving, or forgets an abort;
//! a lock without the mark that it is reserved; a getter chosen after the comparison that may panic;
//! wakers called without a net; a waiter that unwinds out of its drop while it is in a list; a
//! primitive whose cell does not stand at its beginning.

mod barrier;
mod condition;
mod dropping;
mod event;
mod fifo;
mod lock;
mod panics;
mod queue;
mod records;
mod semaphore;
mod shape;
mod shutdown;
mod threads;

/// Makes a test of each body in both confinements.
macro_rules! in_both_confinements {
    ($($name:ident,)*) => {
        mod thread_safe {
            $(#[test] fn $name() { super::$name::<asyncio_sync::confined::ThreadSafe>() })*
            #[allow(dead_code, reason = "not every module runs all of its bodies in one test")]
            pub(super) fn all() { $($name();)* }
        }
        mod local {
            $(#[test] fn $name() { super::$name::<asyncio_sync::confined::LoopLocal>() })*
            #[allow(dead_code, reason = "as above")]
            pub(super) fn all() { $($name();)* }
        }
    };
}
pub(crate) use in_both_confinements;
