//! The poll-time context: which task this thread is polling.

use crate::vars::VarsCell;
use crate::{Record, TaskRef};
use std::cell::Cell;
use std::ptr;

/// What a turn makes known to the code it polls.
pub(crate) struct Frame<'a> {
    pub(crate) record: &'a Record,
    pub(crate) vars: &'a VarsCell,
}

thread_local! {
    static CURRENT: Cell<*const Frame<'static>> = const { Cell::new(ptr::null()) };
}

/// Restores the frame below, also when the poll unwinds.
struct Restore(*const Frame<'static>);

impl Drop for Restore {
    fn drop(&mut self) {
        CURRENT.set(self.0);
    }
}

/// Runs `f` with `frame` as the current one.
#[inline]
pub(crate) fn enter<R>(frame: &Frame<'_>, f: impl FnOnce() -> R) -> R {
    let _restore = Restore(CURRENT.replace(ptr::from_ref(frame).cast()));
    f()
}

/// Runs `f` with no current task: for callbacks and destructors that belong to none.
pub(crate) fn without<R>(f: impl FnOnce() -> R) -> R {
    let _restore = Restore(CURRENT.replace(ptr::null()));
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
