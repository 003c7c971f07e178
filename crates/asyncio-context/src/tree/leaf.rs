//! A forward node that enters the tree only when somebody has to find it there.
//!
//! Nearly all waits for a task end without a request, directly under the record: entering and leaving
//! the tree for them (a root, a node, thirteen atomic operations) was half of what a task that is made
//! and awaited costs. Such a wait is *held* by the record instead, by a word that only its poller and
//! the wait itself write. The poller *seats* it, as a real node under the root, ahead of everything that
//! looks at the root's children: a request, a second boundary, a root that is stirred. From there on
//! the rules of the tree are all there is; the wait finds its node at its next poll, or when it is
//! dropped.
//!
//! Tried and dropped: to keep a node that left linked under its root for the next one; it saves the
//! locks only while one task waits for one task after the other, and keeps the root's allocation.

use super::core::Core;
use super::leave::{self, Leave};
use super::node::{Node, Step};
use crate::frame::Frame;
use crate::sync::{Arc, AtomicU32, Mutex, Ordering, lock};
use crate::{Record, TaskRef, frame};
use std::ptr;
use std::task::{Context, Poll, Waker};

/// No wait is held.
const NONE: u32 = 0;
/// One is. It has a reference to the record, and is the only one that has this state from it.
const HELD: u32 = 1;
/// It has a node, which stands in the record's `seat` until it comes for it.
const SEATED: u32 = 2;

/// A record's word for the wait that it holds.
///
/// Written without a lock by whoever polls the record, which is one thread at a time: NONE to HELD, and
/// back when the wait ends in that poll. Everything else is done under the lock of the seat: a wait that
/// was carried elsewhere may give itself up while the record seats it.
#[derive(Debug)]
pub(crate) struct Held(AtomicU32);

/// The node of a wait that is seated.
pub(crate) type Seat = Mutex<Option<Arc<Core>>>;

impl Held {
    pub(crate) fn new() -> Held {
        Held(AtomicU32::new(NONE))
    }

    #[inline]
    fn is(&self, state: u32) -> bool {
        self.0.load(Ordering::Relaxed) == state
    }

    #[inline]
    fn set(&self, state: u32) {
        self.0.store(state, Ordering::Relaxed);
    }

    /// Whether a wait is held that has no node.
    #[inline]
    pub(crate) fn is_held(&self) -> bool {
        self.is(HELD)
    }
}

/// Gives the wait that `record` holds, if it holds one, a node under `root`. Called by the record's
/// poller.
#[cold]
#[inline(never)]
pub(crate) fn seat(record: &Record, root: &Arc<Core>) {
    if !record.held().is_held() {
        return;
    }
    // In the tree before the wait can come for it, which might leave at once. One lock at a time.
    let core = Arc::new(Core::new(Some(root.clone()), None, None));
    root.lock().kids.push(core.clone());
    let mut seat = lock(record.seat());
    if record.held().is_held() {
        record.held().set(SEATED);
        *seat = Some(core);
        return;
    }
    drop(seat);
    // Given up meanwhile, elsewhere.
    leave::leave(&core, Leave::Drop);
}

/// The wait gives itself up: its node, if it has one. From anywhere.
#[cold]
#[inline(never)]
fn unseat(record: &Record) -> Option<Arc<Core>> {
    let mut seat = lock(record.seat());
    record.held().set(NONE);
    seat.take()
}

/// A forward [`Node`] around a wait that polls no code of others: no boundary is entered under it. Used
/// in the same way, after a look whether [`poll_held`](Leaf::poll_held) does.
#[derive(Debug)]
pub struct Leaf {
    /// The record that holds the wait. While this is there, there is no node.
    record: Option<TaskRef>,
    /// Boxed, since few waits come to have one.
    node: Option<Box<Node>>,
}

impl Leaf {
    /// A leaf that was not polled yet.
    #[inline]
    pub const fn new() -> Leaf {
        Leaf { record: None, node: None }
    }

    fn node(&mut self) -> &mut Node {
        self.node.get_or_insert_with(|| Box::new(Node::forward()))
    }

    /// Polls the wait, by `f`, if the record whose poll this is holds it. None is the answer where it does
    /// not, or not any more: then [`poll`](Leaf::poll) has to be called. Ready, the leaf is as new.
    ///
    /// `f` also gets the leaf's reference to the task, which is kept until `f` is ready, or until the next
    /// call of `poll`, or the leaf is dropped: so who is to wake the task needs none of its own.
    #[inline]
    pub fn poll_held<T>(
        &mut self,
        cx: &mut Context<'_>,
        f: impl FnOnce(&mut Context<'_>, &TaskRef) -> Poll<T>,
    ) -> Option<Poll<T>> {
        frame::with(|frame| {
            let frame = frame?;
            let Some(task) = &self.record else { return self.poll_first(frame, cx, f) };
            if !ptr::eq(task.record(), frame.record) || !frame.record.held().is_held() {
                return None;
            }
            match f(cx, task) {
                Poll::Ready(value) => {
                    self.end();
                    Some(Poll::Ready(value))
                }
                // Marks come by way of a node only, and the end of the turn looks for it. A wait that was
                // moved under a boundary belongs there.
                Poll::Pending => is_top(frame, cx.waker()).then_some(Poll::Pending),
            }
        })
    }

    /// [`Node::poll`].
    ///
    /// # Panics
    ///
    /// As that.
    pub fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        f: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Step<T> {
        self.come_for_node();
        self.node().poll(cx, f)
    }

    /// The poll that has the record hold the wait, if it can.
    #[inline]
    fn poll_first<T>(
        &mut self,
        frame: &Frame<'_>,
        cx: &mut Context<'_>,
        f: impl FnOnce(&mut Context<'_>, &TaskRef) -> Poll<T>,
    ) -> Option<Poll<T>> {
        let record = frame.record;
        if self.node.is_some()
            || !is_top(frame, cx.waker())
            || !record.held().is(NONE)
            || record.root().is_some_and(|root| root.is_stirred())
        {
            return None;
        }
        record.held().set(HELD);
        let polled = f(cx, self.record.insert(record.to_ref()));
        if polled.is_ready() {
            self.end();
        }
        Some(polled)
    }

    /// The wait is over, in a poll of the record that held it when that began.
    #[inline]
    fn end(&mut self) {
        let Some(task) = self.record.take() else { return };
        if task.record().held().is_held() {
            task.record().held().set(NONE);
        } else if let Some(core) = unseat(task.record()) {
            self.node().adopt(core);
            self.node().leave(Leave::Complete);
        }
    }

    #[inline]
    fn come_for_node(&mut self) {
        let Some(task) = self.record.take() else { return };
        let record = task.record();
        if record.held().is_held() && frame::with(|f| f.is_some_and(|f| ptr::eq(f.record, record)))
        {
            // This is the record's poller.
            record.held().set(NONE);
        } else if let Some(core) = unseat(record) {
            self.node().adopt(core);
        }
    }

    /// [`Node::acted`].
    pub fn acted(&self) -> bool {
        self.node.as_ref().is_some_and(|node| node.acted())
    }

    /// [`Node::message`].
    pub fn message(&self) -> Option<crate::Message> {
        self.node.as_ref().and_then(|node| node.message())
    }

    /// [`Node::unwind`].
    pub fn unwind(&mut self) {
        self.node().unwind();
    }

    /// [`Node::unwind_with`].
    pub fn unwind_with(&mut self, message: Option<crate::Message>) {
        self.node().unwind_with(message);
    }

    /// [`Node::swallowed`].
    pub fn swallowed(&mut self) {
        self.node().swallowed();
    }
}

/// Whether no sub-executor and no boundary is between here and the record.
#[inline]
fn is_top(frame: &Frame<'_>, waker: &Waker) -> bool {
    let same = ptr::eq(frame.waker, waker) || frame.waker.will_wake(waker);
    same && frame.node.borrow().is_none()
}

impl Default for Leaf {
    fn default() -> Leaf {
        Leaf::new()
    }
}

/// A hard drop: a request that was on its way to the wait is handed back.
impl Drop for Leaf {
    #[inline]
    fn drop(&mut self) {
        if self.record.is_some() {
            self.come_for_node();
        }
    }
}
