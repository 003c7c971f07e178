//! Waiting until all is done.

use super::state::State;
use super::{Fifo, JOINERS, Order, Queue};
use crate::confine::{Confinement, ThreadSafe};
use crate::waiters::{Lists, Owed, Role, Standing, Waiter};
use asyncio_context::WaitKind;
use pin_project_lite::pin_project;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

/// One who waits until all items are done.
struct Joiner {
    since: usize,
}

impl<T, R: Confinement, O: Order<T>> Role<&Queue<T, R, O>> for Joiner {
    const LIST: usize = JOINERS;

    fn kind(&self) -> WaitKind {
        WaitKind::QueueJoin
    }

    fn tag(&mut self, state: &mut State<O::Items>) -> usize {
        self.since = state.finished;
        self.since
    }

    fn gone(
        &mut self,
        _: &&Queue<T, R, O>,
        _: &mut State<O::Items>,
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
        #[pin]
        wait: Waiter<&'a Queue<T, R, O>, Joiner>,
    }
}

impl<'a, T, R: Confinement, O: Order<T>> JoinFuture<'a, T, R, O> {
    pub(super) fn new(queue: &'a Queue<T, R, O>, at: &'static Location<'static>) -> Self {
        JoinFuture { wait: Waiter::new(queue, Joiner { since: 0 }, at) }
    }
}

impl<T, R: Confinement, O: Order<T>> Future for JoinFuture<'_, T, R, O> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if this.wait.accept() {
            return Poll::Ready(());
        }
        this.wait.poll(cx, |(_, joiner, standing), state, _| {
            // The second: all was done once since, whether or not this joiner was told already.
            let waited = standing != Standing::Idle;
            (state.unfinished == 0 || waited && joiner.since < state.finished).then_some(())
        })
    }
}
