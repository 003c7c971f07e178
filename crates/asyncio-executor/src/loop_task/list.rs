//! The list of all tasks of a loop, in the order of their creation. It owns a reference to each.

use super::header::Header;
use std::cell::Cell;
use std::ptr::NonNull;

type Link = Cell<Option<NonNull<Header>>>;

/// The place of a task in the list.
pub(super) struct Links {
    prev: Link,
    next: Link,
}

impl Links {
    pub(super) const fn new() -> Links {
        Links { prev: Cell::new(None), next: Cell::new(None) }
    }
}

/// Both ends of the list. For the owner alone.
pub(super) struct List {
    head: Link,
    tail: Link,
}

impl List {
    pub(super) const fn new() -> List {
        List { head: Cell::new(None), tail: Cell::new(None) }
    }

    pub(super) fn first(&self) -> Option<NonNull<Header>> {
        self.head.get()
    }

    /// Adds a task at the end.
    ///
    /// # Safety
    ///
    /// The task is alive and in no list, and stays alive until it is removed.
    #[inline]
    pub(super) unsafe fn push(&self, task: NonNull<Header>) {
        let tail = self.tail.replace(Some(task));
        // SAFETY: alive, says the caller.
        unsafe { task.as_ref() }.links.prev.set(tail);
        match tail {
            // SAFETY: it is in the list, so alive.
            Some(tail) => unsafe { tail.as_ref() }.links.next.set(Some(task)),
            None => self.head.set(Some(task)),
        }
    }

    /// Takes a task out.
    ///
    /// # Safety
    ///
    /// The task is in this list.
    #[inline]
    pub(super) unsafe fn remove(&self, task: NonNull<Header>) {
        // SAFETY: what is in the list is alive; so for its neighbours below.
        let links = &unsafe { task.as_ref() }.links;
        let (prev, next) = (links.prev.take(), links.next.take());
        match prev {
            // SAFETY: see above.
            Some(prev) => unsafe { prev.as_ref() }.links.next.set(next),
            None => self.head.set(next),
        }
        match next {
            // SAFETY: see above.
            Some(next) => unsafe { next.as_ref() }.links.prev.set(prev),
            None => self.tail.set(prev),
        }
    }

    /// Shows every task to `f`, which must not change the list.
    pub(super) fn each(&self, mut f: impl FnMut(NonNull<Header>)) {
        let mut at = self.head.get();
        while let Some(task) = at {
            // SAFETY: it is in the list, so alive.
            at = unsafe { task.as_ref() }.links.next.get();
            f(task);
        }
    }
}
