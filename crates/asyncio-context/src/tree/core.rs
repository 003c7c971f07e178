//! What a node is to the nodes around it.

use super::kids::Kids;
use crate::report::{Report, report};
use crate::sync::{Arc, AtomicBool, AtomicU32, Mutex, MutexGuard, Ordering, lock};
use crate::{Message, TaskRef, panic_text};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

/// The shared side of a node. The future it belongs to owns the [`Node`](super::Node); the parent's
/// list and tokens hold references to this.
///
/// One lock at a time, never two: whoever needs two nodes lets go of the first. The atomics are
/// read without the lock by the owner (on its fast path) and by a parent that holds its own.
#[derive(Debug)]
pub(crate) struct Core {
    /// Something under the lock wants the owner's attention at its next poll: a mark, a round in
    /// progress, a lost parent, being aside. Relaxed: set under the lock and followed by a wake,
    /// which is what orders it before the poll.
    pub(super) stirred: AtomicBool,
    /// Passed over by the parent's round, until polled again.
    pub(super) aside: AtomicBool,
    /// Requests addressed to this node and not withdrawn. A root's are in its record's mailbox.
    pub(super) count: AtomicU32,
    /// Where in its parent's list it stands; read and written under the parent's lock.
    pub(super) place: AtomicU32,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// `None`: a root, or detached because the parent went first.
    pub(super) parent: Option<Arc<Core>>,
    pub(super) kids: Kids,
    /// The waker of the node's last poll, where it is not the record's.
    pub(super) waker: Option<Waker>,
    /// A record's root: whom to wake. Taken at the end of the record, which breaks the circle.
    pub(super) record: Option<TaskRef>,
    /// The round in progress, or the last one.
    pub(super) round: u32,
    /// Answers still due in this round, from children and from tokens.
    pub(super) waits: u32,
    pub(super) moved: bool,
    pub(super) swallowed: bool,
    /// The parent's round that waits for this node's answer.
    pub(super) owes: Option<u32>,
    /// To act at the next poll.
    pub(super) mark: Mark,
    /// Polled since it was asked.
    pub(super) seen: bool,
    /// A child was reached during this poll that had not been before.
    pub(super) progress: bool,
    pub(super) left: bool,
    /// Answers are no longer wanted.
    pub(super) void: bool,
    /// The parent left; the next poll finds another.
    pub(super) detached: bool,
    pub(super) message: Option<Message>,
}

/// What a node does at its next poll.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mark {
    #[default]
    None,
    /// It acts.
    Act,
    /// It acts, because a request came back that nobody took.
    HandedBack,
}

impl State {
    pub(super) fn is_marked(&self) -> bool {
        self.mark != Mark::None
    }

    /// Whether the node is in the tree, as a child of `parent`.
    pub(super) fn is_under(&self, parent: &Arc<Core>) -> bool {
        !self.left && self.parent.as_ref().is_some_and(|p| Arc::ptr_eq(p, parent))
    }
}

impl Core {
    pub(super) fn new(
        parent: Option<Arc<Core>>,
        waker: Option<Waker>,
        record: Option<TaskRef>,
    ) -> Core {
        Core {
            stirred: AtomicBool::new(false),
            aside: AtomicBool::new(false),
            count: AtomicU32::new(0),
            place: AtomicU32::new(0),
            state: Mutex::new(State { parent, waker, record, ..State::default() }),
        }
    }

    /// A node that enters under `parent`, in the memory of `used` where nobody else refers to that.
    pub(super) fn entering(
        used: Option<Arc<Core>>,
        parent: Option<Arc<Core>>,
        waker: Option<Waker>,
    ) -> Arc<Core> {
        let Some(mut node) = used else { return Arc::new(Core::new(parent, waker, None)) };
        match Arc::get_mut(&mut node) {
            Some(core) => {
                // It left unasked and childless: only this is not as in a new one.
                let state = core.state.get_mut().unwrap_or_else(|e| e.into_inner());
                state.parent = parent;
                state.waker = waker;
                state.message = None;
                state.left = false;
                state.void = false;
                state.seen = false;
                node
            }
            None => Arc::new(Core::new(parent, waker, None)),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    #[inline]
    pub(crate) fn is_stirred(&self) -> bool {
        self.stirred.load(Ordering::Relaxed)
    }

    pub(super) fn stir(&self) {
        self.stirred.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_aside(&self) -> bool {
        self.aside.load(Ordering::Relaxed)
    }

    pub(super) fn parent(&self) -> Option<Arc<Core>> {
        self.lock().parent.clone()
    }

    /// Children that a request is for, oldest first.
    pub(super) fn live(state: &State) -> Vec<Arc<Core>> {
        state.kids.iter().filter(|kid| !kid.is_aside()).cloned().collect()
    }

    /// Wakes whoever polls this node: by its own waker, or by its record. No lock is held.
    pub(super) fn wake(node: &Arc<Core>) {
        let mut node = node.clone();
        loop {
            let mut state = node.lock();
            // Taken, not cloned: a clone is somebody's code. The owner puts it back at its next poll,
            // and until then it has been woken.
            if let Some(waker) = state.waker.take() {
                node.stir();
                drop(state);
                return contain(|| waker.wake());
            }
            if let Some(record) = state.record.clone() {
                drop(state);
                return contain(|| record.wake());
            }
            let Some(parent) = state.parent.clone() else { return };
            drop(state);
            node = parent;
        }
    }
}

/// A panic of somebody's waker is reported and goes no further: the request is on its way through
/// the tree, and its round counts on the answers of those who are yet to be asked.
fn contain(wake: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(wake)) {
        let text = panic_text(&*payload).unwrap_or("no text").to_owned();
        report(Report::new("a waker panicked").error(text));
    }
}
