//! The future of a task, with what a turn does around its poll.

use crate::frame::{self, Frame};
use crate::vars::{Context, VarsCell};
use crate::{JoinError, Record};
use pin_project_lite::pin_project;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context as PollContext, Poll};

pin_project! {
    /// A task's future and context variables: the part of a task that its executor polls.
    ///
    /// [`poll`](Body::poll) is one *turn*: it delivers a request, enters the record and catches a
    /// panic. The [`Record`] stands beside it, shared with others, where this belongs to the
    /// executor alone.
    #[derive(Debug)]
    pub struct Body<F> {
        vars: VarsCell,
        // Gone once the task is over.
        #[pin]
        future: Option<F>,
    }
}

impl<F: Future> Body<F> {
    /// A body that will see `vars`.
    pub fn new(vars: Context, future: F) -> Body<F> {
        Body { vars: VarsCell::new(vars), future: Some(future) }
    }

    /// One turn of the task `record`. Ready when the task is over: the future has been dropped by
    /// then, and the record refuses requests.
    ///
    /// # Panics
    ///
    /// If the task is over already.
    pub fn poll(
        mut self: Pin<&mut Self>,
        record: &Record,
        cx: &mut PollContext<'_>,
    ) -> Poll<Result<F::Output, JoinError>> {
        if record.mailbox().is_pending() && record.mailbox().take() {
            return Poll::Ready(Err(self.deliver(record)));
        }
        record.clear_wait();
        let this = self.as_mut().project();
        let frame = Frame { record, vars: this.vars };
        let future = this.future.as_pin_mut().expect("a task is not polled after its end");
        let polled = frame::enter(&frame, || catch_unwind(AssertUnwindSafe(|| future.poll(cx))));
        let result = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(_dropped)) if record.mailbox().is_self_posted() => {
                Err(JoinError::cancelled(&record.to_ref(), record.take_message()))
            }
            Ok(Poll::Ready(value)) => Ok(value),
            Err(payload) => Err(JoinError::panic(&record.to_ref(), payload)),
        };
        let result = match self.drop_future(record) {
            Ok(()) => result,
            Err(payload) => Err(JoinError::panic(&record.to_ref(), payload)),
        };
        record.mailbox().close();
        Poll::Ready(result)
    }

    fn deliver(mut self: Pin<&mut Self>, record: &Record) -> JoinError {
        let error = match self.as_mut().drop_future(record) {
            Ok(()) => JoinError::cancelled(&record.to_ref(), record.take_message()),
            Err(payload) => JoinError::panic(&record.to_ref(), payload),
        };
        record.mailbox().close();
        error
    }

    /// Drops the future where it stands, with the task current, and ends the record: what an
    /// executor does that is closed. Does nothing when the task is over.
    ///
    /// # Errors
    ///
    /// What a destructor panicked with.
    pub fn abandon(mut self: Pin<&mut Self>, record: &Record) -> Result<(), Box<dyn Any + Send>> {
        let dropped = self.as_mut().drop_future(record);
        record.mailbox().close();
        dropped
    }

    fn drop_future(self: Pin<&mut Self>, record: &Record) -> Result<(), Box<dyn Any + Send>> {
        let mut this = self.project();
        let frame = Frame { record, vars: this.vars };
        frame::enter(&frame, || catch_unwind(AssertUnwindSafe(|| this.future.set(None))))
    }
}
