//! The future of a task, with what a turn does around its poll.

use crate::frame::{self, Frame};
use crate::mailbox::Found;
use crate::sync::Arc;
use crate::tree::{Core, Root, seat};
use crate::vars::{Context, VarsCell};
use crate::{JoinError, Message, Record};
use pin_project_lite::pin_project;
use std::any::Any;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context as PollContext, Poll, Waker};

type Payload = Box<dyn Any + Send>;

pin_project! {
    /// A task's future and context variables: the part of a task that its executor polls.
    ///
    /// [`poll`](Body::poll) is one *turn*: it delivers a request, enters the record and catches a
    /// panic. The [`Record`] stands beside it, shared with others, where this belongs to the
    /// executor alone. An executor that gives a task up before its end calls
    /// [`abandon`](Body::abandon): the record keeps a reference to itself until then.
    #[derive(Debug)]
    pub struct Body<F> {
        vars: VarsCell,
        // Gone once the task is over.
        #[pin]
        future: Option<F>,
    }
}

/// How a task came to its end, for [`Body::end`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Ended<T> {
    /// The future is ready.
    Value(T),
    /// It is ready, but a request that the task made to itself takes the value's place.
    OwnRequest,
    /// It panicked.
    Panic(Payload),
    /// A request was delivered, with this text.
    Cancelled(Option<Message>),
}

impl<T> Ended<T> {
    /// What becomes of it, if it is no value or the future panicked as it was `dropped`.
    #[cold]
    fn error(self, record: &Record, dropped: Result<(), Payload>) -> JoinError {
        let task = record.to_ref();
        match (dropped, self) {
            (Ok(()), Ended::OwnRequest) => {
                JoinError::cancelled(&task, record.take_request().flatten())
            }
            (Ok(()), Ended::Cancelled(message)) => JoinError::cancelled(&task, message),
            (Err(payload), Ended::Value(value)) => {
                // The value has nobody to go to, and may panic as it goes.
                let second = catch_unwind(AssertUnwindSafe(|| drop(value))).err();
                JoinError::panic(&task, second.unwrap_or(payload))
            }
            (Ok(()), Ended::Panic(payload)) | (Err(payload), _) => JoinError::panic(&task, payload),
            (Ok(()), Ended::Value(_)) => unreachable!("that is a value"),
        }
    }
}

impl<F: Future> Body<F> {
    /// A body that will see `vars`, less those that tasks do not inherit.
    pub fn new(vars: Context, future: F) -> Body<F> {
        Body { vars: VarsCell::new(vars.inherited()), future: Some(future) }
    }

    /// One turn of the task `record`. Ready when the task is over: the future has been dropped by
    /// then, and the record refuses requests.
    ///
    /// # Panics
    ///
    /// If the task is over already.
    pub fn poll(
        self: Pin<&mut Self>,
        record: &Record,
        cx: &mut PollContext<'_>,
    ) -> Poll<Result<F::Output, JoinError>> {
        self.poll_keeping(record, cx, |_| false)
    }

    /// [`poll`](Body::poll) for a task whose value may stand although the task cancelled itself and
    /// did not suspend after: it stands if `keep` says so. A group keeps its children's errors.
    ///
    /// # Panics
    ///
    /// If the task is over already.
    pub fn poll_keeping(
        mut self: Pin<&mut Self>,
        record: &Record,
        cx: &mut PollContext<'_>,
        keep: impl FnOnce(&F::Output) -> bool,
    ) -> Poll<Result<F::Output, JoinError>> {
        self.as_mut().turn(record, cx, keep).map(|ended| self.end(record, ended))
    }

    /// The first half of [`poll_keeping`](Body::poll_keeping): ready, the future is still there, and
    /// [`end`](Body::end) has to be called. For an executor that keeps what is done once apart from what
    /// is done at each turn: laid out beside the path of `Pending`, the end made that path save two more
    /// registers and twice the stack.
    ///
    /// # Panics
    ///
    /// As there.
    #[inline]
    pub fn turn(
        mut self: Pin<&mut Self>,
        record: &Record,
        cx: &mut PollContext<'_>,
        keep: impl FnOnce(&F::Output) -> bool,
    ) -> Poll<Ended<F::Output>> {
        let found = record.look();
        if !matches!(found, Found::Nothing)
            && let Err(message) = begin(record, &found)
        {
            return Poll::Ready(Ended::Cancelled(message));
        }
        record.clear_wait();
        match self.as_mut().poll_future(record, cx, keep) {
            Poll::Pending if !record.mailbox().has_root() => Poll::Pending,
            Poll::Pending => suspend(record, cx.waker()).map(Ended::Cancelled),
            ended => ended,
        }
    }

    /// Polls the future as the current task.
    #[inline]
    fn poll_future(
        self: Pin<&mut Self>,
        record: &Record,
        cx: &mut PollContext<'_>,
        keep: impl FnOnce(&F::Output) -> bool,
    ) -> Poll<Ended<F::Output>> {
        let this = self.project();
        // Nothing is left to drop: a node that is put into the frame's slot is taken out again when its
        // poll ends or unwinds.
        let frame = ManuallyDrop::new(Frame::new(record, this.vars, cx.waker()));
        let future = this.future.as_pin_mut().expect("a task is not polled after its end");
        let poll = || match future.poll(cx) {
            Poll::Ready(value) if record.mailbox().is_self_posted() && !keep(&value) => {
                drop(value);
                Poll::Ready(Ended::OwnRequest)
            }
            polled => polled.map(Ended::Value),
        };
        match frame::enter(&frame, || catch_unwind(AssertUnwindSafe(poll))) {
            Ok(polled) => polled,
            Err(payload) => Poll::Ready(Ended::Panic(payload)),
        }
    }

    /// The second half: drops the future, and has the record refuse requests from here on.
    #[inline(always)]
    pub fn end(
        self: Pin<&mut Self>,
        record: &Record,
        ended: Ended<F::Output>,
    ) -> Result<F::Output, JoinError> {
        let dropped = self.drop_future(record);
        let result = match ended {
            Ended::Value(value) if dropped.is_ok() => Ok(value),
            ended => Err(ended.error(record, dropped)),
        };
        record.close();
        result
    }

    /// Drops the future where it stands, with the task current, and ends the record: what an
    /// executor does that is closed. Does nothing when the task is over.
    ///
    /// # Errors
    ///
    /// What a destructor panicked with.
    pub fn abandon(mut self: Pin<&mut Self>, record: &Record) -> Result<(), Payload> {
        if let Some(root) = record.root() {
            Root::close(root);
        }
        let dropped = self.as_mut().drop_future(record);
        record.close();
        dropped
    }

    fn drop_future(self: Pin<&mut Self>, record: &Record) -> Result<(), Payload> {
        let mut this = self.project();
        let frame = Frame::new(record, this.vars, Waker::noop());
        frame::enter(&frame, || catch_unwind(AssertUnwindSafe(|| this.future.set(None))))
    }
}

/// After a poll that was pending, in a record with a tree, which may have been marked during it. Ready:
/// the task is over, by a request with this message.
#[inline(never)]
fn suspend(record: &Record, waker: &Waker) -> Poll<Option<Message>> {
    let end = |root: &Arc<Core>| {
        if root.is_stirred() {
            seat(record, root);
        }
        Root::end(root, record.take_round(), waker)
    };
    match record.root().map_or(Ok(()), end) {
        Ok(()) => Poll::Pending,
        Err(message) => Poll::Ready(message),
    }
}

/// The start of a turn with a request or a tree to look at. The error is the end of the task, with the
/// request's message.
#[inline(never)]
fn begin(record: &Record, found: &Found) -> Result<(), Option<Message>> {
    if matches!(found, Found::Tree) && !record.root().is_some_and(|root| root.is_stirred()) {
        return Ok(());
    }
    let request = match found {
        Found::Request => record.take_request(),
        _ => None,
    };
    // What a wait does that is not in the tree it does when it has been asked, as all others.
    let root = if record.held().is_held() {
        record.root_or_new().inspect(|root| seat(record, root))
    } else {
        record.root()
    };
    match (root, request) {
        (Some(root), request) => {
            let asked = request.is_some();
            record.set_round(Root::begin(root, asked, request.flatten().as_ref())?);
            Ok(())
        }
        (None, Some(message)) => Err(message),
        (None, None) => Ok(()),
    }
}
