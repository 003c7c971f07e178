//! A number of permits.

mod bounded;
mod future;
mod permit;

pub use bounded::BoundedSemaphore;
pub use future::{AcquireFuture, OwnedAcquireFuture};
pub use permit::{OwnedSemaphorePermit, SemaphorePermit};

use crate::confine::{Confinement, ThreadSafe};
use crate::permits::{Holder, MAX, Permits};
use asyncio_context::TaskId;
use std::fmt;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;

/// A number of permits, for tasks. asyncio: `Semaphore`.
///
/// A permit that is released goes straight to the task that has waited longest; a task that comes
/// while others wait queues behind them.
///
/// [`acquire`](Semaphore::acquire) gives a guard that releases when it is dropped. For asyncio's
/// separate `acquire()` and `release()`, [`forget`](SemaphorePermit::forget) the guard and call
/// [`release`](Semaphore::release).
///
/// ```
/// use asyncio_sync::Semaphore;
///
/// futures_lite::future::block_on(async {
///     let at_most_two = Semaphore::new(2);
///     let first = at_most_two.acquire().await;
///     at_most_two.acquire().await.forget();
///     assert!(at_most_two.locked());
///
///     at_most_two.release();
///     drop(first);
///     assert_eq!(at_most_two.value(), 2);
/// });
/// ```
// The permits' address is the semaphore's: `Anchor::address`.
#[repr(C)]
pub struct Semaphore<R: Confinement = ThreadSafe> {
    permits: Permits<R>,
}

// SAFETY: a field.
unsafe impl<R: Confinement> Holder for Semaphore<R> {
    type R = R;

    #[inline]
    fn permits(&self) -> &Permits<R> {
        &self.permits
    }
}

impl<R: Confinement> Semaphore<R> {
    /// A semaphore with `value` permits; zero is allowed.
    ///
    /// # Panics
    ///
    /// Above `usize::MAX / 8`.
    pub const fn new(value: usize) -> Semaphore<R> {
        Semaphore { permits: Permits::new(value, MAX) }
    }

    /// Waits for a permit; takes a free one without suspending if nobody waits.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped leaves the queue; if a permit had been handed to it already, the
    /// next waiter gets it.
    #[track_caller]
    #[inline]
    pub fn acquire(&self) -> AcquireFuture<'_, R> {
        AcquireFuture::new(&self.permits, Location::caller())
    }

    /// Takes a permit if one is free and nobody waits.
    #[inline]
    pub fn try_acquire(&self) -> Option<SemaphorePermit<'_, R>> {
        self.permits.try_acquire().then(|| SemaphorePermit::new(&self.permits))
    }

    /// Adds a permit, or hands it to the task that has waited longest. More may be released than
    /// were there at first.
    ///
    /// # Panics
    ///
    /// Beyond `usize::MAX / 8` permits.
    #[track_caller]
    pub fn release(&self) {
        assert!(self.permits.release().is_ok(), "too many permits");
    }

    /// Whether [`acquire`](Semaphore::acquire) would wait.
    pub fn locked(&self) -> bool {
        // No permit is free while somebody waits.
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

    /// [`acquire`](Semaphore::acquire), with a permit that owns a share of the semaphore and so may
    /// go anywhere.
    #[track_caller]
    pub fn acquire_arc(self: &Arc<Self>) -> OwnedAcquireFuture<Arc<Self>> {
        OwnedAcquireFuture::new(self.clone(), Location::caller())
    }

    /// [`acquire_arc`](Semaphore::acquire_arc), in an `Rc`.
    #[track_caller]
    pub fn acquire_rc(self: &Rc<Self>) -> OwnedAcquireFuture<Rc<Self>> {
        OwnedAcquireFuture::new(self.clone(), Location::caller())
    }

    /// [`try_acquire`](Semaphore::try_acquire), with a permit that owns a share of the semaphore.
    pub fn try_acquire_arc(self: &Arc<Self>) -> Option<OwnedSemaphorePermit<Arc<Self>>> {
        self.permits.try_acquire().then(|| OwnedSemaphorePermit::new(self.clone()))
    }

    /// [`try_acquire_arc`](Semaphore::try_acquire_arc), in an `Rc`.
    pub fn try_acquire_rc(self: &Rc<Self>) -> Option<OwnedSemaphorePermit<Rc<Self>>> {
        self.permits.try_acquire().then(|| OwnedSemaphorePermit::new(self.clone()))
    }
}

impl<R: Confinement> Default for Semaphore<R> {
    /// With one permit, as in asyncio.
    fn default() -> Semaphore<R> {
        Semaphore::new(1)
    }
}

impl<R: Confinement> fmt::Debug for Semaphore<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe("Semaphore", &self.permits, f)
    }
}

fn describe<R: Confinement>(
    name: &str,
    permits: &Permits<R>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let waiters = permits.tasks().len();
    f.debug_struct(name).field("value", &permits.free()).field("waiters", &waiters).finish()
}
