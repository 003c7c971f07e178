//! The word that threads other than the owner write to.

use crate::sync::{AtomicU64, Ordering};

/// A wake from elsewhere, not yet seen by the owner.
const WOKEN: u64 = 1;
/// The task stands in the inbox, or somebody is about to put it there.
const INBOX: u64 = 1 << 1;
/// One reference made elsewhere; 31 bits.
const CLONE: u64 = 1 << 2;
/// One reference given back elsewhere; 31 bits.
const DROP: u64 = 1 << 33;
const COUNT: u64 = (1 << 31) - 1;

/// More references than this, of either kind, end the program: half of what the word can count,
/// so that threads which pass the check side by side do not overflow it together.
pub(super) const LIMIT: u64 = 1 << 30;

/// Clones and drops made on other threads, and what they ask for.
#[derive(Debug)]
pub(crate) struct Foreign(AtomicU64);

/// What the owner found in the word and took out of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen(u64);

impl Foreign {
    pub(super) fn new() -> Foreign {
        Foreign(AtomicU64::new(0))
    }

    /// Counts a clone made elsewhere. Relaxed, as in `Arc`: the cloner has a reference that is
    /// counted already, and gives the new one away by means that order what it needs.
    pub(super) fn clone_ref(&self) {
        let before = self.0.fetch_add(CLONE, Ordering::Relaxed);
        if (before / CLONE) & COUNT >= LIMIT {
            std::process::abort();
        }
    }

    /// Gives a reference back. True: the caller has to see to it that the task is looked at.
    ///
    /// Release, for the `take` of whoever frees the memory.
    pub(super) fn drop_ref(&self) -> bool {
        self.tell(DROP, INBOX)
    }

    /// Asks for a poll. True: the caller has to see to it that the task is looked at.
    ///
    /// The word is written even if it says so already: what was written before this wake must be
    /// visible to the poll it leads to, which reads this very write.
    pub(super) fn wake(&self) -> bool {
        self.tell(0, INBOX | WOKEN)
    }

    /// A wake and a drop in one step.
    pub(super) fn wake_and_drop(&self) -> bool {
        self.tell(DROP, INBOX | WOKEN)
    }

    /// Release, for the `take` that reads this. Acquire, from the `take` before: with INBOX the link
    /// changes hands, which the owner has just followed.
    fn tell(&self, add: u64, set: u64) -> bool {
        let mut word = self.0.load(Ordering::Relaxed);
        loop {
            let next = (word + add) | set;
            match self.0.compare_exchange_weak(word, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return word & INBOX == 0,
                Err(now) => word = now,
            }
        }
    }

    /// Takes everything out of the word, INBOX with it. Acquire and Release, see `tell`.
    pub(super) fn take(&self) -> Seen {
        Seen(self.0.swap(0, Ordering::AcqRel))
    }

    /// Whether nobody elsewhere has done anything with the task since the last `take`. Acquire, as
    /// `look`.
    #[inline]
    pub(super) fn is_untouched(&self) -> bool {
        self.0.load(Ordering::Acquire) == 0
    }

    /// Looks without taking. Acquire: what it sees may be the reason to free the memory.
    pub(super) fn look(&self) -> Seen {
        Seen(self.0.load(Ordering::Acquire))
    }
}

impl Seen {
    /// Whether a wake was asked for.
    pub(super) fn woken(self) -> bool {
        self.0 & WOKEN != 0
    }

    /// Whether the task is in the inbox or on its way there, and must not be freed.
    pub(super) fn in_inbox(self) -> bool {
        self.0 & INBOX != 0
    }

    /// Clones less drops.
    pub(super) fn balance(self) -> i32 {
        let clones = (self.0 / CLONE) & COUNT;
        let drops = (self.0 / DROP) & COUNT;
        // Both are 31 bits wide, so the difference of the two fits.
        (clones as i64 - drops as i64) as i32
    }
}
