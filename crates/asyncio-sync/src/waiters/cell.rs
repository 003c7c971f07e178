//! The state of a primitive, with its waiters, for one at a time.

use super::list::{List, Lists};
use crate::confine::Confinement;
use asyncio_context::TaskId;
use std::any::Any;
use std::cell::UnsafeCell;
use std::mem;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind, resume_unwind};
use std::task::Waker;

/// State and `N` lists of waiters.
pub(crate) struct WaitCell<S, R: Confinement, const N: usize> {
    confinement: R,
    inner: UnsafeCell<Inner<S, R, N>>,
}

struct Inner<S, R: Confinement, const N: usize> {
    state: S,
    lists: [List<R>; N],
}

// SAFETY: `with` is the only way to the inside and lets in one caller at a time, on whatever
// thread, where `R` is `Sync`.
unsafe impl<S: Send, R: Confinement + Send + Sync, const N: usize> Sync for WaitCell<S, R, N> {}

// A panic in `with` (there is one source, a comparison of a user's) leaves state and lists whole.
impl<S, R: Confinement, const N: usize> UnwindSafe for WaitCell<S, R, N> {}
impl<S, R: Confinement, const N: usize> RefUnwindSafe for WaitCell<S, R, N> {}

impl<S, R: Confinement, const N: usize> WaitCell<S, R, N> {
    pub(crate) const fn new(state: S) -> WaitCell<S, R, N> {
        let inner = Inner { state, lists: [const { List::new() }; N] };
        WaitCell { confinement: R::INIT, inner: UnsafeCell::new(inner) }
    }

    /// Runs `f` alone with the state and the lists. `f` wakes nobody and drops nothing of a user's.
    #[inline(always)]
    pub(crate) fn with<T>(&self, f: impl FnOnce(&mut S, &mut Lists<'_, R>) -> T) -> T {
        self.confinement.exclusive(|| {
            // SAFETY: `exclusive` keeps every other call out, a call from within `f` too.
            let inner = unsafe { &mut *self.inner.get() };
            f(&mut inner.state, &mut Lists(&mut inner.lists))
        })
    }

    pub(crate) fn tasks(&self, list: usize) -> Vec<Option<TaskId>> {
        self.with(|_, lists| lists.tasks(list))
    }
}

/// A way to a cell that stays where it is: a reference to it, or a counted pointer to its owner.
///
/// # Safety
///
/// Every call of `with` on one value, wherever that is moved, enters the same [`WaitCell`], and
/// that cell stays at its place and alive as long as the value.
pub(crate) unsafe trait Anchor {
    type State;
    type R: Confinement;
    fn with<T>(&self, f: impl FnOnce(&mut Self::State, &mut Lists<'_, Self::R>) -> T) -> T;
    /// What the record of a waiting task calls the resource: the address of the primitive, which
    /// therefore has its cell, or the permits, at its beginning.
    fn address(&self) -> usize;
}

// SAFETY: what is borrowed stays.
unsafe impl<S, R: Confinement, const N: usize> Anchor for &WaitCell<S, R, N> {
    type State = S;
    type R = R;

    #[inline(always)]
    fn with<T>(&self, f: impl FnOnce(&mut S, &mut Lists<'_, R>) -> T) -> T {
        WaitCell::with(self, f)
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(*self).addr()
    }
}

/// Who is to be woken once the exclusion is left.
pub(crate) enum Owed {
    Nobody,
    One(Waker),
    /// The first `count` in a list whose tags are less than `tag`.
    Before {
        list: usize,
        tag: usize,
        count: usize,
    },
}

impl From<Option<Waker>> for Owed {
    fn from(waker: Option<Waker>) -> Owed {
        waker.map_or(Owed::Nobody, Owed::One)
    }
}

/// Wakers taken out at a time; more would keep others out longer, fewer would lock more often.
const CHUNK: usize = 32;

impl Owed {
    /// Wakes them.
    #[inline]
    pub(crate) fn pay<A: Anchor>(self, anchor: &A) {
        match self {
            Owed::Nobody => {}
            Owed::One(waker) => waker.wake(),
            Owed::Before { .. } => Owed::pay_all([self], anchor),
        }
    }

    /// Wakes them all, one group after the other.
    pub(crate) fn pay_all<A: Anchor>(owed: impl IntoIterator<Item = Owed>, anchor: &A) {
        let mut wakes = Wakes { panic: None };
        for owed in owed {
            match owed {
                Owed::Nobody => {}
                Owed::One(waker) => wakes.wake(waker),
                Owed::Before { list, tag, count } => {
                    wake_before(anchor, list, tag, count, &mut wakes);
                }
            }
        }
        wakes.end();
    }
}

/// Wakes one after the other. A waker that panics does not keep the others asleep, who are off their
/// list and would wait for ever: the first panic goes on when all have been woken.
struct Wakes {
    panic: Option<Box<dyn Any + Send>>,
}

impl Wakes {
    fn wake(&mut self, waker: Waker) {
        let Err(payload) = catch_unwind(|| waker.wake()) else { return };
        if self.panic.is_none() {
            self.panic = Some(payload);
        } else {
            discard(payload);
        }
    }

    fn end(self) {
        if let Some(payload) = self.panic {
            resume_unwind(payload);
        }
    }
}

/// Drops what a second waker panicked with, whose drop may panic in turn; only what that panics with is leaked.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(again);
    }
}

fn wake_before<A: Anchor>(
    anchor: &A,
    list: usize,
    tag: usize,
    mut count: usize,
    wakes: &mut Wakes,
) {
    let mut chunk = [const { None::<Waker> }; CHUNK];
    loop {
        let taken = anchor.with(|_, lists| {
            let room = count.min(CHUNK);
            for (n, slot) in chunk[..room].iter_mut().enumerate() {
                *slot = lists.notify_before(list, tag);
                if slot.is_none() {
                    return n;
                }
            }
            room
        });
        chunk[..taken].iter_mut().filter_map(Option::take).for_each(|waker| wakes.wake(waker));
        count -= taken;
        if taken < CHUNK || count == 0 {
            return;
        }
    }
}
