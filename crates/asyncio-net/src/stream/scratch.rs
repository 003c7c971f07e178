//! One read buffer per thread.
//!
//! A connection that waits owns no buffer: bytes are received here and copied to where they are
//! wanted, which for many connections is cheaper than a buffer each, since this one stays in the
//! processor's cache. It is also large enough that nearly every read is a short one, after which
//! the socket is known to be drained and need not be asked a second time.

use std::cell::Cell;

/// The size of the buffer, in bytes.
pub(crate) const SIZE: usize = 64 * 1024;

thread_local! {
    static SCRATCH: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
}

/// Calls `read` with the thread's buffer, whose contents are arbitrary.
pub(crate) fn with<R>(read: impl FnOnce(&mut [u8]) -> R) -> R {
    // Taken out, not borrowed: `read` may run foreign code that reads from another stream.
    let taken = SCRATCH.try_with(Cell::take).ok().flatten();
    let mut buffer = taken.unwrap_or_else(|| vec![0; SIZE].into_boxed_slice());
    let result = read(&mut buffer);
    let _ = SCRATCH.try_with(|place| place.set(Some(buffer)));
    result
}
