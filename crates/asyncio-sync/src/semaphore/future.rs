//! The waits for a permit.

use super::permit::{OwnedSemaphorePermit, SemaphorePermit, Shared};
use crate::confine::{Confinement, ThreadSafe};
use crate::permits::{Acquiring, Permits};
use asyncio_context::WaitKind;
use pin_project_lite::pin_project;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// The future of `acquire`.
    #[must_use = "futures do nothing unless polled"]
    pub struct AcquireFuture<'a, R = ThreadSafe>
    where
        R: Confinement,
    {
        permits: &'a Permits<R>,
        #[pin]
        wait: Acquiring<&'a Permits<R>>,
    }
}

impl<'a, R: Confinement> AcquireFuture<'a, R> {
    #[inline]
    pub(super) fn new(permits: &'a Permits<R>, at: &'static Location<'static>) -> Self {
        AcquireFuture { permits, wait: Acquiring::start(permits, WaitKind::Semaphore, at) }
    }
}

impl<'a, R: Confinement> Future for AcquireFuture<'a, R> {
    type Output = SemaphorePermit<'a, R>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        ready!(this.wait.poll_acquire(cx));
        Poll::Ready(SemaphorePermit::new(this.permits))
    }
}

pin_project! {
    /// The future of `acquire_arc` and `acquire_rc`.
    #[must_use = "futures do nothing unless polled"]
    pub struct OwnedAcquireFuture<P>
    where
        P: Shared,
    {
        #[pin]
        wait: Acquiring<P>,
    }
}

impl<P: Shared> OwnedAcquireFuture<P> {
    #[inline]
    pub(super) fn new(semaphore: P, at: &'static Location<'static>) -> Self {
        OwnedAcquireFuture { wait: Acquiring::start(semaphore, WaitKind::Semaphore, at) }
    }
}

impl<P: Shared> Future for OwnedAcquireFuture<P> {
    type Output = OwnedSemaphorePermit<P>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        ready!(this.wait.as_mut().poll_acquire(cx));
        Poll::Ready(OwnedSemaphorePermit::new(this.wait.holder().clone()))
    }
}
