//! The one atomic word through which anyone, on any thread, asks a task to stop.

use crate::Message;
use std::sync::atomic::{AtomicU32, Ordering};

/// A request that was not yet moved into the tree.
const PENDING: u32 = 1;
/// The pending request was made by the task itself, during its own poll.
const SELF: u32 = 1 << 1;
/// The task is over: requests are refused.
const DONE: u32 = 1 << 2;
/// One request; the bits from here up are `cancelling()`.
const ONE: u32 = 1 << 3;

#[derive(Debug)]
pub(crate) struct Mailbox(AtomicU32);

impl Mailbox {
    pub(crate) const fn new() -> Mailbox {
        Mailbox(AtomicU32::new(0))
    }

    /// Counts a request. `None` when the task is over, else whether it is the first undelivered.
    pub(crate) fn post(&self, by_itself: bool) -> Option<bool> {
        let flags = if by_itself { PENDING | SELF } else { PENDING };
        let before = self
            .0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |w| {
                (w & DONE == 0).then(|| w.saturating_add(ONE) | flags)
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
    pub(crate) fn is_pending(&self) -> bool {
        self.0.load(Ordering::Relaxed) & PENDING != 0
    }

    /// Takes the undelivered request, if there is one.
    pub(crate) fn take(&self) -> bool {
        self.0.fetch_and(!(PENDING | SELF), Ordering::AcqRel) & PENDING != 0
    }

    pub(crate) fn is_self_posted(&self) -> bool {
        self.0.load(Ordering::Acquire) & SELF != 0
    }

    pub(crate) fn close(&self) {
        self.0.fetch_or(DONE, Ordering::AcqRel);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.load(Ordering::Acquire) & DONE != 0
    }
}

/// The first message of the requests that are waiting for delivery.
pub(crate) type FirstMessage = Option<Message>;
