//! Tasks that wait for the same change of a connection or a server.

use std::num::NonZeroU64;
use std::task::Waker;

/// The place of a waiting future in a [`Waiters`] list; the future keeps it.
#[derive(Debug, Default)]
pub(crate) struct Place(Option<NonZeroU64>);

impl Place {
    pub(crate) const fn new() -> Place {
        Place(None)
    }

    /// Whether the future may still be on the list.
    pub(crate) fn is_entered(&self) -> bool {
        self.0.is_some()
    }
}

/// Wakers in the order in which their tasks began to wait. Lives under its owner's lock, so it
/// hands wakers out instead of waking or dropping them.
#[derive(Default)]
pub(crate) struct Waiters {
    last: u64,
    list: Vec<(NonZeroU64, Waker)>,
}

impl Waiters {
    /// Enters or refreshes the waker of the future that keeps `place`. A waker that is replaced is
    /// returned, to be dropped outside the lock.
    pub(crate) fn enter(&mut self, place: &mut Place, waker: Waker) -> Option<Waker> {
        if let Some(id) = place.0
            && let Some(entry) = self.list.iter_mut().find(|entry| entry.0 == id)
        {
            return Some(std::mem::replace(&mut entry.1, waker));
        }
        self.last += 1;
        let id = NonZeroU64::new(self.last).expect("nobody waits that often");
        place.0 = Some(id);
        self.list.push((id, waker));
        None
    }

    /// Takes the future of `place` off the list.
    pub(crate) fn leave(&mut self, place: &mut Place) -> Option<Waker> {
        let id = place.0.take()?;
        let at = self.list.iter().position(|entry| entry.0 == id)?;
        Some(self.list.remove(at).1)
    }

    /// Takes everybody off the list.
    pub(crate) fn take_all(&mut self) -> Woken {
        Woken(std::mem::take(&mut self.list))
    }
}

/// Wakers to be woken when the lock is released.
#[must_use]
#[derive(Default)]
pub(crate) struct Woken(Vec<(NonZeroU64, Waker)>);

impl Woken {
    pub(crate) fn wake(self) {
        for (_, waker) in self.0 {
            waker.wake();
        }
    }
}
