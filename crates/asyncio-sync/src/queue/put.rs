//! Waiting for room.

use super::state::{Closed, State, Turn};
use super::{Fifo, Order, PUTTERS, Queue, QueueShutDown};
use crate::confine::{Confinement, ThreadSafe, Word};
use crate::waiters::{Lists, Owed, Role, Waiter};
use asyncio_context::WaitKind;
use pin_project_lite::pin_project;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

/// One who waits for room.
struct Putter;

impl<T, R: Confinement, O: Order<T>> Role<&Queue<T, R, O>> for Putter {
    const LIST: usize = PUTTERS;

    fn kind(&self) -> WaitKind {
        WaitKind::QueuePut
    }

    fn gone(
        &mut self,
        queue: &&Queue<T, R, O>,
        state: &mut State<O::Items>,
        lists: &mut Lists<'_, R>,
        notified: bool,
    ) -> Owed {
        // The room for which it was woken may be there still.
        let hands_on = notified && !queue.is_full(O::len(&state.items));
        if hands_on { lists.notify(PUTTERS).into() } else { Owed::Nobody }
    }
}

pin_project! {
    /// The future of [`Queue::put`].
    #[must_use = "futures do nothing unless polled"]
    pub struct PutFuture<'a, T, R = ThreadSafe, O = Fifo>
    where
        R: Confinement,
        O: Order<T>,
    {
        // Before the item: others are woken before a user's destructor runs.
        #[pin]
        wait: Waiter<&'a Queue<T, R, O>, Putter>,
        item: Option<T>,
    }
}

impl<'a, T, R: Confinement, O: Order<T>> PutFuture<'a, T, R, O> {
    #[inline]
    pub(super) fn new(queue: &'a Queue<T, R, O>, item: T, at: &'static Location<'static>) -> Self {
        PutFuture { wait: Waiter::new(queue, Putter, at), item: Some(item) }
    }
}

impl<T, R: Confinement, O: Order<T>> Future for PutFuture<'_, T, R, O> {
    type Output = Result<(), QueueShutDown<T>>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let queue = *self.wait.anchor();
        if !self.wait.is_waiting() && !queue.is_full(queue.len.peek()) {
            let this = self.as_mut().project();
            if queue.add_now(this.item) {
                this.wait.end();
                return Poll::Ready(Ok(()));
            }
        }
        self.poll_slow(cx)
    }
}

impl<T, R: Confinement, O: Order<T>> PutFuture<'_, T, R, O> {
    #[inline(never)]
    fn poll_slow(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), QueueShutDown<T>>> {
        let this = self.project();
        let item = this.item;
        assert!(item.is_some(), "a put was polled after it was done");
        let mut turn = Turn::default();
        let added = this
            .wait
            .poll(cx, |(queue, ..), state, lists| queue.add(state, lists, item, &mut turn));
        added.map(|added| match (added, item.take()) {
            (Err(Closed), Some(item)) => Err(QueueShutDown(item)),
            _ => Ok(()),
        })
    }
}
