//! The ready queue: tasks and callbacks, first in first out, one word each.

use super::header::Header;
use std::cell::{Cell, UnsafeCell};
use std::collections::VecDeque;
use std::ptr::NonNull;
use std::rc::Rc;

/// A function that a loop calls once, unless it is cancelled before.
pub(crate) struct Call {
    pub(crate) function: Cell<Option<Box<dyn FnOnce()>>>,
    pub(crate) made_at: &'static std::panic::Location<'static>,
}

/// What is ready.
pub(crate) enum Entry {
    /// A task that is QUEUED, and so not done.
    Task(NonNull<Header>),
    Call(Rc<Call>),
}

/// An entry in one word: a task's address, or a `Call`'s with the lowest bit set.
struct Word(*const ());

const CALL: usize = 1;

/// The queue of a loop. Owner only.
pub(crate) struct Ready(UnsafeCell<VecDeque<Word>>);

impl Ready {
    pub(super) fn new() -> Ready {
        Ready(UnsafeCell::new(VecDeque::new()))
    }

    /// `f` runs no code of the user's, so that no second borrow can begin.
    #[inline]
    fn with<R>(&self, f: impl FnOnce(&mut VecDeque<Word>) -> R) -> R {
        // SAFETY: a `Ready` is reached by its owner's thread alone (`Core`), and the `f` of this
        // module do not come back here.
        f(unsafe { &mut *self.0.get() })
    }

    #[inline]
    pub(super) fn push_task(&self, task: NonNull<Header>) {
        self.with(|queue| queue.push_back(Word(task.as_ptr().cast_const().cast())));
    }

    pub(crate) fn push_call(&self, call: Rc<Call>) {
        let word = Word(Rc::into_raw(call).cast::<()>().map_addr(|a| a | CALL));
        self.with(|queue| queue.push_back(word));
    }

    #[inline]
    pub(crate) fn pop(&self) -> Option<Entry> {
        self.with(VecDeque::pop_front).map(Word::entry)
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.with(|queue| queue.len())
    }

    /// Takes everything out, without looking at the tasks: they may be gone.
    pub(crate) fn clear(&self) -> Vec<Rc<Call>> {
        let all = self.with(std::mem::take);
        let entries = all.into_iter().map(Word::entry);
        entries
            .filter_map(|entry| if let Entry::Call(call) = entry { Some(call) } else { None })
            .collect()
    }
}

impl Word {
    #[inline]
    fn entry(self) -> Entry {
        if self.0.addr() & CALL == 0 {
            // SAFETY: `push_task` made this word from a `NonNull`.
            Entry::Task(unsafe { NonNull::new_unchecked(self.0.cast_mut().cast()) })
        } else {
            // SAFETY: `push_call` made this word, and a word is taken apart once.
            Entry::Call(unsafe { Rc::from_raw(self.0.map_addr(|a| a & !CALL).cast()) })
        }
    }
}
