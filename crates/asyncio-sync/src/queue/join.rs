//! Waiting until all is done.

use super::state::State;
use super::{Fifo, JOINERS, Order, Queue};
use crate::confine::{Confinement, ThreadSafe};
use crate::waiters::{Lists, Owed, Role, Standing, WaitCell, Waiter};
use asyncio_context::WaitKind;
use pin_project_lite::pin_project;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

/// One who waits until all items are done.
struct Joiner {
    since: usize,
}

impl<I, R: Confinement> Role<&WaitCell<State<I>, R, 3>> for Joiner {
    const LIST: usize = JOINERS;

    fn kind(&self) -> WaitKind {
        WaitKind::QueueJoin
    }

    fn tag(&mut self, state: &mut State<I>) -> usize {
        self.since = state.finished;
        self.since
    }

    fn gone(
        &mut self,
        _: &&WaitCell<State<I>, R, 3>,
        _: &mut State<I>,
        _: &mut Lists<'_, R>,
        _: bool,
    ) -> Owed {
        // All who join are told.
        Owed::Nobody
    }
}

pin_project! {
    /// The future of [`Queue::join`].
    #[must_use = "futures do nothing unless polled"]
    pub struct JoinFuture<'a, T, R = ThreadSafe, O = Fifo>
    where
        R: Confinement,
        O: Order<T>,
    {
        queue: &'a Queue<T, R, O>,
        #[pin]
        wait: Waiter<&'a WaitCell<State<O::Items>, R, 3>, Joiner>,
    }
}

impl<'a, T, R: Confinement, O: Order<T>> JoinFuture<'a, T, R, O> {
    pub(super) fn new(queue: &'a Queue<T, R, O>, at: &'static Location<'static>) -> Self {
        JoinFuture { queue, wait: Waiter::new(&queue.cell, Joiner { since: 0 }, at) }
    }
}

impl<T, R: Confinement, O: Order<T>> Future for JoinFuture<'_, T, R, O> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if this.wait.accept() {
            return Poll::Ready(());
        }
        this.wait.poll(cx, false, |(_, joiner, standing), state, _| {
            // The second: all was done once since, whether or not this joiner was told already.
            let waited = standing != Standing::Idle;
            (state.unfinished == 0 || waited && joiner.since < state.finished).then_some(())
        })
    }
}
