//! The intrusive list.

use crate::confine::{Confinement, Word};
use asyncio_context::TaskId;
use std::cell::UnsafeCell;
use std::marker::PhantomPinned;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::task::Waker;

/// In no list.
pub(super) const IDLE: usize = 0;
/// In a list.
pub(super) const WAITING: usize = 1;
/// Was taken off its list by somebody else.
pub(super) const NOTIFIED: usize = 2;

/// A place in a list.
// The status first: with the links before it, the compiler zeroes those too.
#[repr(C)]
pub(super) struct Node<R: Confinement> {
    pub(super) status: R::Word,
    /// Written when the node is linked: making a future that never waits costs one word.
    links: UnsafeCell<MaybeUninit<Links<R>>>,
    // Others point here while the node is linked.
    _pinned: PhantomPinned,
}

struct Links<R: Confinement> {
    prev: Option<NonNull<Node<R>>>,
    next: Option<NonNull<Node<R>>>,
    waker: Waker,
    tag: usize,
    task: Option<TaskId>,
}

// SAFETY: what a node holds is a waker and a number, both `Send`; the pointers are used under the
// exclusion of its cell only (see the module's rules), which holds across threads where `R: Sync`.
unsafe impl<R: Confinement + Sync> Send for Node<R> {}
// SAFETY: a shared node gives access to its status word only, and that is `Sync` where `R` is.
unsafe impl<R: Confinement + Sync> Sync for Node<R> {}

impl<R: Confinement> Node<R> {
    pub(super) const fn new() -> Node<R> {
        let links = UnsafeCell::new(MaybeUninit::uninit());
        Node { status: R::Word::ZERO, links, _pinned: PhantomPinned }
    }
}

/// First-in first-out waiters.
pub(super) struct List<R: Confinement> {
    head: Option<NonNull<Node<R>>>,
    tail: Option<NonNull<Node<R>>>,
}

// SAFETY: the nodes belong to futures; they are reached under the exclusion of the cell that this
// list is part of. A list that moves to another thread has no node that its first thread can still
// reach, because such a node's future borrows or owns the cell.
unsafe impl<R: Confinement> Send for List<R> {}

/// The links of a node.
///
/// # Safety
///
/// The caller is under the exclusion of the node's cell, the node is in a list, so alive, and the
/// reference is gone before the next call.
unsafe fn links<'a, R: Confinement>(node: NonNull<Node<R>>) -> &'a mut Links<R> {
    // SAFETY: alive, exclusive, and written when it was linked, by the caller's word.
    unsafe { (*(*node.as_ptr()).links.get()).assume_init_mut() }
}

impl<R: Confinement> List<R> {
    pub(super) const fn new() -> List<R> {
        List { head: None, tail: None }
    }

    /// Appends a node.
    ///
    /// # Safety
    ///
    /// Under exclusion, here and in all functions of the list. The node is idle, and stays where it
    /// is and alive until it is in no list.
    pub(super) unsafe fn push(&mut self, node: &Node<R>, waker: Waker, tag: usize) {
        let this = NonNull::from(node);
        let task = asyncio_context::current_task_id();
        let links = Links { prev: self.tail, next: None, waker, tag, task };
        // SAFETY: the node is in no list, so under exclusion nobody else looks at its links. What
        // they were before was taken out by `unlink`.
        unsafe { (*node.links.get()).write(links) };
        match self.tail {
            // SAFETY: linked nodes are alive (the drop of a waiter unlinks first).
            Some(tail) => unsafe { self::links(tail) }.next = Some(this),
            None => self.head = Some(this),
        }
        self.tail = Some(this);
        node.status.store(WAITING);
    }

    /// Takes a node off, and its waker out.
    ///
    /// # Safety
    ///
    /// The node is in this list.
    pub(super) unsafe fn unlink(&mut self, node: NonNull<Node<R>>) -> Waker {
        // SAFETY: in this list, so written; it leaves the list here, so it is read out once.
        let own = unsafe { (*(*node.as_ptr()).links.get()).assume_init_read() };
        match own.prev {
            // SAFETY: linked, so alive.
            Some(prev) => unsafe { links(prev) }.next = own.next,
            None => self.head = own.next,
        }
        match own.next {
            // SAFETY: linked, so alive.
            Some(next) => unsafe { links(next) }.prev = own.prev,
            None => self.tail = own.prev,
        }
        own.waker
    }

    /// The waker of a node that is in this list.
    ///
    /// # Safety
    ///
    /// It is.
    pub(super) unsafe fn waker(&mut self, node: &Node<R>) -> &mut Waker {
        // SAFETY: linked, under exclusion; the list is borrowed as long as the reference lives.
        &mut unsafe { links(NonNull::from(node)) }.waker
    }
}

/// The lists of a cell, for somebody inside its exclusion.
pub(crate) struct Lists<'a, R: Confinement>(pub(super) &'a mut [List<R>]);

impl<R: Confinement> Lists<'_, R> {
    #[inline]
    pub(crate) fn is_empty(&self, list: usize) -> bool {
        self.0[list].head.is_none()
    }

    /// Takes the longest-waiting node off its list; the caller wakes it, outside.
    #[inline]
    pub(crate) fn notify(&mut self, list: usize) -> Option<Waker> {
        // Mostly nobody waits; the rest stays out of the callers' fast ways.
        if self.is_empty(list) { None } else { self.notify_before(list, usize::MAX) }
    }

    /// The same if the node's tag is less than `before`.
    pub(crate) fn notify_before(&mut self, list: usize, before: usize) -> Option<Waker> {
        let list = &mut self.0[list];
        let node = list.head?;
        // SAFETY: a `Lists` exists inside the exclusion only, and linked nodes are alive.
        if unsafe { links(node) }.tag >= before {
            return None;
        }
        // SAFETY: as above; it is the list's first node.
        let waker = unsafe { list.unlink(node) };
        // SAFETY: alive until this store, with which the node is its future's again.
        unsafe { (*node.as_ptr()).status.store(NOTIFIED) };
        Some(waker)
    }

    /// The tasks that wait, the longest-waiting first; `None` for a future outside any task.
    pub(crate) fn tasks(&self, list: usize) -> Vec<Option<TaskId>> {
        let mut tasks = Vec::new();
        let mut next = self.0[list].head;
        while let Some(node) = next {
            // SAFETY: as in `notify_before`.
            let own = unsafe { links(node) };
            tasks.push(own.task);
            next = own.next;
        }
        tasks
    }
}
