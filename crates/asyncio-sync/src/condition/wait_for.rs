//! Waiting for a predicate.

use super::{Condition, ConditionFuture};
use crate::confine::{Confinement, ThreadSafe};
use crate::lock::LockGuard;
use pin_project_lite::pin_project;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// The future of [`Condition::wait_for`].
    #[must_use = "futures do nothing unless polled"]
    pub struct ConditionWaitFor<'a, T, P, R = ThreadSafe>
    where
        T: ?Sized,
        R: Confinement,
    {
        condition: &'a Condition<R>,
        predicate: P,
        at: &'static Location<'static>,
        // The lock is held, and the predicate to be asked.
        guard: Option<LockGuard<'a, T, R>>,
        #[pin]
        wait: Option<ConditionFuture<'a, T, R>>,
    }
}

impl<'a, T: ?Sized, P, R: Confinement> ConditionWaitFor<'a, T, P, R> {
    pub(super) fn new(
        condition: &'a Condition<R>,
        guard: LockGuard<'a, T, R>,
        predicate: P,
        at: &'static Location<'static>,
    ) -> Self {
        ConditionWaitFor { condition, predicate, at, guard: Some(guard), wait: None }
    }
}

impl<'a, T: ?Sized, P, R: Confinement> Future for ConditionWaitFor<'a, T, P, R>
where
    P: FnMut(&mut T) -> bool,
{
    type Output = LockGuard<'a, T, R>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            if let Some(mut guard) = this.guard.take() {
                if (this.predicate)(&mut guard) {
                    return Poll::Ready(guard);
                }
                this.wait.set(Some(this.condition.wait_at(guard, this.at)));
            }
            let Some(wait) = this.wait.as_mut().as_pin_mut() else {
                panic!("a wait was polled after it was done");
            };
            let guard = ready!(wait.poll(cx));
            this.wait.set(None);
            *this.guard = Some(guard);
        }
    }
}
