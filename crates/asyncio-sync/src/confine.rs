//! Where a primitive may be used: on any thread, or on one.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::{Mutex, PoisonError};

/// What a primitive is confined to: [`ThreadSafe`] or [`LoopLocal`].
///
/// Sealed: the waiter lists rely on `exclusive`.
pub trait Confinement: Sealed + 'static {
    /// In its first state.
    const INIT: Self;
    /// A word that can be read and exchanged outside `exclusive`.
    #[doc(hidden)]
    type Word: Word;
    /// Runs `f` while no other call of `exclusive` on this value runs.
    #[doc(hidden)]
    fn exclusive<T>(&self, f: impl FnOnce() -> T) -> T;
}

/// Usable from every thread: a mutex around the state, atomic words beside it.
pub struct ThreadSafe(Mutex<()>);

/// Usable on the thread it is on, without any atomic operation.
pub struct LoopLocal(Cell<bool>);

impl Confinement for ThreadSafe {
    #[allow(clippy::declare_interior_mutable_const, reason = "a new one at each use is meant")]
    const INIT: ThreadSafe = ThreadSafe(Mutex::new(()));
    type Word = AtomicUsize;

    #[inline(always)]
    fn exclusive<T>(&self, f: impl FnOnce() -> T) -> T {
        // Poison means that a comparison of the user's panicked in a priority queue, which leaves
        // the state whole.
        let _guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        f()
    }
}

impl Confinement for LoopLocal {
    #[allow(clippy::declare_interior_mutable_const, reason = "a new one at each use is meant")]
    const INIT: LoopLocal = LoopLocal(Cell::new(false));
    type Word = Cell<usize>;

    #[inline(always)]
    fn exclusive<T>(&self, f: impl FnOnce() -> T) -> T {
        // The one piece of foreign code that runs inside is a comparison in a priority queue.
        assert!(!self.0.replace(true), "a queue was used by a comparison of its own items");
        let _open = Open(&self.0);
        f()
    }
}

/// Leaves the exclusive section, also when it unwinds.
struct Open<'a>(&'a Cell<bool>);

impl Drop for Open<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.set(false);
    }
}

/// A number beside the state. `load` sees what was done before the `store` or `exchange` whose
/// value it reads; `peek` and `hint` promise the number only.
#[doc(hidden)]
pub trait Word {
    const ZERO: Self;
    fn peek(&self) -> usize;
    fn load(&self) -> usize;
    fn hint(&self, value: usize);
    fn store(&self, value: usize);
    fn exchange(&self, old: usize, new: usize) -> Result<usize, usize>;
}

/// States the orderings once, for the word and for its model.
macro_rules! atomic_word {
    ($word:ty, $zero:expr, $this:ident => $atomic:expr) => {
        impl Word for $word {
            #[allow(clippy::declare_interior_mutable_const, reason = "a new one each time is meant")]
            const ZERO: $word = $zero;

            #[inline]
            fn peek(&$this) -> usize {
                $atomic.load(Relaxed)
            }

            #[inline]
            fn load(&$this) -> usize {
                $atomic.load(Acquire)
            }

            #[inline]
            fn hint(&$this, value: usize) {
                $atomic.store(value, Relaxed);
            }

            #[inline]
            fn store(&$this, value: usize) {
                $atomic.store(value, Release);
            }

            // Failure is looked at again, or followed by the exclusive section.
            #[inline]
            fn exchange(&$this, old: usize, new: usize) -> Result<usize, usize> {
                $atomic.compare_exchange(old, new, AcqRel, Relaxed)
            }
        }
    };
}

atomic_word!(AtomicUsize, AtomicUsize::new(0), self => self);

#[cfg(all(test, loom))]
pub(crate) mod model;

impl Word for Cell<usize> {
    #[allow(clippy::declare_interior_mutable_const, reason = "a new one at each use is meant")]
    const ZERO: Cell<usize> = Cell::new(0);

    #[inline]
    fn peek(&self) -> usize {
        self.get()
    }

    #[inline]
    fn load(&self) -> usize {
        self.get()
    }

    #[inline]
    fn hint(&self, value: usize) {
        self.set(value);
    }

    #[inline]
    fn store(&self, value: usize) {
        self.set(value);
    }

    #[inline]
    fn exchange(&self, old: usize, new: usize) -> Result<usize, usize> {
        debug_assert_eq!(self.get(), old);
        self.set(new);
        Ok(old)
    }
}

#[doc(hidden)]
pub trait Sealed {}
impl Sealed for ThreadSafe {}
impl Sealed for LoopLocal {}

impl fmt::Debug for ThreadSafe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ThreadSafe")
    }
}

impl fmt::Debug for LoopLocal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoopLocal")
    }
}
