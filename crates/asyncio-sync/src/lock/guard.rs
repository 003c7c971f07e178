//! Proof that the lock is held.

use super::Lock;
use crate::confine::{Confinement, ThreadSafe};
use crate::permits::{Holder, Stable};
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;
use std::sync::Arc;

/// The lock, held until this is dropped; gives access to the value.
#[must_use = "the lock is released when the guard is dropped"]
pub struct LockGuard<'a, T: ?Sized, R: Confinement = ThreadSafe> {
    lock: &'a Lock<T, R>,
    // A shared guard gives `&T`, so it is `Sync` only if `T` is; the lock alone asks less.
    _value: PhantomData<&'a mut T>,
}

impl<'a, T: ?Sized, R: Confinement> LockGuard<'a, T, R> {
    /// # Safety
    ///
    /// The caller gives its permit of the lock to the guard.
    #[inline]
    pub(super) unsafe fn new(lock: &'a Lock<T, R>) -> LockGuard<'a, T, R> {
        LockGuard { lock, _value: PhantomData }
    }

    /// The lock that this guard holds.
    pub fn source(guard: &LockGuard<'a, T, R>) -> &'a Lock<T, R> {
        guard.lock
    }
}

impl<T: ?Sized, R: Confinement> Deref for LockGuard<'_, T, R> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard has the lock's one permit, so no other guard exists.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T: ?Sized, R: Confinement> DerefMut for LockGuard<'_, T, R> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and the guard is borrowed exclusively.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T: ?Sized, R: Confinement> Drop for LockGuard<'_, T, R> {
    #[inline]
    fn drop(&mut self) {
        let released = self.lock.permits().release();
        debug_assert!(released.is_ok());
    }
}

impl<T: ?Sized + fmt::Debug, R: Confinement> fmt::Debug for LockGuard<'_, T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// Pointers that an owned guard can hold: `Arc` and `Rc` of a [`Lock`].
#[doc(hidden)]
#[expect(private_bounds, reason = "sealed")]
pub trait Shared: Stable<Target = Lock<Self::Value, Self::R>> + Clone {
    type Value: ?Sized;
    type R: Confinement;
}

impl<T: ?Sized, R: Confinement> Shared for Arc<Lock<T, R>> {
    type Value = T;
    type R = R;
}

impl<T: ?Sized, R: Confinement> Shared for Rc<Lock<T, R>> {
    type Value = T;
    type R = R;
}

/// The lock, held until this is dropped, with a share of it: `P` is an `Arc` or `Rc` of the lock.
#[must_use = "the lock is released when the guard is dropped"]
pub struct OwnedLockGuard<P: Shared> {
    lock: P,
    _value: PhantomData<*mut P::Value>,
}

// SAFETY: sending the guard sends the right to the value and the pointer.
unsafe impl<P: Shared<Value: Send> + Send> Send for OwnedLockGuard<P> {}
// SAFETY: sharing the guard shares the value and the pointer.
unsafe impl<P: Shared<Value: Sync> + Sync> Sync for OwnedLockGuard<P> {}

impl<P: Shared> OwnedLockGuard<P> {
    /// # Safety
    ///
    /// The caller gives its permit of the lock to the guard.
    #[inline]
    pub(super) unsafe fn new(lock: P) -> OwnedLockGuard<P> {
        OwnedLockGuard { lock, _value: PhantomData }
    }

    /// The lock that this guard holds.
    pub fn source(guard: &OwnedLockGuard<P>) -> &P {
        &guard.lock
    }
}

impl<P: Shared> Deref for OwnedLockGuard<P> {
    type Target = P::Value;

    #[inline]
    fn deref(&self) -> &P::Value {
        // SAFETY: the guard has the lock's one permit, so no other guard exists.
        unsafe { &*self.lock.value.get() }
    }
}

impl<P: Shared> DerefMut for OwnedLockGuard<P> {
    #[inline]
    fn deref_mut(&mut self) -> &mut P::Value {
        // SAFETY: as in `deref`, and the guard is borrowed exclusively.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<P: Shared> Drop for OwnedLockGuard<P> {
    #[inline]
    fn drop(&mut self) {
        let released = self.lock.permits().release();
        debug_assert!(released.is_ok());
    }
}

impl<P: Shared<Value: fmt::Debug>> fmt::Debug for OwnedLockGuard<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
