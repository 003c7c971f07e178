//! Waiting for room.

use super::state::{Closed, State, Turn};
use super::{Fifo, Order, PUTTERS, Queue, QueueShutDown};
use crate::confine::{Confinement, ThreadSafe, Word};
use crate::waiters::{Lists, Owed, Role, WaitCell, Waiter};
use asyncio_context::WaitKind;
use pin_project_lite::pin_project;
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

/// One who waits for room among `maxsize` items in the order `O`.
struct Putter<T, O> {
    maxsize: usize,
    _items: PhantomData<fn() -> (T, O)>,
}

impl<T, R: Confinement, O: Order<T>> Role<&WaitCell<State<O::Items>, R, 3>> for Putter<T, O> {
    const LIST: usize = PUTTERS;

    fn kind(&self) -> WaitKind {
        WaitKind::QueuePut
    }

    fn gone(
        &mut self,
        _: &&WaitCell<State<O::Items>, R, 3>,
        state: &mut State<O::Items>,
        lists: &mut Lists<'_, R>,
        notified: bool,
    ) -> Owed {
        // The room for which it was woken may be there still.
        let hands_on = notified && O::len(&state.items) < self.maxsize;
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
        queue: &'a Queue<T, R, O>,
        // Before the item: others are woken before a user's destructor runs.
        #[pin]
        wait: Waiter<&'a WaitCell<State<O::Items>, R, 3>, Putter<T, O>>,
        item: Option<T>,
    }
}

impl<'a, T, R: Confinement, O: Order<T>> PutFuture<'a, T, R, O> {
    #[inline]
    pub(super) fn new(queue: &'a Queue<T, R, O>, item: T, at: &'static Location<'static>) -> Self {
        let role = Putter { maxsize: queue.maxsize, _items: PhantomData };
        PutFuture { queue, wait: Waiter::new(&queue.cell, role, at), item: Some(item) }
    }
}

impl<T, R: Confinement, O: Order<T>> Future for PutFuture<'_, T, R, O> {
    type Output = Result<(), QueueShutDown<T>>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.wait.is_idle() && !self.queue.is_full(self.queue.len.peek()) {
            let this = self.as_mut().project();
            if this.queue.add_now(this.item) {
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
        let (queue, item) = (*this.queue, this.item);
        assert!(item.is_some(), "a put was polled after it was done");
        let mut turn = Turn::default();
        let likely = queue.is_full(queue.len.peek());
        let added =
            this.wait.poll(cx, likely, |_, state, lists| queue.add(state, lists, item, &mut turn));
        added.map(|added| match (added, item.take()) {
            (Err(Closed), Some(item)) => Err(QueueShutDown(item)),
            _ => Ok(()),
        })
    }
}
