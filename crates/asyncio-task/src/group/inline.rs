//! A child that its group polls.

use super::slot::{End, Slot};
use crate::Outcome;
use asyncio_context::Recorded;
use pin_project_lite::pin_project;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

pin_project! {
    /// The child's future with a record around it and, around that, what tells the others.
    pub(super) struct Inline<F> where F: Future, F::Output: Outcome {
        #[pin]
        recorded: Recorded<Settle<F>>,
        // Behind the future: a child that is dropped has run its destructors when it is over for
        // those who wait.
        slot: OnDrop<<F::Output as Outcome>::Value>,
    }
}

impl<F> Inline<F>
where
    F: Future<Output: Outcome>,
{
    pub(super) fn new(
        future: F,
        slot: &Arc<Slot<<F::Output as Outcome>::Value>>,
        at: &'static Location<'static>,
    ) -> Inline<F> {
        let recorded = Recorded::new(Settle { future, slot: slot.clone() }, at);
        slot.set_task(recorded.task());
        Inline { recorded, slot: OnDrop(slot.clone()) }
    }
}

impl<F> Future for Inline<F>
where
    F: Future<Output: Outcome>,
{
    type Output = End;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<End> {
        let this = self.project();
        let ended = ready!(this.recorded.poll(cx));
        Poll::Ready(this.slot.0.settle(ended))
    }
}

/// Ends the child for its waiters when it is dropped without an end.
pub(super) struct OnDrop<T>(pub(super) Arc<Slot<T>>);

impl<T> Drop for OnDrop<T> {
    fn drop(&mut self) {
        self.0.gone();
    }
}

pin_project! {
    /// Leaves an error of the child's future with the slot.
    pub(super) struct Settle<F> where F: Future, F::Output: Outcome {
        #[pin]
        future: F,
        slot: Arc<Slot<<F::Output as Outcome>::Value>>,
    }
}

impl<F> Future for Settle<F>
where
    F: Future<Output: Outcome>,
{
    type Output = Option<<F::Output as Outcome>::Value>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let output = ready!(this.future.poll(cx));
        Poll::Ready(this.slot.output(output.outcome()))
    }
}
