//! Mutual exclusion between tasks.

mod future;
mod guard;

pub use future::{LockFuture, OwnedLockFuture};
pub use guard::{LockGuard, OwnedLockGuard};

use crate::confine::{Confinement, ThreadSafe};
use crate::permits::{Holder, Permits};
use asyncio_context::TaskId;
use std::cell::UnsafeCell;
use std::fmt;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;

/// A lock around a value, for tasks. asyncio: `Lock`.
///
/// Waiters get the lock in the order in which they began to wait. It is handed over: from the
/// release on it belongs to the first waiter, and nobody who comes in between can take it. It is not
/// reentrant, has no owner but the guard, and is not poisoned by a panic.
///
/// Where no task waits while it holds the lock, a `std::sync::Mutex` or a `RefCell` does the same
/// and costs less.
///
/// ```
/// use asyncio_sync::Lock;
///
/// static TOTAL: Lock<u32> = Lock::new(0);
///
/// futures_lite::future::block_on(async {
///     *TOTAL.lock().await += 2;
///     let mut total = TOTAL.lock().await;
///     assert!(TOTAL.locked());
///     *total += 3;
///     assert_eq!(*total, 5);
/// });
/// assert!(!TOTAL.locked());
/// ```
// The permits' address is the lock's: `Anchor::address`.
#[repr(C)]
pub struct Lock<T: ?Sized = (), R: Confinement = ThreadSafe> {
    permits: Permits<R>,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached through the one guard only, on whatever thread that is, so as with a
// mutex it need be `Send`, not `Sync`; the permits are `Sync` where `R` is.
unsafe impl<T: ?Sized + Send, R: Confinement> Sync for Lock<T, R> where Permits<R>: Sync {}

// SAFETY: a field.
unsafe impl<T: ?Sized, R: Confinement> Holder for Lock<T, R> {
    type R = R;

    #[inline]
    fn permits(&self) -> &Permits<R> {
        &self.permits
    }
}

impl<T, R: Confinement> Lock<T, R> {
    /// A lock around `value`, unlocked.
    pub const fn new(value: T) -> Lock<T, R> {
        Lock { permits: Permits::new(1, 1), value: UnsafeCell::new(value) }
    }

    /// The value, of a lock that nobody else has.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized, R: Confinement> Lock<T, R> {
    /// Waits for the lock. asyncio: `async with lock`.
    ///
    /// A free lock that nobody waits for is taken without suspending.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped leaves the queue; if the lock had been handed to it already, the
    /// next waiter gets it.
    #[track_caller]
    #[inline]
    pub fn lock(&self) -> LockFuture<'_, T, R> {
        LockFuture::new(self, Location::caller())
    }

    /// Takes the lock if it is free and nobody waits for it.
    #[inline]
    pub fn try_lock(&self) -> Option<LockGuard<'_, T, R>> {
        // SAFETY: the permit just taken goes to the guard.
        self.permits.try_acquire().then(|| unsafe { LockGuard::new(self) })
    }

    /// Whether somebody holds the lock. False between its release and the moment when the waiter to
    /// whom it was handed runs (LCK-5), although nobody else can get it then.
    pub fn locked(&self) -> bool {
        self.permits.free() == 0 && !self.permits.is_reserved()
    }

    /// The tasks that wait, in order; `None` stands for a future outside any task.
    pub fn waiting_tasks(&self) -> Vec<Option<TaskId>> {
        self.permits.tasks()
    }

    /// The value, by a borrow that proves that nobody holds the lock.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// [`lock`](Lock::lock), with a guard that owns a share of the lock and so may go anywhere.
    #[track_caller]
    pub fn lock_arc(self: &Arc<Self>) -> OwnedLockFuture<Arc<Self>> {
        OwnedLockFuture::new(self.clone(), Location::caller())
    }

    /// [`lock_arc`](Lock::lock_arc), in an `Rc`.
    #[track_caller]
    pub fn lock_rc(self: &Rc<Self>) -> OwnedLockFuture<Rc<Self>> {
        OwnedLockFuture::new(self.clone(), Location::caller())
    }

    /// [`try_lock`](Lock::try_lock), with a guard that owns a share of the lock.
    pub fn try_lock_arc(self: &Arc<Self>) -> Option<OwnedLockGuard<Arc<Self>>> {
        // SAFETY: the permit just taken goes to the guard.
        self.permits.try_acquire().then(|| unsafe { OwnedLockGuard::new(self.clone()) })
    }

    /// [`try_lock_arc`](Lock::try_lock_arc), in an `Rc`.
    pub fn try_lock_rc(self: &Rc<Self>) -> Option<OwnedLockGuard<Rc<Self>>> {
        // SAFETY: the permit just taken goes to the guard.
        self.permits.try_acquire().then(|| unsafe { OwnedLockGuard::new(self.clone()) })
    }
}

impl<T: Default, R: Confinement> Default for Lock<T, R> {
    fn default() -> Lock<T, R> {
        Lock::new(T::default())
    }
}

impl<T, R: Confinement> From<T> for Lock<T, R> {
    fn from(value: T) -> Lock<T, R> {
        Lock::new(value)
    }
}

impl<T: ?Sized, R: Confinement> fmt::Debug for Lock<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.locked() { "locked" } else { "unlocked" };
        let waiters = self.permits.tasks().len();
        f.debug_struct("Lock").field("state", &state).field("waiters", &waiters).finish()
    }
}
