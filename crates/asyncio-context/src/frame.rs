//! The poll-time context: which task this thread is polling.

use crate::tree::Slot;
use crate::vars::VarsCell;
use crate::{Record, TaskId, TaskRef};
use std::cell::{Cell, RefCell};
use std::ptr;
use std::task::Waker;

/// What a turn makes known to the code it polls.
pub(crate) struct Frame<'a> {
    pub(crate) record: &'a Record,
    pub(crate) vars: &'a VarsCell,
    /// What the task was polled with.
    pub(crate) waker: &'a Waker,
    /// The innermost boundary whose future is being polled.
    pub(crate) node: Slot,
}

impl<'a> Frame<'a> {
    #[inline]
    pub(crate) fn new(record: &'a Record, vars: &'a VarsCell, waker: &'a Waker) -> Frame<'a> {
        Frame { record, vars, waker, node: RefCell::new(None) }
    }
}

#[cfg(not(loom))]
thread_local! {
    static CURRENT: Cell<*const Frame<'static>> = const { Cell::new(ptr::null()) };
}
// The threads of a model are one thread to std.
#[cfg(loom)]
loom::thread_local! {
    static CURRENT: Cell<*const Frame<'static>> = Cell::new(ptr::null());
}

/// Restores the frame below, also when the poll unwinds.
struct Restore(*const Frame<'static>);

impl Drop for Restore {
    fn drop(&mut self) {
        CURRENT.with(|current| current.set(self.0));
    }
}

/// Runs `f` with `frame` as the current one.
#[inline]
pub(crate) fn enter<R>(frame: &Frame<'_>, f: impl FnOnce() -> R) -> R {
    let _restore = Restore(CURRENT.with(|current| current.replace(ptr::from_ref(frame).cast())));
    f()
}

/// Runs `f` with no current task: for callbacks and destructors that belong to none, called from
/// within a turn.
pub fn without_task<R>(f: impl FnOnce() -> R) -> R {
    let _restore = Restore(CURRENT.with(|current| current.replace(ptr::null())));
    f()
}

/// Shows `f` the current frame.
#[inline]
pub(crate) fn with<R>(f: impl for<'a> FnOnce(Option<&'a Frame<'a>>) -> R) -> R {
    let frame = CURRENT.try_with(Cell::get).unwrap_or(ptr::null());
    // SAFETY: a non-null pointer was set by an `enter` further down this thread's stack, which
    // has not returned (its `Restore` would have replaced the pointer), so the frame it borrows is
    // alive; the reference cannot leave `f`, whose argument's lifetime is chosen here.
    f(unsafe { frame.as_ref() })
}

/// The task that is running. asyncio: `current_task()`.
///
/// # Panics
///
/// Outside a task.
#[track_caller]
pub fn current_task() -> TaskRef {
    match try_current_task() {
        Some(task) => task,
        None => panic!("current_task() was called outside a task"),
    }
}

/// The task that is running, if one is.
pub fn try_current_task() -> Option<TaskRef> {
    with(|frame| frame.map(|f| f.record.to_ref()))
}

/// The number of the task that is running, if one is: [`try_current_task`] without taking a
/// reference. For waits that note who waits.
#[inline]
pub fn current_task_id() -> Option<TaskId> {
    with(|frame| frame.map(|f| f.record.id()))
}
