use super::{Deferred, DeferredError};
use crate::waiters::Place;
use asyncio_context::tree::{Node, Step};
use asyncio_context::{WaitKind, waiting};
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Waits for the value. Cancelled by somebody else it is an error, not an unwinding (CAN-19).
impl<T: Clone> IntoFuture for Deferred<T> {
    type Output = Result<T, DeferredError>;
    type IntoFuture = DeferredWait<T>;

    #[track_caller]
    fn into_future(self) -> DeferredWait<T> {
        let at = Location::caller();
        DeferredWait {
            node: Node::stop(),
            deferred: self,
            place: Place::default(),
            gone: false,
            at,
        }
    }
}

impl<T: Clone> IntoFuture for &Deferred<T> {
    type Output = Result<T, DeferredError>;
    type IntoFuture = DeferredWait<T>;

    #[track_caller]
    fn into_future(self) -> DeferredWait<T> {
        self.clone().into_future()
    }
}

/// Waits for a [`Deferred`]: what `deferred.await` makes.
///
/// # Errors
///
/// [`DeferredError`] when an error was set, or it was cancelled by others.
///
/// # Cancel safety
///
/// A request that reaches the wait cancels the value (CAN-4). Dropped, the wait only goes away.
#[must_use = "futures do nothing unless awaited"]
pub struct DeferredWait<T> {
    node: Node,
    deferred: Deferred<T>,
    place: Place,
    // Unwound: this future never completes.
    gone: bool,
    at: &'static Location<'static>,
}

impl<T: Clone> DeferredWait<T> {
    fn poll_result(&mut self, waker: &Waker) -> Poll<Result<T, DeferredError>> {
        if let Some(result) = self.deferred.look() {
            return Poll::Ready(result.clone());
        }
        if self.deferred.lock().waiters.knows(&self.place, waker) {
            return Poll::Pending;
        }
        let new = waker.clone();
        let mut state = self.deferred.lock();
        // It is set with the state locked: here it is seen, or the waker is.
        if let Some(result) = self.deferred.look() {
            drop(state);
            return Poll::Ready(result.clone());
        }
        let before = state.waiters.put(&mut self.place, new);
        drop(state);
        drop(before);
        Poll::Pending
    }
}

impl<T> Unpin for DeferredWait<T> {}

impl<T: Clone> Future for DeferredWait<T> {
    type Output = Result<T, DeferredError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.gone {
            return Poll::Pending;
        }
        let mut node = std::mem::replace(&mut self.node, Node::stop());
        let step = node.poll(cx, |cx| self.poll_result(cx.waker()));
        self.node = node;
        match step {
            Step::Ready(result) => return Poll::Ready(result),
            Step::Pending => {}
            Step::Act => {
                self.gone = true;
                self.deferred.cancel_inner(self.node.message());
                self.node.unwind();
            }
        }
        let resource = Arc::as_ptr(&self.deferred.shared).addr();
        waiting(WaitKind::Deferred, resource, self.at);
        Poll::Pending
    }
}

impl<T> Drop for DeferredWait<T> {
    fn drop(&mut self) {
        let DeferredWait { deferred, place, .. } = self;
        let left = deferred.lock().waiters.leave(place);
        drop(left);
    }
}

impl<T> fmt::Debug for DeferredWait<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DeferredWait").field(&self.deferred).finish()
    }
}

/// Waits for a [`Deferred`] and leaves it alone when the wait is cancelled.
///
/// # Cancel safety
///
/// Neither a request nor a drop changes anything for the value and for those who wait for it.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct DeferredWatch<T>(DeferredWait<T>);

impl<T> DeferredWatch<T> {
    pub(crate) fn new(wait: DeferredWait<T>) -> DeferredWatch<T> {
        DeferredWatch(wait)
    }
}

impl<T: Clone> Future for DeferredWatch<T> {
    type Output = Result<T, DeferredError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_result(cx.waker())
    }
}
