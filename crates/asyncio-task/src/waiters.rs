//! The wakers of those who wait for one event, first in, first out.

use asyncio_context::panic_text;
use asyncio_context::report::{Report, report};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

/// A place in [`Waiters`], kept by the waiting future.
#[derive(Debug, Default)]
pub(crate) struct Place(Option<u64>);

/// Wakers in the order in which their owners began to wait. Kept under the lock of what they wait
/// for; whatever is taken out is woken or dropped after it.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    next: u64,
    wakers: Vec<(u64, Waker)>,
}

impl Waiters {
    /// Whether `place` is taken already by a waker that wakes the same task.
    pub(crate) fn knows(&self, place: &Place, waker: &Waker) -> bool {
        let of = |id| self.wakers.iter().find(|(other, _)| *other == id);
        place.0.and_then(of).is_some_and(|(_, known)| known.will_wake(waker))
    }

    /// Puts `waker` at `place`, and gives back the one that stood there.
    #[must_use]
    pub(crate) fn put(&mut self, place: &mut Place, waker: Waker) -> Option<Waker> {
        if let Some(id) = place.0
            && let Some((_, known)) = self.wakers.iter_mut().find(|(other, _)| *other == id)
        {
            return Some(std::mem::replace(known, waker));
        }
        place.0 = Some(self.next);
        self.wakers.push((self.next, waker));
        self.next += 1;
        None
    }

    /// Gives `place` up.
    #[must_use]
    pub(crate) fn leave(&mut self, place: &mut Place) -> Option<Waker> {
        let id = place.0.take()?;
        let at = self.wakers.iter().position(|(other, _)| *other == id)?;
        Some(self.wakers.remove(at).1)
    }

    /// Takes all of them.
    #[must_use]
    pub(crate) fn take(&mut self) -> Vec<Waker> {
        std::mem::take(&mut self.wakers).into_iter().map(|(_, waker)| waker).collect()
    }
}

/// Wakes all, first come first. One that panics keeps nobody else from being woken.
pub(crate) fn wake_all(wakers: Vec<Waker>) {
    for waker in wakers {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
            let text = panic_text(&*payload).unwrap_or("of no text");
            report(Report::new(format!("a waker panicked: {text}")));
        }
    }
}
