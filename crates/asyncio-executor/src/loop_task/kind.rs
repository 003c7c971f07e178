//! What differs between a task that has a record of its own and one that stands for something else.

use super::watch::caught;
use asyncio_context::{Body, Ended, JoinError, Record, TaskRef};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};

/// What a task's turn is.
///
/// # Safety
///
/// For all functions: `body` is that of a task which is not over. The turn and `abandon` are not inside
/// one another; `listed` may be asked inside a turn, so it reads nothing that a turn has borrowed.
pub(crate) trait Kind<F: Future> {
    /// What stands in the task until it is over.
    type Body;
    /// How the future came to its end.
    type Ended;

    /// One turn. Catches panics.
    unsafe fn poll(
        body: NonNull<Self::Body>,
        record: &Record,
        cx: &mut Context<'_>,
    ) -> Poll<Self::Ended>;

    /// After a turn that was ready: drops the future and ends the record.
    unsafe fn end(
        body: NonNull<Self::Body>,
        record: &Record,
        ended: Self::Ended,
    ) -> Result<F::Output, JoinError>;

    /// Drops the future and ends the record.
    unsafe fn abandon(body: NonNull<Self::Body>, record: &Record) -> Result<(), Panic>;

    /// The task as others see it.
    unsafe fn listed(body: NonNull<Self::Body>, record: &Record) -> Option<TaskRef>;
}

type Panic = Box<dyn Any + Send>;

/// A task with a record: what `create_task` makes.
pub(crate) struct Listed;

impl<F: Future> Kind<F> for Listed {
    type Body = Body<F>;
    type Ended = Ended<F::Output>;

    #[inline]
    unsafe fn poll(
        mut body: NonNull<Body<F>>,
        record: &Record,
        cx: &mut Context<'_>,
    ) -> Poll<Ended<F::Output>> {
        // SAFETY: nobody else refers to the body, which stays where it is until it is dropped.
        unsafe { Pin::new_unchecked(body.as_mut()) }.turn(record, cx, |_| false)
    }

    #[inline]
    unsafe fn end(
        mut body: NonNull<Body<F>>,
        record: &Record,
        ended: Ended<F::Output>,
    ) -> Result<F::Output, JoinError> {
        // SAFETY: as above.
        unsafe { Pin::new_unchecked(body.as_mut()) }.end(record, ended)
    }

    unsafe fn abandon(mut body: NonNull<Body<F>>, record: &Record) -> Result<(), Panic> {
        // SAFETY: as above.
        unsafe { Pin::new_unchecked(body.as_mut()) }.abandon(record)
    }

    unsafe fn listed(_: NonNull<Body<F>>, record: &Record) -> Option<TaskRef> {
        Some(record.to_ref())
    }
}

/// Machinery, and futures that stand for a task whose record is elsewhere: polled without a turn.
pub(crate) struct Hidden;

/// The future of a [`Hidden`] task.
pub(crate) struct HiddenBody<F> {
    future: Option<F>,
    task: Option<TaskRef>,
}

impl<F> HiddenBody<F> {
    /// `task`: what `future` stands for.
    pub(crate) fn new(future: F, task: Option<TaskRef>) -> HiddenBody<F> {
        HiddenBody { future: Some(future), task }
    }

    /// # Safety
    ///
    /// As the functions of `Kind`, less `listed`.
    unsafe fn future<'a>(body: NonNull<Self>) -> Pin<&'a mut Option<F>> {
        // SAFETY: `listed` leaves this field alone, and it stays where it is until it is dropped.
        unsafe { Pin::new_unchecked(&mut (*body.as_ptr()).future) }
    }
}

impl<F: Future> Kind<F> for Hidden {
    type Body = HiddenBody<F>;
    type Ended = Result<F::Output, Panic>;

    unsafe fn poll(
        body: NonNull<HiddenBody<F>>,
        _: &Record,
        cx: &mut Context<'_>,
    ) -> Poll<Result<F::Output, Panic>> {
        // SAFETY: says the caller.
        let mut future = unsafe { HiddenBody::future(body) };
        match catch_unwind(AssertUnwindSafe(|| {
            future.as_mut().as_pin_mut().expect("a task is not polled after its end").poll(cx)
        })) {
            Ok(polled) => polled.map(Ok),
            Err(payload) => Poll::Ready(Err(payload)),
        }
    }

    unsafe fn end(
        body: NonNull<HiddenBody<F>>,
        record: &Record,
        ended: Result<F::Output, Panic>,
    ) -> Result<F::Output, JoinError> {
        // SAFETY: says the caller.
        let mut future = unsafe { HiddenBody::future(body) };
        match (ended, caught(|| future.set(None))) {
            (Ok(value), None) => Ok(value),
            (Err(payload), _) | (_, Some(payload)) => {
                Err(JoinError::panic(&record.to_ref(), payload))
            }
        }
    }

    unsafe fn abandon(body: NonNull<HiddenBody<F>>, _: &Record) -> Result<(), Panic> {
        // SAFETY: says the caller.
        let mut future = unsafe { HiddenBody::future(body) };
        caught(|| future.set(None)).map_or(Ok(()), Err)
    }

    unsafe fn listed(body: NonNull<HiddenBody<F>>, _: &Record) -> Option<TaskRef> {
        // SAFETY: the body is there, and this field never changes.
        unsafe { (*body.as_ptr()).task.clone() }
    }
}
