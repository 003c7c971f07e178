//! Several awaitables, one after the other as they come in.

mod tasks;
mod within;

pub use tasks::{Handed, as_completed_tasks};
pub use within::{AsCompletedWithin, NextWithin};

use crate::woken::{Part, TURN, Woken};
use asyncio_context::{WaitKind, waiting};
use asyncio_executor::Waitable;
use asyncio_reactor::sleep;
use futures_core::Stream;
use std::collections::VecDeque;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Gives the outputs of the awaitables of `iter` as they come in, first done first.
///
/// The result is a [`Stream`]; [`next`](AsCompleted::next) serves where no stream library is at
/// hand. Tasks are left alone, whatever happens to the waiting (ASC-12). Plain futures are polled
/// as part of the waiting task, while it waits for the next one, and dropped with this.
/// A broken-off loop may be taken up again (ASC-9). [`timeout`](AsCompleted::timeout) sets a limit of
/// time; [`as_completed_tasks`] gives the handles back with the results.
///
/// asyncio: `as_completed`.
///
/// # Cancel safety
///
/// Waiting for the next one loses nothing: what is done meanwhile comes with the next call.
///
/// ```
/// use asyncio_task::{as_completed, yield_now};
///
/// # futures_lite::future::block_on(async {
/// let mut done = as_completed([3, 1, 2].map(|n| async move {
///     for _ in 0..n { yield_now().await }
///     n
/// }));
/// let mut order = Vec::new();
/// while let Some(n) = done.next().await {
///     order.push(n);
/// }
/// assert_eq!(order, [1, 2, 3]);
/// # });
/// ```
#[track_caller]
pub fn as_completed<I>(iter: I) -> AsCompleted<<I::Item as Waitable>::Watch>
where
    I: IntoIterator<Item: Waitable>,
{
    AsCompleted::new(iter.into_iter().map(Waitable::into_watch))
}

/// Outputs as they come in: see [`as_completed`].
#[must_use = "streams do nothing unless polled"]
pub struct AsCompleted<F: Future> {
    members: Vec<Option<Running<F>>>,
    left: usize,
    woken: Arc<Woken>,
    batch: VecDeque<usize>,
    at: &'static Location<'static>,
}

struct Running<F> {
    future: Pin<Box<F>>,
    part: Arc<Part>,
    waker: Waker,
}

impl<F: Future> AsCompleted<F> {
    #[track_caller]
    fn new(futures: impl Iterator<Item = F>) -> AsCompleted<F> {
        let woken = Arc::default();
        let mut batch = VecDeque::new();
        let member = |(n, future)| {
            batch.push_back(n);
            let part = Part::new(n, &woken);
            let waker = Waker::from(part.clone());
            Some(Running { future: Box::pin(future), part, waker })
        };
        let members: Vec<_> = futures.enumerate().map(member).collect();
        AsCompleted { left: members.len(), members, woken, batch, at: Location::caller() }
    }

    /// Sets a limit of time, from now, to all of them. What did not come in time is an error in its
    /// turn, once each; it is not cancelled (ASC-12), and
    /// [`into_inner`](AsCompletedWithin::into_inner) gives it back.
    ///
    /// asyncio: `as_completed(iter, timeout=limit)`.
    ///
    /// # Errors
    ///
    /// The items are [`TimeoutError`](crate::TimeoutError)s from then on.
    #[track_caller]
    pub fn timeout(self, limit: impl Into<Option<Duration>>) -> AsCompletedWithin<F> {
        let timer = limit.into().map(sleep);
        AsCompletedWithin::new(self, timer)
    }

    /// The next output, or `None` when there are no more.
    #[allow(clippy::should_implement_trait, reason = "the name that streams have")]
    pub fn next(&mut self) -> NextCompleted<'_, F> {
        NextCompleted { all: self }
    }

    /// How many are still to come.
    pub fn left(&self) -> usize {
        self.left
    }

    fn poll_some(&mut self, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.woken.take(&mut self.batch);
        for _ in 0..TURN {
            let Some(n) = self.batch.pop_front() else { break };
            let Some(running) = &mut self.members[n] else { continue };
            running.part.begin();
            let polled = running.future.as_mut().poll(&mut Context::from_waker(&running.waker));
            let Poll::Ready(output) = polled else { continue };
            running.part.end();
            let over = self.members[n].take();
            self.left -= 1;
            drop(over);
            return Poll::Ready(Some(output));
        }
        match self.batch.is_empty() {
            true => self.woken.sleep(cx.waker()),
            false => cx.waker().wake_by_ref(),
        }
        self.note();
        Poll::Pending
    }

    /// What the current task waits for.
    fn note(&self) {
        waiting(WaitKind::Gather, self.left, self.at);
    }
}

impl<F: Future> Unpin for AsCompleted<F> {}

impl<F: Future> Stream for AsCompleted<F> {
    type Item = F::Output;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        self.poll_some(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<F: Future> fmt::Debug for AsCompleted<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted").field("left", &self.left).finish()
    }
}

/// The future of [`AsCompleted::next`].
///
/// # Cancel safety
///
/// Dropped, it has taken nothing: what was done comes with the next call.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct NextCompleted<'a, F: Future> {
    all: &'a mut AsCompleted<F>,
}

impl<F: Future> Future for NextCompleted<'_, F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.all.poll_some(cx)
    }
}
