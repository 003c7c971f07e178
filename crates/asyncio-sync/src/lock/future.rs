//! The waits for a lock.

use super::guard::Shared;
use super::{Lock, LockGuard, OwnedLockGuard};
use crate::confine::{Confinement, ThreadSafe};
use crate::permits::{Acquiring, Permits};
use asyncio_context::WaitKind;
use pin_project_lite::pin_project;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// The future of [`Lock::lock`].
    #[must_use = "futures do nothing unless polled"]
    pub struct LockFuture<'a, T, R = ThreadSafe>
    where
        T: ?Sized,
        R: Confinement,
    {
        lock: &'a Lock<T, R>,
        // Not of `Lock<T, R>`: the wait is compiled once for all values.
        #[pin]
        wait: Acquiring<&'a Permits<R>>,
    }
}

impl<'a, T: ?Sized, R: Confinement> LockFuture<'a, T, R> {
    #[inline]
    pub(crate) fn new(lock: &'a Lock<T, R>, at: &'static Location<'static>) -> Self {
        LockFuture { lock, wait: Acquiring::start(&lock.permits, WaitKind::Lock, at) }
    }
}

impl<'a, T: ?Sized, R: Confinement> Future for LockFuture<'a, T, R> {
    type Output = LockGuard<'a, T, R>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        ready!(this.wait.poll_acquire(cx));
        // SAFETY: the permit just got goes to the guard.
        Poll::Ready(unsafe { LockGuard::new(this.lock) })
    }
}

pin_project! {
    /// The future of [`Lock::lock_arc`] and [`Lock::lock_rc`].
    #[must_use = "futures do nothing unless polled"]
    pub struct OwnedLockFuture<P>
    where
        P: Shared,
    {
        #[pin]
        wait: Acquiring<P>,
    }
}

impl<P: Shared> OwnedLockFuture<P> {
    #[inline]
    pub(super) fn new(lock: P, at: &'static Location<'static>) -> Self {
        OwnedLockFuture { wait: Acquiring::start(lock, WaitKind::Lock, at) }
    }
}

impl<P: Shared> Future for OwnedLockFuture<P> {
    type Output = OwnedLockGuard<P>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        ready!(this.wait.as_mut().poll_acquire(cx));
        // SAFETY: the permit just got goes to the guard.
        Poll::Ready(unsafe { OwnedLockGuard::new(this.wait.holder().clone()) })
    }
}
