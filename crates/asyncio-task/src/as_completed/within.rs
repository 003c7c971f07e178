use super::AsCompleted;
use crate::TimeoutError;
use asyncio_reactor::Sleep;
use futures_core::Stream;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Outputs as they come in, for as long as the time lasts: see [`AsCompleted::timeout`].
#[must_use = "streams do nothing unless polled"]
pub struct AsCompletedWithin<F: Future> {
    all: AsCompleted<F>,
    /// Gone when it has rung, and when there is nothing left to wait for.
    timer: Option<Sleep>,
    /// Errors still to be given, when the time is over.
    late: Option<usize>,
}

impl<F: Future> AsCompletedWithin<F> {
    pub(super) fn new(all: AsCompleted<F>, timer: Option<Sleep>) -> AsCompletedWithin<F> {
        let timer = timer.filter(|_| all.left > 0);
        AsCompletedWithin { all, timer, late: None }
    }

    /// The next output, [`TimeoutError`] for each that did not come in time, then `None`.
    #[allow(clippy::should_implement_trait, reason = "the name that streams have")]
    pub fn next(&mut self) -> NextWithin<'_, F> {
        NextWithin { all: self }
    }

    /// How many are still to come.
    pub fn left(&self) -> usize {
        self.late.unwrap_or(self.all.left)
    }

    /// Those that did not come in time may be waited for further: without a limit, or with a new
    /// one.
    pub fn into_inner(self) -> AsCompleted<F> {
        self.all
    }

    fn poll_some(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<F::Output, TimeoutError>>> {
        if self.late.is_none() {
            // What is done comes before the end of the time (ASC-11).
            if let Poll::Ready(next) = self.all.poll_some(cx) {
                if self.all.left == 0 {
                    self.timer = None;
                }
                return Poll::Ready(next.map(Ok));
            }
            let Some(timer) = &mut self.timer else { return Poll::Pending };
            if Pin::new(timer).poll(cx).is_pending() {
                self.all.note();
                return Poll::Pending;
            }
            self.timer = None;
            self.late = Some(self.all.left);
        }
        let left = self.late.get_or_insert(0);
        if *left == 0 {
            return Poll::Ready(None);
        }
        *left -= 1;
        Poll::Ready(Some(Err(TimeoutError::new())))
    }
}

impl<F: Future> Unpin for AsCompletedWithin<F> {}

impl<F: Future> Stream for AsCompletedWithin<F> {
    type Item = Result<F::Output, TimeoutError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_some(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left(), Some(self.left()))
    }
}

impl<F: Future> fmt::Debug for AsCompletedWithin<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompletedWithin")
            .field("left", &self.left())
            .field("late", &self.late.is_some())
            .finish()
    }
}

/// The future of [`AsCompletedWithin::next`].
///
/// # Cancel safety
///
/// Dropped, it has taken nothing.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct NextWithin<'a, F: Future> {
    all: &'a mut AsCompletedWithin<F>,
}

impl<F: Future> Future for NextWithin<'_, F> {
    type Output = Option<Result<F::Output, TimeoutError>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.all.poll_some(cx)
    }
}
