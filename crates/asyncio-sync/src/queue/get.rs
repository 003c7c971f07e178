//! Waiting for an item.

use super::state::{Closed, State, Turn};
use super::{Fifo, GETTERS, Order, Queue, QueueShutDown};
use crate::confine::{Confinement, ThreadSafe, Word};
use crate::waiters::{Lists, Owed, Role, Waiter};
use asyncio_context::WaitKind;
use pin_project_lite::pin_project;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

/// One who waits for an item.
struct Getter;

impl<T, R: Confinement, O: Order<T>> Role<&Queue<T, R, O>> for Getter {
    const LIST: usize = GETTERS;

    fn kind(&self) -> WaitKind {
        WaitKind::QueueGet
    }

    fn gone(
        &mut self,
        _: &&Queue<T, R, O>,
        state: &mut State<O::Items>,
        lists: &mut Lists<'_, R>,
        notified: bool,
    ) -> Owed {
        // The item for which it was woken may be there still.
        let hands_on = notified && O::len(&state.items) != 0;
        if hands_on { lists.notify(GETTERS).into() } else { Owed::Nobody }
    }
}

pin_project! {
    /// The future of [`Queue::get`].
    #[must_use = "futures do nothing unless polled"]
    pub struct GetFuture<'a, T, R = ThreadSafe, O = Fifo>
    where
        R: Confinement,
        O: Order<T>,
    {
        #[pin]
        wait: Waiter<&'a Queue<T, R, O>, Getter>,
    }
}

impl<'a, T, R: Confinement, O: Order<T>> GetFuture<'a, T, R, O> {
    #[inline]
    pub(super) fn new(queue: &'a Queue<T, R, O>, at: &'static Location<'static>) -> Self {
        GetFuture { wait: Waiter::new(queue, Getter, at) }
    }
}

impl<T, R: Confinement, O: Order<T>> Future for GetFuture<'_, T, R, O> {
    type Output = Result<T, QueueShutDown>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let queue = *self.wait.anchor();
        if !self.wait.is_waiting()
            && queue.len.peek() != 0
            && let Some(taken) = queue.take_now()
        {
            self.wait.end();
            return Poll::Ready(taken.map_err(|Closed| QueueShutDown(())));
        }
        self.poll_slow(cx)
    }
}

impl<T, R: Confinement, O: Order<T>> GetFuture<'_, T, R, O> {
    #[inline(never)]
    fn poll_slow(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, QueueShutDown>> {
        let mut turn = Turn::default();
        let taken = self
            .project()
            .wait
            .poll(cx, |(queue, ..), state, lists| queue.take(state, lists, &mut turn));
        taken.map(|taken| taken.map_err(|Closed| QueueShutDown(())))
    }
}
