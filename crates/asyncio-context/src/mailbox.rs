//! The one atomic word through which anyone, on any thread, asks a task to stop.

use crate::sync::{AtomicU32, Ordering, fence};

/// A request that was not yet moved into the tree.
const PENDING: u32 = 1;
/// The pending request was made by the task itself, during its own poll.
const SELF: u32 = 1 << 1;
/// The task is over: requests are refused.
const DONE: u32 = 1 << 2;
/// The record has a root node: a turn has to look at it.
const ROOT: u32 = 1 << 3;
/// The task ended cancelled.
const CANCELLED: u32 = 1 << 4;
/// One request; the bits from here up are `cancelling()`.
const ONE: u32 = 1 << 5;

#[derive(Debug)]
pub(crate) struct Mailbox(AtomicU32);

/// What a turn finds at its start.
pub(crate) enum Found {
    /// No request and no tree: nearly always.
    Nothing,
    /// Something to look at.
    Request,
    /// A tree, and no request from outside it.
    Tree,
}

impl Mailbox {
    pub(crate) fn new() -> Mailbox {
        Mailbox(AtomicU32::new(0))
    }

    /// Counts a request. `None` when the task is over, else whether it is the first undelivered.
    ///
    /// Release: whoever takes the request sees what the poster wrote before.
    pub(crate) fn post(&self, by_itself: bool) -> Option<bool> {
        let flags = if by_itself { PENDING | SELF } else { PENDING };
        let before = self
            .0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |w| {
                // A full count stays full: carried over, it would be lost altogether.
                (w & DONE == 0).then(|| w.checked_add(ONE).unwrap_or(w) | flags)
            })
            .ok()?;
        Some(before & PENDING == 0)
    }

    /// Takes a request back: what `uncancel` returns. At zero an undelivered one is withdrawn.
    pub(crate) fn withdraw(&self) -> usize {
        let after = |w: u32| {
            let w = if w >= ONE { w - ONE } else { w };
            if w < ONE { w & !(PENDING | SELF) } else { w }
        };
        let before = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, |w| Some(after(w)));
        let before = before.unwrap_or_else(|w| w);
        (after(before) / ONE) as usize
    }

    pub(crate) fn count(&self) -> usize {
        (self.0.load(Ordering::Acquire) / ONE) as usize
    }

    /// Relaxed: the wake that follows a post is what makes the task look.
    #[inline]
    pub(crate) fn look(&self) -> Found {
        let word = self.0.load(Ordering::Relaxed);
        if word & (PENDING | ROOT) == 0 {
            Found::Nothing
        } else if word & PENDING != 0 {
            // Pairs with the poster's release: its message's place is visible before `take`.
            fence(Ordering::Acquire);
            Found::Request
        } else {
            Found::Tree
        }
    }

    #[inline]
    pub(crate) fn has_root(&self) -> bool {
        self.0.load(Ordering::Relaxed) & ROOT != 0
    }

    /// Takes the undelivered request, if there is one.
    pub(crate) fn take(&self) -> bool {
        self.0.fetch_and(!(PENDING | SELF), Ordering::AcqRel) & PENDING != 0
    }

    #[inline]
    pub(crate) fn is_self_posted(&self) -> bool {
        self.0.load(Ordering::Acquire) & SELF != 0
    }

    /// Notes that the record has a root node.
    pub(crate) fn note_root(&self) {
        self.0.fetch_or(ROOT, Ordering::AcqRel);
    }

    /// Called once, by the thread that polls. A load and a store, not one operation: that would be
    /// the only atomic one in the life of most tasks. A request that comes in between is lost, as if
    /// it had come just before the end, which it could not have stopped; the end never is, for a
    /// request that was posted on the word before it is not posted over it.
    ///
    /// loom lets a plain store and another thread's compare-exchange on the word before it stand in
    /// either order, which no machine does: there the end would be lost. The models close with one
    /// operation.
    #[inline]
    pub(crate) fn close(&self) {
        if cfg!(loom) {
            self.0.fetch_or(DONE, Ordering::AcqRel);
            return;
        }
        let word = self.0.load(Ordering::Relaxed);
        self.0.store(word | DONE, Ordering::Release);
    }

    /// Notes how the task ended, or is about to end.
    pub(crate) fn note_cancelled(&self) {
        self.0.fetch_or(CANCELLED, Ordering::AcqRel);
    }

    /// Whether the task is over and ended cancelled.
    pub(crate) fn is_cancelled(&self) -> bool {
        let ended = DONE | CANCELLED;
        self.0.load(Ordering::Acquire) & ended == ended
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.load(Ordering::Acquire) & DONE != 0
    }
}
