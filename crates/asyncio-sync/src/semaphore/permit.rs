//! Permits as guards.

use crate::confine::{Confinement, ThreadSafe};
use crate::permits::{Holder, Permits, Stable, TooMany};
use std::fmt;
use std::mem;

/// A permit, released when this is dropped.
#[must_use = "the permit is released when the guard is dropped"]
pub struct SemaphorePermit<'a, R: Confinement = ThreadSafe> {
    permits: &'a Permits<R>,
}

impl<'a, R: Confinement> SemaphorePermit<'a, R> {
    #[inline]
    pub(super) fn new(permits: &'a Permits<R>) -> SemaphorePermit<'a, R> {
        SemaphorePermit { permits }
    }

    /// Keeps the permit taken. `release` of the semaphore gives it back.
    pub fn forget(self) {
        mem::forget(self);
    }
}

impl<R: Confinement> Drop for SemaphorePermit<'_, R> {
    #[inline]
    fn drop(&mut self) {
        check(self.permits.release());
    }
}

/// Pointers that an owned permit can hold: `Arc` and `Rc` of a semaphore.
#[doc(hidden)]
#[expect(private_bounds, reason = "sealed")]
pub trait Shared: Stable<Target: Holder> + Clone {}
impl<P: Stable<Target: Holder> + Clone> Shared for P {}

/// A permit with a share of its semaphore, released when this is dropped: `P` is an `Arc` or `Rc`
/// of the semaphore.
#[must_use = "the permit is released when the guard is dropped"]
pub struct OwnedSemaphorePermit<P: Shared> {
    semaphore: P,
    forgotten: bool,
}

impl<P: Shared> OwnedSemaphorePermit<P> {
    #[inline]
    pub(super) fn new(semaphore: P) -> OwnedSemaphorePermit<P> {
        OwnedSemaphorePermit { semaphore, forgotten: false }
    }

    /// The semaphore.
    pub fn source(&self) -> &P {
        &self.semaphore
    }

    /// Keeps the permit taken. `release` of the semaphore gives it back.
    pub fn forget(mut self) {
        self.forgotten = true;
    }
}

impl<P: Shared> Drop for OwnedSemaphorePermit<P> {
    #[inline]
    fn drop(&mut self) {
        if !self.forgotten {
            check(self.semaphore.permits().release());
        }
    }
}

/// A guard can only release too much if somebody else called `release` in its place.
#[inline]
fn check(released: Result<(), TooMany>) {
    if released.is_err() && !std::thread::panicking() {
        panic!("BoundedSemaphore released too many times");
    }
}

impl<R: Confinement> fmt::Debug for SemaphorePermit<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SemaphorePermit")
    }
}

impl<P: Shared> fmt::Debug for OwnedSemaphorePermit<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnedSemaphorePermit")
    }
}
