//! The ready queue: tasks and callbacks, first in first out, one word each.

use super::header::Header;
use asyncio_context::Context;
use std::cell::{Cell, UnsafeCell};
use std::ptr::NonNull;
use std::rc::Rc;

/// A function that a loop calls once, unless it is cancelled before.
pub(crate) struct Call {
    pub(crate) function: Cell<Option<Box<dyn FnOnce()>>>,
    /// The variables it is called with.
    pub(crate) context: Cell<Context>,
    pub(crate) cancelled: Cell<bool>,
    pub(crate) made_at: &'static std::panic::Location<'static>,
}

/// What is ready.
pub(crate) enum Entry {
    /// A task that is `Queued`.
    Task(NonNull<Header>),
    Call(Rc<Call>),
}

/// An entry in one word: a task's address, or a `Call`'s with the lowest bit set.
#[derive(Clone, Copy)]
struct Word(*const ());

const CALL: usize = 1;

/// The queue of a loop: a ring of which the first part is the batch that is being run. What becomes
/// ready meanwhile stands behind it and so runs in the next one (EXE-2). Owner only.
///
/// Tried and dropped: std's `VecDeque`, ten instructions more per self-wake; and two lists that change
/// places at the end of a batch, which is the rule itself, in as many instructions as this, but where
/// batches are short a profile shows the processor waiting at the exchange, whose wide loads follow
/// narrow stores to the same place.
pub(crate) struct Ready {
    /// As many as a power of two.
    ring: UnsafeCell<Box<[Word]>>,
    /// The ring's length less one. Positions count on and wrap; the place in the ring is the position's
    /// lower bits.
    mask: Cell<usize>,
    head: Cell<usize>,
    /// The end of the batch, between `head` and `tail`.
    end: Cell<usize>,
    tail: Cell<usize>,
}

const NOTHING: Word = Word(std::ptr::null());

impl Ready {
    pub(super) fn new() -> Ready {
        Ready {
            ring: UnsafeCell::new(Box::new([NOTHING; 64])),
            mask: Cell::new(63),
            head: Cell::new(0),
            end: Cell::new(0),
            tail: Cell::new(0),
        }
    }

    /// SAFETY of what calls this: a `Ready` is reached by its owner's thread alone (`Core`), and no
    /// reference to the ring outlives a function of this module, none of which calls code of the
    /// user's.
    #[inline]
    #[allow(clippy::mut_from_ref, reason = "see above")]
    unsafe fn ring(&self) -> &mut [Word] {
        // SAFETY: see above.
        unsafe { &mut *self.ring.get() }
    }

    #[inline]
    fn push(&self, word: Word) {
        let (tail, mask) = (self.tail.get(), self.mask.get());
        if tail.wrapping_sub(self.head.get()) > mask {
            // The last thing done, so that a waker's `wake` saves no registers for it.
            return self.push_after_growing(word);
        }
        // SAFETY: see `ring`.
        let ring = unsafe { self.ring() };
        // SAFETY: a masked position is below the ring's length.
        unsafe { *ring.get_unchecked_mut(tail & mask) = word };
        self.tail.set(tail.wrapping_add(1));
    }

    #[cold]
    #[inline(never)]
    fn push_after_growing(&self, word: Word) {
        self.grow();
        self.push(word);
    }

    fn grow(&self) {
        // SAFETY: see `ring`.
        let ring = unsafe { self.ring() };
        let old = ring.len();
        let mut larger: Box<[Word]> = std::iter::repeat_n(NOTHING, old * 2).collect();
        let head = self.head.get();
        for position in 0..old {
            let position = head.wrapping_add(position);
            larger[position & (old * 2 - 1)] = ring[position & (old - 1)];
        }
        self.mask.set(old * 2 - 1);
        // SAFETY: see `ring`, whose last reference is used up.
        unsafe { *self.ring.get() = larger };
    }

    #[inline]
    pub(super) fn push_task(&self, task: NonNull<Header>) {
        self.push(Word(task.as_ptr().cast_const().cast()));
    }

    pub(crate) fn push_call(&self, call: Rc<Call>) {
        self.push(Word(Rc::into_raw(call).cast::<()>().map_addr(|a| a | CALL)));
    }

    /// What is left of the batch; when it is over the next one begins. Zero: nothing is ready.
    #[inline]
    pub(crate) fn batch(&self) -> usize {
        let head = self.head.get();
        if head == self.end.get() {
            self.end.set(self.tail.get());
        }
        self.end.get().wrapping_sub(head)
    }

    /// The next of the batch, which is not over.
    #[inline]
    pub(crate) fn pop(&self) -> Entry {
        debug_assert!(self.in_batch());
        let head = self.head.get();
        self.head.set(head.wrapping_add(1));
        // SAFETY: see `ring`.
        let ring = unsafe { self.ring() };
        // SAFETY: as in `push`.
        unsafe { ring.get_unchecked(head & self.mask.get()) }.entry()
    }

    /// Whether a batch was interrupted.
    pub(crate) fn in_batch(&self) -> bool {
        self.head.get() != self.end.get()
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.head.get() == self.tail.get()
    }

    /// Takes everything out.
    pub(crate) fn clear(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        while self.batch() > 0 {
            entries.push(self.pop());
        }
        entries
    }
}

impl Word {
    #[inline]
    fn entry(self) -> Entry {
        if self.0.addr() & CALL == 0 {
            // SAFETY: `push_task` made this word from a `NonNull`.
            Entry::Task(unsafe { NonNull::new_unchecked(self.0.cast_mut().cast()) })
        } else {
            // SAFETY: `push_call` made this word, and `pop` passes each word once.
            Entry::Call(unsafe { Rc::from_raw(self.0.map_addr(|a| a & !CALL).cast()) })
        }
    }
}
