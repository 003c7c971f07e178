//! References to a task: who counts where, and who frees.

use super::foreign::LIMIT;
use super::header::Header;
use super::home::Home;
use super::inbox::Letter;
use super::waker::wake_here;
use crate::sync::lock;
use std::ptr::{self, NonNull};

/// Adds a reference.
///
/// # Safety
///
/// The caller has one.
#[inline]
pub(super) unsafe fn clone_ref(task: NonNull<Header>) {
    // SAFETY: the caller's reference keeps the task alive.
    let header = unsafe { task.as_ref() };
    if Home::is_current(header.home) {
        let refs = header.refs.get();
        if refs >= LIMIT as i32 {
            std::process::abort();
        }
        header.refs.set(refs + 1);
    } else {
        header.foreign.clone_ref();
    }
}

/// Gives a reference back.
///
/// # Safety
///
/// It was the caller's, who does not use the task any more.
#[inline]
pub(super) unsafe fn drop_ref(task: NonNull<Header>) {
    // SAFETY: the caller's reference keeps the task alive so far; it is passed on.
    unsafe {
        if Home::is_current(task.as_ref().home) {
            drop_here(task);
        } else {
            drop_elsewhere(task);
        }
    }
}

/// Gives a reference back on the owner's thread. Only here, in [`look`] and in `settle` a task is freed.
///
/// # Safety
///
/// As `drop_ref`; the task's loop is open and current.
#[inline]
pub(super) unsafe fn drop_here(task: NonNull<Header>) {
    // SAFETY: the caller's reference keeps the task alive so far.
    let header = unsafe { task.as_ref() };
    let refs = header.refs.get() - 1;
    header.refs.set(refs);
    // With a positive count here the sum can only be zero if there are drops in the foreign word, and
    // then the task is in the inbox, and will be looked at.
    if refs > 0 {
        return;
    }
    // SAFETY: no reference is left where the sum is zero, and no letter.
    unsafe {
        if header.foreign.is_untouched() {
            debug_assert_eq!(refs, 0);
            free_here(task);
        } else {
            free_here_unless_in_use(task);
        }
    }
}

/// # Safety
///
/// As `drop_here`, which has counted.
#[cold]
#[inline(never)]
unsafe fn free_here_unless_in_use(task: NonNull<Header>) {
    // SAFETY: says the caller.
    let header = unsafe { task.as_ref() };
    let seen = header.foreign.look();
    if !seen.in_inbox() && header.refs.get() + seen.balance() == 0 {
        // SAFETY: no reference is left, and no letter.
        unsafe { free_here(task) };
    }
}

/// Gives a reference back where the loop is not current.
///
/// # Safety
///
/// As `drop_ref`.
#[cold]
#[inline(never)]
unsafe fn drop_elsewhere(task: NonNull<Header>) {
    // SAFETY: the reference keeps the task alive until it is given up in this very call.
    if unsafe { task.as_ref() }.foreign.drop_ref() {
        // SAFETY: INBOX was set by us.
        unsafe { post(task) };
    }
}

/// # Safety
///
/// The caller has a reference, and gives it back with this call.
#[cold]
#[inline(never)]
pub(super) unsafe fn wake_and_drop_elsewhere(task: NonNull<Header>) {
    // SAFETY: as above.
    if unsafe { task.as_ref() }.foreign.wake_and_drop() {
        // SAFETY: INBOX was set by us.
        unsafe { post(task) };
    }
}

/// # Safety
///
/// The caller has a reference.
#[cold]
#[inline(never)]
pub(super) unsafe fn wake_elsewhere(task: NonNull<Header>) {
    // SAFETY: as above.
    if unsafe { task.as_ref() }.foreign.wake() {
        // SAFETY: INBOX was set by us.
        unsafe { post(task) };
    }
}

/// Puts a task into its loop's inbox; if the loop is closed, does what the owner would have done.
/// The task may be gone when this returns.
///
/// # Safety
///
/// The caller has set the task's INBOX bit.
unsafe fn post(task: NonNull<Header>) {
    // SAFETY: nobody frees a task with its INBOX bit set.
    let home = unsafe { task.as_ref() }.home;
    // SAFETY: a loop's shared part outlives its tasks, up to the success of the push.
    let pushed = unsafe { home.as_ref() }.inbox.push(Letter::Task(task), || {
        // SAFETY: called ahead of that success.
        unsafe { Home::reference(home) }
    });
    match pushed {
        Ok(Some(home)) => home.notify(),
        Ok(None) => {}
        // SAFETY: the letter came back, and the loop is closed.
        Err(_) => unsafe { settle(task) },
    }
}

/// The owner's look at a task that it took out of the inbox.
///
/// # Safety
///
/// The task's INBOX bit is the caller's; its loop is open and current.
pub(crate) unsafe fn look(task: NonNull<Header>) {
    // SAFETY: nobody frees a task with its INBOX bit set.
    let header = unsafe { task.as_ref() };
    let seen = header.foreign.take();
    let refs = header.refs.get() + seen.balance();
    header.refs.set(refs);
    if refs == 0 {
        // SAFETY: no reference is left, and so nobody who could send another letter.
        unsafe { free_here(task) };
    } else if seen.woken() {
        // SAFETY: there are references; open and current, says the caller.
        unsafe { wake_here(task) };
    }
}

/// What becomes of a letter to a closed loop: counting goes on under the home's lock, and whoever is
/// last frees. Also called by the closing owner for the letters it finds.
///
/// # Safety
///
/// The task's INBOX bit is the caller's; its loop is closed.
pub(crate) unsafe fn settle(task: NonNull<Header>) {
    // SAFETY: nobody frees a task with its INBOX bit set.
    let header = unsafe { task.as_ref() };
    let home = header.home;
    // SAFETY: a loop's shared part outlives its tasks.
    let mut alive = lock(&unsafe { home.as_ref() }.left);
    // From here on somebody else may set the bit, but then waits for the lock, with a reference that
    // is not in the sum yet.
    let seen = header.foreign.take();
    let refs = header.refs.get() + seen.balance();
    header.refs.set(refs);
    if refs != 0 {
        return;
    }
    // SAFETY: no reference is left, and no letter but this.
    unsafe { Home::release(home, task) };
    *alive -= 1;
    let last = *alive == 0;
    drop(alive);
    if last {
        // SAFETY: this was the last task of the loop: the reference that stands for all is free.
        unsafe { Home::unreference(home) };
    }
}

/// Frees a task's memory. No value of a user's is in it any more.
///
/// # Safety
///
/// No reference and no letter is left; the loop is open and current.
// Out of line, so that those who give back a reference that is not the last save no registers.
#[inline(never)]
unsafe fn free_here(task: NonNull<Header>) {
    // SAFETY: alive still.
    let header = unsafe { task.as_ref() };
    debug_assert!(header.watch.is_empty());
    let (home, vtable) = (header.home, header.vtable());
    // SAFETY: the header is initialised and nobody uses it after this; what follows it was moved out
    // or dropped when the task ended.
    unsafe { ptr::drop_in_place(task.as_ptr()) };
    // SAFETY: the loop is current, so this is the owner.
    let core = unsafe { home.as_ref().core() };
    core.alive.set(core.alive.get() - 1);
    // SAFETY: the memory came from here with this layout.
    unsafe { core.memory.give_back(task.cast(), vtable.class, vtable.layout) };
}
