//! The plainest boundary.

use crate::Cancelled;
use crate::tree::{Node, Step};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// See [`catch_cancel`].
    ///
    /// # Cancel safety
    ///
    /// A request stops here, from the first poll on. Dropped by foreign code, it drops its future.
    #[must_use = "futures do nothing unless polled"]
    pub struct CatchCancel<F> {
        // Before the future, as `Node` wants it.
        node: Node,
        #[pin]
        future: Option<F>,
    }
}

/// Runs `fut` as far as it gets: a cancellation stops here. asyncio: `try: await fut` with an
/// `except CancelledError`.
///
/// `Err` when the task was cancelled: `fut` has been dropped, and the code after this may await
/// what it needs before it lets the cancellation go on by [`Cancelled::propagate`], or takes it by
/// [`Cancelled::swallow`].
///
/// ```
/// use asyncio_context::{catch_cancel, current_task, recorded};
/// use futures_lite::future::{block_on, pending, zip};
///
/// let job = recorded("job", async {
///     match catch_cancel(pending::<&str>()).await {
///         Ok(line) => line,
///         Err(cancelled) => {
///             cancelled.swallow();
///             assert_eq!(current_task().cancelling(), 1);
///             "nothing came"
///         }
///     }
/// });
/// let task = job.task();
/// let (end, _) = block_on(zip(job, async { task.cancel() }));
/// assert_eq!(end.unwrap(), "nothing came");
/// ```
///
/// # Cancel safety
///
/// Protects from its first poll on: before, there is nothing to stop at. Dropped by foreign code it
/// drops `fut`.
pub fn catch_cancel<F: IntoFuture>(fut: F) -> CatchCancel<F::IntoFuture> {
    CatchCancel { node: Node::stop(), future: Some(fut.into_future()) }
}

impl<F: Future> Future for CatchCancel<F> {
    type Output = Result<F::Output, Cancelled>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let future = &mut this.future;
        let step = this.node.poll(cx, |cx| {
            let future = future.as_mut().as_pin_mut();
            future.expect("a future is not polled after its end").poll(cx)
        });
        match step {
            Step::Ready(value) => {
                this.future.set(None);
                Poll::Ready(Ok(value))
            }
            Step::Pending => Poll::Pending,
            Step::Act => {
                this.future.set(None);
                Poll::Ready(Err(this.node.act()))
            }
        }
    }
}

impl<F> fmt::Debug for CatchCancel<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CatchCancel").field("over", &self.future.is_none()).finish()
    }
}
