//! The whole task: header, future, result, in one piece of memory.

use super::header::{Claim, Header, Phase, VTable};
use super::home::Here;
use super::kind::Kind;
use super::memory::Class;
use super::watch::{Callback, Reader, Taken, caught};
use super::{count, waker};
use crate::handle::DoneCallback;
use crate::local::callback;
use asyncio_context::report::{Report, never_retrieved, report};
use asyncio_context::{Context as Vars, JoinError, TaskRef};
use std::alloc::Layout;
use std::any::Any;
use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, offset_of};
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::ptr::NonNull;
use std::task::{Context, Poll};

#[repr(C)]
struct TaskCell<F: Future, K: Kind<F>> {
    // First, so that the task's address is the header's.
    header: Header,
    stage: UnsafeCell<StageOf<F, K>>,
}

type StageOf<F, K> = Stage<<K as Kind<F>>::Body, Result<<F as Future>::Output, JoinError>>;

/// The future until the task is over; the result while it has OUTPUT; else nothing.
#[repr(C)]
union Stage<B, T> {
    body: ManuallyDrop<B>,
    output: ManuallyDrop<T>,
}

struct Of<F, K>(PhantomData<(F, K)>);

impl<F: Future, K: Kind<F>> Of<F, K> {
    const VTABLE: VTable = VTable {
        owner: waker::OWNER,
        poll: poll::<F, K>,
        abandon: abandon::<F, K>,
        output: offset_of!(TaskCell<F, K>, stage),
        listed: listed::<F, K>,
        layout: Layout::new::<TaskCell<F, K>>(),
        class: Class::of(Layout::new::<TaskCell<F, K>>()),
    };
}

/// Makes a task and puts it into the ready queue. The caller gets the handle's reference, if it wants
/// one. Where the loop is being closed the future is dropped at once and the task cancelled.
///
/// # Safety
///
/// What `future` borrows lives until the task is over, and what its output borrows until that was
/// taken or dropped.
#[inline]
pub(crate) unsafe fn spawn<F: Future, K: Kind<F>>(
    here: Here,
    body: K::Body,
    with_handle: bool,
    at: &'static Location<'static>,
) -> NonNull<Header> {
    // SAFETY: says the caller.
    let task = unsafe { spawn_unqueued::<F, K>(here, body, with_handle, at) };
    if !here.core().closing.get() {
        here.core().ready.push_task(task);
    }
    task
}

/// [`spawn`] without the place in the ready queue, which the caller makes up for by [`run_unqueued`].
///
/// # Safety
///
/// As `spawn`.
#[inline]
pub(crate) unsafe fn spawn_unqueued<F: Future, K: Kind<F>>(
    here: Here,
    body: K::Body,
    with_handle: bool,
    at: &'static Location<'static>,
) -> NonNull<Header> {
    let core = here.core();
    let vtable = &Of::<F, K>::VTABLE;
    let task = core.memory.take(vtable.class, vtable.layout).cast::<TaskCell<F, K>>();
    // SAFETY: the memory is new, and large and aligned enough. Part by part: as one value, the task
    // would be put together on the stack first.
    unsafe {
        (&raw mut (*task.as_ptr()).header).write(Header::new(vtable, here.home(), with_handle, at));
        (&raw mut (*task.as_ptr()).stage)
            .write(UnsafeCell::new(Stage { body: ManuallyDrop::new(body) }));
    }
    // For `waker::whole`.
    let _address = task.as_ptr().expose_provenance();
    let task = task.cast::<Header>();
    core.alive.set(core.alive.get() + 1);
    // SAFETY: new, so in no list; one reference is the list's.
    unsafe { core.tasks.push(task) };
    if core.closing.get() {
        // SAFETY: not done, and this is the owner.
        unsafe { abandon::<F, K>(task, false) };
    }
    task
}

/// # Safety
///
/// For all that follow: what the vtable says.
unsafe fn cell<'a, F: Future, K: Kind<F>>(task: NonNull<Header>) -> &'a TaskCell<F, K> {
    // SAFETY: the vtable of `Of<F, K>` is only in headers of `TaskCell<F, K>`; the list's reference
    // keeps it alive.
    unsafe { task.cast().as_ref() }
}

/// The body of a task that is not over.
unsafe fn body<F: Future, K: Kind<F>>(task: NonNull<Header>) -> NonNull<K::Body> {
    // SAFETY: see `cell`; a union's fields begin where it does, and the cell is not null.
    unsafe { NonNull::new_unchecked(cell::<F, K>(task).stage.get().cast()) }
}

unsafe fn poll<F: Future, K: Kind<F>>(task: NonNull<Header>) {
    // SAFETY: see `cell`.
    let header = unsafe { &cell::<F, K>(task).header };
    let waker = waker::borrowed(task);
    // SAFETY: `Running`, so not over.
    let polled =
        unsafe { K::poll(body::<F, K>(task), &header.record, &mut Context::from_waker(&waker)) };
    match polled {
        Poll::Pending => {
            if header.phase() == Phase::Running {
                header.phase.set(Phase::Idle);
            } else {
                header.phase.set(Phase::Queued);
                // SAFETY: the vtable's functions are called by the owner in its turn.
                unsafe { header.home().core() }.ready.push_task(task);
            }
        }
        // SAFETY: see `cell`.
        Poll::Ready(ended) => unsafe { end::<F, K>(task, ended) },
    }
}

/// The end of a task in its turn. Out of line, for the sake of the turns before.
#[inline(never)]
unsafe fn end<F: Future, K: Kind<F>>(task: NonNull<Header>, ended: K::Ended) {
    // SAFETY: see `cell`; the task is not over yet.
    unsafe {
        let header = &cell::<F, K>(task).header;
        finish::<F, K>(task, K::end(body::<F, K>(task), &header.record, ended), false);
    }
}

unsafe fn abandon<F: Future, K: Kind<F>>(task: NonNull<Header>, in_queue: bool) {
    // SAFETY: see `cell`.
    let header = unsafe { &cell::<F, K>(task).header };
    header.phase.set(Phase::Running);
    // SAFETY: not over, says the vtable.
    let dropped = unsafe { K::abandon(body::<F, K>(task), &header.record) };
    let error = match dropped {
        Ok(()) => JoinError::cancelled(&header.record.to_ref(), None),
        Err(payload) => JoinError::panic(&header.record.to_ref(), payload),
    };
    // SAFETY: see `cell`.
    unsafe { finish::<F, K>(task, Err(error), in_queue) };
}

unsafe fn listed<F: Future, K: Kind<F>>(task: NonNull<Header>) -> Option<TaskRef> {
    // SAFETY: a task that is asked is in the list, so not over.
    unsafe { K::listed(body::<F, K>(task), &cell::<F, K>(task).header.record) }
}

/// The end of a task: the body goes, the result comes in its place or is reported, those who wait are
/// told, and the list's reference is given back, or left to the entry in the ready queue.
#[inline(always)]
unsafe fn finish<F: Future, K: Kind<F>>(
    task: NonNull<Header>,
    result: Result<F::Output, JoinError>,
    in_queue: bool,
) {
    // Also where a handler of reports or a waker panics: what is over must not be found in the list.
    let unwinding = Leave { task, in_queue };
    // SAFETY: see `cell`.
    let cell = unsafe { cell::<F, K>(task) };
    let header = &cell.header;
    // SAFETY: not over yet, and this is the last use of the body.
    let vars = caught(|| unsafe { ManuallyDrop::drop(&mut (*cell.stage.get()).body) });
    if let Some(payload) = vars {
        report_panic(header, "a context variable panicked when it was dropped", payload);
    }
    header.phase.set(Phase::Done);
    if header.claim.get().has(Claim::HANDLE) {
        // SAFETY: the body is gone, the place is free.
        unsafe { (*cell.stage.get()).output = ManuallyDrop::new(result) };
        header.claim.set(Claim::HANDLE.with(Claim::OUTPUT));
    } else {
        discard(header, result);
    }
    if !header.watch.is_empty() {
        match header.watch.take_task() {
            // SAFETY: the wait's reference, which it has as long as it was not told.
            Some(Reader::Lent(reader)) => unsafe { waker::wake_task(reader) },
            // SAFETY: the watch's reference.
            Some(Reader::Owned(reader)) => unsafe { waker::wake_and_drop(reader) },
            // SAFETY: see `cell`.
            None => unsafe { tell(task) },
        }
    }
    std::mem::forget(unwinding);
    // SAFETY: called by the owner in its turn; the task was in the list until now.
    unsafe { leave(task, in_queue) };
}

/// The last that a task's end does: it leaves the list.
///
/// # Safety
///
/// The caller is the owner in its turn, and the task in the list, whose reference keeps it alive.
#[inline(always)]
unsafe fn leave(task: NonNull<Header>, in_queue: bool) {
    // SAFETY: says the caller.
    unsafe {
        task.as_ref().home().core().tasks.remove(task);
        if !in_queue {
            count::drop_here(task);
        }
    }
}

struct Leave {
    task: NonNull<Header>,
    in_queue: bool,
}

impl Drop for Leave {
    #[cold]
    fn drop(&mut self) {
        // SAFETY: made by `finish` alone, which forgets it where it leaves by itself.
        unsafe { leave(self.task, self.in_queue) }
    }
}

/// Drops a result that nobody will read, and reports it if it is a failure.
pub(crate) fn discard<T>(header: &Header, result: Result<T, JoinError>) {
    match result {
        Err(error) => never_retrieved(header.record.to_ref(), error),
        Ok(value) => {
            if !std::mem::needs_drop::<T>() && header.watch.is_empty() {
                return;
            }
            let value = ManuallyDrop::new(Ok::<T, JoinError>(value));
            if let Some(unread) = header.watch.unread() {
                // The error's text is code of the user's.
                let error = catch_unwind(AssertUnwindSafe(|| {
                    // SAFETY: the function was given for this type of result.
                    unsafe { unread(NonNull::from(&*value).cast()) }
                }));
                let message = "task exception was never retrieved";
                match error {
                    Ok(None) => {}
                    Ok(Some(error)) => {
                        report(Report::new(message).error(error).task(header.record.to_ref()));
                    }
                    Err(payload) => report_panic(header, message, payload),
                }
            }
            if let Some(payload) = caught(|| drop(ManuallyDrop::into_inner(value))) {
                report_panic(header, "a task's result panicked when it was dropped", payload);
            }
        }
    }
}

#[cold]
fn report_panic(header: &Header, message: &str, payload: Box<dyn Any + Send>) {
    let task = header.record.to_ref();
    let error = JoinError::panic(&task, payload);
    report(Report::new(message).error(error).task(task));
}

/// Wakes a reader that is no loop task, and schedules the callbacks, in the order in which they came
/// (EXE-5).
#[inline(never)]
unsafe fn tell(task: NonNull<Header>) {
    // SAFETY: alive, as `finish` has the list's reference.
    let header = unsafe { task.as_ref() };
    match header.watch.take() {
        Taken::Nothing => {}
        Taken::Task(waker) => waker.wake(),
        Taken::Many(mut watchers) => {
            let mut callbacks = watchers.callbacks.drain(..);
            let schedule = |(_, call): (DoneCallback, Callback)| {
                let task = header.record.to_ref();
                let at = header.record.location();
                callback::schedule(Vars::new(), Box::new(move || call(task)), at);
            };
            callbacks.by_ref().take(watchers.earlier).for_each(schedule);
            if let Some(waker) = watchers.waker.take()
                && let Some(payload) = caught(|| waker.wake())
            {
                report_panic(header, "a waker panicked", payload);
            }
            callbacks.for_each(schedule);
            if let (Some(unread), true) = (watchers.unread, header.has_output()) {
                header.watch.set_unread(unread);
            }
        }
    }
}

/// Moves the result out.
///
/// # Safety
///
/// The task has OUTPUT, and `T` is its result's type. The caller is on the owner's thread.
#[inline]
pub(crate) unsafe fn take_output<T>(task: NonNull<Header>) -> Result<T, JoinError> {
    // SAFETY: the caller's reference keeps the task alive.
    let header = unsafe { task.as_ref() };
    header.claim.set(header.claim.get().without(Claim::OUTPUT));
    // SAFETY: with OUTPUT the stage is the result, which with the bit cleared is ours.
    unsafe { output::<T>(task).read() }
}

/// Where the result stands.
///
/// # Safety
///
/// `T` is the type of the task's result. What is there is one only while the task has OUTPUT.
unsafe fn output<T>(task: NonNull<Header>) -> NonNull<Result<T, JoinError>> {
    // SAFETY: the offset is that of the stage in this very task, at whose beginning its fields stand.
    unsafe { task.cast::<u8>().add(task.as_ref().vtable().output).cast() }
}

/// Runs the turn of a task that was popped from the ready queue.
///
/// # Safety
///
/// The task comes from the queue of the current loop.
#[inline]
pub(crate) unsafe fn run(task: NonNull<Header>) {
    // SAFETY: `Queued`, so alive by the list's reference; or abandoned with the queue's
    // knowledge, which then has that reference.
    let header = unsafe { task.as_ref() };
    if header.is_done() {
        // SAFETY: the reference was left to this entry.
        return unsafe { count::drop_here(task) };
    }
    header.phase.set(Phase::Running);
    // SAFETY: `Running` now, and this is the owner.
    unsafe { (header.vtable().poll)(task) };
}

/// Runs the first turn of a task that is in no queue, inside the turn of whoever made it.
///
/// # Safety
///
/// It comes from `spawn_unqueued`, and a reference keeps it alive: the list's, or where it may be over one
/// of the caller's. This is the owner, in the loop's own turn or its closing: nobody closes the loop during
/// the poll and drops the future that it polls.
pub(crate) unsafe fn run_unqueued(task: NonNull<Header>) {
    // SAFETY: says the caller.
    let header = unsafe { task.as_ref() };
    // Over already where the loop is being closed.
    if !header.is_done() {
        header.phase.set(Phase::Running);
        // SAFETY: `Running` now, and this is the owner.
        unsafe { (header.vtable().poll)(task) };
    }
}

/// The task that stands at a place of the ready queue, unless it is over.
///
/// # Safety
///
/// As `run`, which comes after.
pub(crate) unsafe fn queued(
    task: NonNull<Header>,
) -> Option<(Option<TaskRef>, &'static Location<'static>)> {
    // SAFETY: as in `run`.
    let header = unsafe { task.as_ref() };
    if header.is_done() {
        return None;
    }
    // SAFETY: not over.
    Some((unsafe { (header.vtable().listed)(task) }, header.record.location()))
}

/// Takes a task out of the ready queue without a turn: the loop is being closed. One that is over is a
/// main task whose `run_until` unwound, and has left its reference to the entry.
///
/// # Safety
///
/// As `run`, and no future of the loop was dropped by the closing.
pub(crate) unsafe fn unqueue(task: NonNull<Header>) {
    // SAFETY: as in `run`.
    unsafe {
        if task.as_ref().is_done() {
            count::drop_here(task);
        }
    }
}

/// Drops a task's future, if it is not over: what becomes of a main task whose loop unwinds.
///
/// # Safety
///
/// The caller has a reference, is on the owner's thread with the loop current, and not in the task's
/// own turn.
pub(crate) unsafe fn abandon_now(task: NonNull<Header>) {
    // SAFETY: the caller's reference keeps it alive.
    let header = unsafe { task.as_ref() };
    let phase = header.phase();
    if phase != Phase::Done {
        // SAFETY: not over, and not in its turn, says the caller.
        unsafe { (header.vtable().abandon)(task, phase == Phase::Queued) };
    }
}

/// Gives a reference back.
///
/// # Safety
///
/// It was the caller's.
#[inline]
pub(crate) unsafe fn drop_ref(task: NonNull<Header>) {
    // SAFETY: says the caller.
    unsafe { count::drop_ref(task) };
}
