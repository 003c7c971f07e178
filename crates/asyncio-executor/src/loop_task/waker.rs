//! Wakers and references to a loop task: plain on the loop's thread inside its turn, and by the
//! foreign word anywhere else.

use super::count;
use super::header::{Header, Phase};
use super::home::Home;
use asyncio_context::{Owner, Record};
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::task::{RawWaker, RawWakerVTable, Waker};

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_ref);

/// What a record of a loop task is told to do: the record stands at the beginning of its task.
pub(super) const OWNER: Owner = Owner { clone: clone_record, drop: drop_record, wake: wake_record };

/// The waker a task is polled with. It owns no reference: the list of all tasks does, during a poll.
#[inline]
pub(super) fn borrowed(task: NonNull<Header>) -> ManuallyDrop<Waker> {
    // SAFETY: the vtable's functions take what `task` points to; nothing is dropped.
    ManuallyDrop::new(unsafe { Waker::from_raw(raw(task)) })
}

/// A waker that takes over a reference.
///
/// # Safety
///
/// The caller owns that reference.
#[inline]
pub(super) unsafe fn from_task(task: NonNull<Header>) -> Waker {
    // SAFETY: says the caller.
    unsafe { Waker::from_raw(raw(task)) }
}

/// The loop task that a waker wakes, if it is one.
#[inline]
pub(super) fn task_of(waker: &Waker) -> Option<NonNull<Header>> {
    // SAFETY: with this vtable `data` comes from `raw`.
    ptr::eq(waker.vtable(), &VTABLE).then(|| unsafe { header(waker.data()) })
}

fn raw(task: NonNull<Header>) -> RawWaker {
    RawWaker::new(task.as_ptr().cast_const().cast(), &VTABLE)
}

/// # Safety
///
/// For all that follow: `data` comes from `raw`, and the caller has a reference to the task; those
/// that end a waker or a `TaskRef` take it over.
unsafe fn header(data: *const ()) -> NonNull<Header> {
    // SAFETY: `raw` took the pointer from a `NonNull`.
    unsafe { NonNull::new_unchecked(data.cast_mut().cast()) }
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: see `header`.
    let task = unsafe { header(data) };
    // SAFETY: the caller's reference keeps the task alive.
    unsafe { count::clone_ref(task) };
    raw(task)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: see `header`; the caller's reference is ours now.
    unsafe { wake_and_drop(header(data)) }
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: see `header`; the reference stays with the caller during the call.
    unsafe { wake_task(header(data)) }
}

unsafe fn drop_ref(data: *const ()) {
    // SAFETY: see `header`; the caller's reference is ours now.
    unsafe { count::drop_ref(header(data)) }
}

/// Makes the task's next turn come.
///
/// # Safety
///
/// The caller has a reference.
#[inline]
pub(super) unsafe fn wake_task(task: NonNull<Header>) {
    // SAFETY: says the caller.
    unsafe {
        if Home::is_current(task.as_ref().home) {
            wake_here(task);
        } else {
            count::wake_elsewhere(task);
        }
    }
}

/// The same with the caller's reference given back.
///
/// # Safety
///
/// It was the caller's.
#[inline]
pub(super) unsafe fn wake_and_drop(task: NonNull<Header>) {
    // SAFETY: says the caller.
    unsafe {
        if Home::is_current(task.as_ref().home) {
            wake_here(task);
            count::drop_here(task);
        } else {
            count::wake_and_drop_elsewhere(task);
        }
    }
}

/// The wake on the owner's thread. A task that is being polled is queued when the poll is over, as
/// asyncio's is: the ready queue so never holds a task that is done, and needs no references.
///
/// # Safety
///
/// The task is alive, its loop open and current.
#[inline]
pub(super) unsafe fn wake_here(task: NonNull<Header>) {
    // SAFETY: alive, says the caller.
    let header = unsafe { task.as_ref() };
    // No `match`: it becomes a table of jumps.
    let phase = header.phase();
    if phase == Phase::Running {
        header.phase.set(Phase::Woken);
    } else if phase == Phase::Idle {
        header.phase.set(Phase::Queued);
        // SAFETY: the loop is current, so this is the owner.
        unsafe { header.home().core() }.ready.push_task(task);
    }
}

/// From the record to its task. A pointer made of a `&Record` may not be used beyond the record, so
/// the address alone is taken, and the provenance that `cell::spawn` exposed.
#[inline]
fn whole(record: NonNull<Record>) -> NonNull<Header> {
    NonNull::with_exposed_provenance(record.addr())
}

unsafe fn clone_record(record: NonNull<Record>) {
    // SAFETY: the record stands at the beginning of its task, and is alive.
    unsafe { count::clone_ref(whole(record)) }
}

unsafe fn drop_record(record: NonNull<Record>) {
    // SAFETY: as above, and the reference is ours now.
    unsafe { count::drop_ref(whole(record)) }
}

unsafe fn wake_record(record: NonNull<Record>) {
    // SAFETY: as above.
    unsafe { wake_task(whole(record)) }
}
