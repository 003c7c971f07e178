//! Who wants to know of a task's end: the one reader's waker, and callbacks.

use super::header::Header;
use super::{count, waker};
use crate::handle::DoneCallback;
use asyncio_context::TaskRef;
use std::any::Any;
use std::cell::Cell;
use std::ptr::{self, NonNull};
use std::task::Waker;

/// A done-callback.
pub(crate) type Callback = Box<dyn FnOnce(TaskRef)>;

/// The error of a result that was never read, if it is one. The pointer is to the result, whose type
/// the maker of the function knows.
pub(crate) type Unread = unsafe fn(NonNull<()>) -> Option<Box<dyn std::error::Error + Send + Sync>>;

/// One word: empty, the task that waits (with a reference to it, or with one lent), or a box with all
/// there can be.
///
/// Nearly all tasks are awaited by one loop task or by nobody; this saves them the second word of a
/// `Waker` and the list of callbacks.
pub(crate) struct Watch(Cell<*mut ()>);

/// Marks a pointer to a `Watchers`.
const MANY: usize = 1;
/// Marks a pointer to a task whose reference is kept by the wait. Counting it here, too, cost a task made
/// and awaited twelve instructions and about one nanosecond of thirty-four.
const LENT: usize = 1 << 1;

/// A loop task that waits.
pub(super) enum Reader {
    /// With a reference.
    Owned(NonNull<Header>),
    /// The wait has the reference.
    Lent(NonNull<Header>),
}

/// What a watch can hold.
#[derive(Default)]
pub(crate) struct Watchers {
    pub(crate) waker: Option<Waker>,
    /// How many of the callbacks were there before the reader began to wait: all are told in one order.
    pub(crate) earlier: usize,
    pub(crate) callbacks: Vec<(DoneCallback, Callback)>,
    pub(crate) unread: Option<Unread>,
}

/// What was taken out of a watch.
pub(crate) enum Taken {
    Nothing,
    /// A loop task's waker.
    Task(Waker),
    Many(Box<Watchers>),
}

impl Watch {
    pub(super) const fn new() -> Watch {
        Watch(Cell::new(ptr::null_mut()))
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.get().is_null()
    }

    /// Takes out the one loop task that waits, with its reference, if nobody else does.
    #[inline]
    pub(super) fn take_task(&self) -> Option<Reader> {
        let raw = self.0.get();
        if raw.addr() & MANY != 0 {
            return None;
        }
        self.0.set(ptr::null_mut());
        let task = NonNull::new(raw.map_addr(|a| a & !LENT).cast())?;
        Some(if raw.addr() & LENT != 0 { Reader::Lent(task) } else { Reader::Owned(task) })
    }

    /// Remembers the task `waiting`, if it is a loop task and `waker` its waker, and nobody else is
    /// remembered. False: nothing was done.
    ///
    /// # Safety
    ///
    /// The reference is kept until the task of this watch is over, or `clear_waker` was called.
    #[inline]
    pub(crate) unsafe fn lend(&self, waker: &Waker, waiting: &TaskRef) -> bool {
        let Some(task) = waker::task_of(waker) else { return false };
        let raw = self.0.get();
        let lent = task.as_ptr().cast::<()>().map_addr(|a| a | LENT);
        // A record stands at the beginning of its task.
        let same = ptr::addr_eq(task.as_ptr(), ptr::from_ref(waiting.record()));
        if !same || !(raw.is_null() || ptr::eq(raw, lent)) {
            return false;
        }
        self.0.set(lent);
        true
    }

    /// Takes all out.
    pub(crate) fn take(&self) -> Taken {
        let raw = self.0.replace(ptr::null_mut());
        if raw.is_null() {
            Taken::Nothing
        } else if raw.addr() & LENT != 0 {
            // SAFETY: `lend` stored this pointer, which is not null.
            let task = unsafe { NonNull::new_unchecked(raw.map_addr(|a| a & !LENT).cast()) };
            // SAFETY: the wait has a reference, says `lend`; the waker gets one of its own.
            Taken::Task(unsafe {
                count::clone_ref(task);
                waker::from_task(task)
            })
        } else if raw.addr() & MANY == 0 {
            // SAFETY: a pointer without the mark was stored by `set_waker`, with its reference.
            Taken::Task(unsafe { waker::from_task(NonNull::new_unchecked(raw.cast::<Header>())) })
        } else {
            // SAFETY: a pointer with the mark is a box leaked by `put`.
            Taken::Many(unsafe { Box::from_raw(raw.map_addr(|a| a & !MANY).cast()) })
        }
    }

    fn put(&self, watchers: Box<Watchers>) {
        debug_assert!(self.is_empty());
        self.0.set(Box::into_raw(watchers).cast::<()>().map_addr(|a| a | MANY));
    }

    /// Remembers who is to be woken, instead of whoever was. No code of the user's runs here while
    /// the watch is half changed: what was remembered before is dropped last.
    #[inline]
    pub(crate) fn set_waker(&self, waker: &Waker) {
        let raw = self.0.get();
        if let Some(task) = waker::task_of(waker) {
            if ptr::eq(raw, task.as_ptr().cast()) {
                return;
            }
            if raw.is_null() {
                // SAFETY: the waker has a reference.
                unsafe { count::clone_ref(task) };
                self.0.set(task.as_ptr().cast());
                return;
            }
        }
        self.set_any_waker(waker);
    }

    #[inline(never)]
    fn set_any_waker(&self, waker: &Waker) {
        let new = waker.clone();
        if self.0.get().addr() & MANY == 0
            && let Some(task) = waker::task_of(&new)
        {
            // Its reference is the watch's now.
            std::mem::forget(new);
            let before = self.take();
            self.0.set(task.as_ptr().cast());
            drop(before);
            return;
        }
        let before = self.edit(|watchers| {
            if watchers.waker.is_none() {
                watchers.earlier = watchers.callbacks.len();
            }
            watchers.waker.replace(new)
        });
        drop(before);
    }

    /// Forgets who was to be woken.
    pub(crate) fn clear_waker(&self) {
        if self.is_empty() {
            return;
        }
        match self.take() {
            Taken::Many(mut watchers) => {
                let waker = watchers.waker.take();
                if !watchers.callbacks.is_empty() || watchers.unread.is_some() {
                    self.put(watchers);
                }
                drop(waker);
            }
            taken => drop(taken),
        }
    }

    /// Adds a callback after those that are there.
    pub(crate) fn add_callback(&self, callback: Callback) -> DoneCallback {
        let name = DoneCallback::new();
        self.edit(|watchers| watchers.callbacks.push((name.clone(), callback)));
        name
    }

    /// Takes a callback back, if it is there.
    pub(crate) fn remove_callback(&self, name: &DoneCallback) -> bool {
        if self.0.get().addr() & MANY == 0 {
            return false;
        }
        let removed = self.edit(|watchers| {
            let at = watchers.callbacks.iter().position(|(other, _)| other == name)?;
            watchers.earlier -= usize::from(at < watchers.earlier);
            Some(watchers.callbacks.remove(at))
        });
        removed.is_some()
    }

    /// Says how an unread error is to be found.
    pub(crate) fn set_unread(&self, unread: Unread) {
        self.edit(|watchers| watchers.unread = Some(unread));
    }

    /// How an unread error is to be found, if it is to be.
    pub(crate) fn unread(&self) -> Option<Unread> {
        let raw = self.0.get();
        if raw.addr() & MANY == 0 {
            return None;
        }
        // SAFETY: a pointer with the mark is a box leaked by `put`, and nobody has a reference to it.
        unsafe { (*raw.map_addr(|a| a & !MANY).cast::<Watchers>()).unread }
    }

    /// `f` runs no code of the user's.
    fn edit<R>(&self, f: impl FnOnce(&mut Watchers) -> R) -> R {
        let mut watchers = match self.take() {
            Taken::Nothing => Box::default(),
            Taken::Task(waker) => Box::new(Watchers { waker: Some(waker), ..Default::default() }),
            Taken::Many(watchers) => watchers,
        };
        let done = f(&mut watchers);
        self.put(watchers);
        done
    }
}

/// Runs code of a user's and hands back what it panicked with.
pub(crate) fn caught(f: impl FnOnce()) -> Option<Box<dyn Any + Send>> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).err()
}
