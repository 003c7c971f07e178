//! A semaphore that notices one release too many.

use super::{AcquireFuture, OwnedAcquireFuture, OwnedSemaphorePermit, SemaphorePermit, describe};
use crate::confine::{Confinement, ThreadSafe};
use crate::permits::{Holder, Permits};
use asyncio_context::TaskId;
use std::fmt;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;

/// A [`Semaphore`](super::Semaphore) whose value never exceeds the one it began with. asyncio:
/// `BoundedSemaphore`.
///
/// ```
/// use asyncio_sync::BoundedSemaphore;
///
/// futures_lite::future::block_on(async {
///     let one = BoundedSemaphore::new(1);
///     one.acquire().await.forget();
///     one.release();
///     assert!(std::panic::catch_unwind(|| one.release()).is_err());
///     assert_eq!(one.value(), 1);
/// });
/// ```
// The permits' address is the semaphore's: `Anchor::address`.
#[repr(C)]
pub struct BoundedSemaphore<R: Confinement = ThreadSafe> {
    permits: Permits<R>,
}

// SAFETY: a field.
unsafe impl<R: Confinement> Holder for BoundedSemaphore<R> {
    type R = R;

    #[inline]
    fn permits(&self) -> &Permits<R> {
        &self.permits
    }
}

impl<R: Confinement> BoundedSemaphore<R> {
    /// A semaphore with `value` permits, now and at most.
    ///
    /// # Panics
    ///
    /// Above `usize::MAX / 8`.
    pub const fn new(value: usize) -> BoundedSemaphore<R> {
        BoundedSemaphore { permits: Permits::new(value, value) }
    }

    /// As [`Semaphore::acquire`](super::Semaphore::acquire).
    ///
    /// # Cancel safety
    ///
    /// As there: no permit is lost.
    #[track_caller]
    #[inline]
    pub fn acquire(&self) -> AcquireFuture<'_, R> {
        AcquireFuture::new(&self.permits, Location::caller())
    }

    /// As [`Semaphore::try_acquire`](super::Semaphore::try_acquire).
    #[inline]
    pub fn try_acquire(&self) -> Option<SemaphorePermit<'_, R>> {
        self.permits.try_acquire().then(|| SemaphorePermit::new(&self.permits))
    }

    /// Adds a permit, or hands it to the task that has waited longest.
    ///
    /// # Panics
    ///
    /// If all permits are there already (asyncio: `ValueError`); the value stays as it is. A permit
    /// guard whose permit was released by somebody else panics the same way when it is dropped.
    #[track_caller]
    pub fn release(&self) {
        assert!(self.permits.release().is_ok(), "BoundedSemaphore released too many times");
    }

    /// Whether [`acquire`](BoundedSemaphore::acquire) would wait.
    pub fn locked(&self) -> bool {
        self.permits.free() == 0
    }

    /// How many permits are free.
    pub fn value(&self) -> usize {
        self.permits.free()
    }

    /// The tasks that wait, in order; `None` stands for a future outside any task.
    pub fn waiting_tasks(&self) -> Vec<Option<TaskId>> {
        self.permits.tasks()
    }

    /// As [`Semaphore::acquire_arc`](super::Semaphore::acquire_arc).
    #[track_caller]
    pub fn acquire_arc(self: &Arc<Self>) -> OwnedAcquireFuture<Arc<Self>> {
        OwnedAcquireFuture::new(self.clone(), Location::caller())
    }

    /// As [`Semaphore::acquire_rc`](super::Semaphore::acquire_rc).
    #[track_caller]
    pub fn acquire_rc(self: &Rc<Self>) -> OwnedAcquireFuture<Rc<Self>> {
        OwnedAcquireFuture::new(self.clone(), Location::caller())
    }

    /// As [`Semaphore::try_acquire_arc`](super::Semaphore::try_acquire_arc).
    pub fn try_acquire_arc(self: &Arc<Self>) -> Option<OwnedSemaphorePermit<Arc<Self>>> {
        self.permits.try_acquire().then(|| OwnedSemaphorePermit::new(self.clone()))
    }

    /// As [`Semaphore::try_acquire_rc`](super::Semaphore::try_acquire_rc).
    pub fn try_acquire_rc(self: &Rc<Self>) -> Option<OwnedSemaphorePermit<Rc<Self>>> {
        self.permits.try_acquire().then(|| OwnedSemaphorePermit::new(self.clone()))
    }
}

impl<R: Confinement> Default for BoundedSemaphore<R> {
    /// With one permit, as in asyncio.
    fn default() -> BoundedSemaphore<R> {
        BoundedSemaphore::new(1)
    }
}

impl<R: Confinement> fmt::Debug for BoundedSemaphore<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe("BoundedSemaphore", &self.permits, f)
    }
}
