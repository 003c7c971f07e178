//! Counted permits, handed over in order: what locks and semaphores are made of.
//!
//! One word holds how many permits are out and whether anybody waits:
//!
//! ```text
//! bits 1..   permits taken, less those released beyond the first number (two's complement)
//! bit 0      WAITERS: the list is not empty
//! ```
//!
//! - WAITERS is set and cleared under exclusion only.
//! - While WAITERS is clear, permits are taken and released by one exchange of the word.
//! - While WAITERS is set no permit is free, because a release hands it to the first waiter instead
//!   of putting it back. So both fast ways refuse, and the word changes under exclusion only.
//!
//! The hand-over itself is the notification of the waiter's node: a notified waiter owns a permit,
//! which its drop hands on.

use crate::confine::{Confinement, Word};
use crate::waiters::{Anchor, Lists, Owed, Role, Standing, WaitCell, Waiter};
use asyncio_context::WaitKind;
use std::ops::Deref;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

const WAITERS: usize = 1;
const ONE: usize = 2;

/// The largest number of permits.
pub(crate) const MAX: usize = usize::MAX >> 3;

pub(crate) struct Permits<R: Confinement> {
    word: R::Word,
    /// Whether the last permit handed over was not picked up yet; exact if there is only one.
    reserved: R::Word,
    /// Permits at first. The word counts from here, because it starts as a constant zero.
    initial: usize,
    /// The number that a release must not exceed.
    bound: usize,
    cell: WaitCell<(), R, 1>,
}

/// A release that would lift the number above its bound.
#[derive(Debug)]
pub(crate) struct TooMany;

impl<R: Confinement> Permits<R> {
    pub(crate) const fn new(initial: usize, bound: usize) -> Permits<R> {
        assert!(initial <= MAX, "too many permits");
        let cell = WaitCell::new(());
        Permits { word: R::Word::ZERO, reserved: R::Word::ZERO, initial, bound, cell }
    }

    #[inline]
    fn free_in(&self, word: usize) -> usize {
        self.initial.wrapping_sub((word as isize >> 1) as usize)
    }

    /// How many permits are free.
    #[inline]
    pub(crate) fn free(&self) -> usize {
        self.free_in(self.word.load())
    }

    /// Whether a permit lies ready for a waiter that has not run since.
    pub(crate) fn is_reserved(&self) -> bool {
        self.reserved.load() != 0
    }

    pub(crate) fn tasks(&self) -> Vec<Option<asyncio_context::TaskId>> {
        self.cell.tasks(0)
    }

    #[inline]
    pub(crate) fn try_acquire(&self) -> bool {
        let mut word = self.word.peek();
        loop {
            // Nobody barges in: while somebody waits none is free.
            if self.free_in(word) == 0 {
                return false;
            }
            match self.word.exchange(word, word.wrapping_add(ONE)) {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
    }

    #[inline]
    pub(crate) fn release(&self) -> Result<(), TooMany> {
        let mut word = self.word.peek();
        loop {
            if self.free_in(word) >= self.bound {
                return Err(TooMany);
            }
            if word & WAITERS != 0 {
                return self.release_to_waiter();
            }
            match self.word.exchange(word, word.wrapping_sub(ONE)) {
                Ok(_) => return Ok(()),
                Err(now) => word = now,
            }
        }
    }

    fn release_to_waiter(&self) -> Result<(), TooMany> {
        let waker = self.cell.with(|(), lists| self.hand_over(lists))?;
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// Gives a permit to the first waiter, or puts it back.
    fn hand_over(&self, lists: &mut Lists<'_, R>) -> Result<Option<Waker>, TooMany> {
        if lists.is_empty(0) {
            self.reserved.hint(0);
            let mut word = self.word.peek();
            loop {
                // Others may have released since the caller looked, and served those who waited.
                if self.free_in(word) >= self.bound {
                    return Err(TooMany);
                }
                match self.word.exchange(word, word.wrapping_sub(ONE) & !WAITERS) {
                    Ok(_) => return Ok(None),
                    Err(now) => word = now,
                }
            }
        }
        // Before the notification: the waiter may run at once and clear it.
        self.reserved.hint(1);
        let waker = lists.notify(0);
        self.clear_if_empty(lists);
        Ok(waker)
    }

    fn clear_if_empty(&self, lists: &Lists<'_, R>) {
        if lists.is_empty(0) {
            self.word.store(self.word.peek() & !WAITERS);
        }
    }

    /// Under exclusion: takes a permit that nobody waits for, or makes sure that releases look at
    /// the list, where the caller is about to stand.
    fn take_or_mark(&self) -> bool {
        let mut word = self.word.peek();
        // Others wait, so the word stays as it is while we are in here.
        if word & WAITERS != 0 {
            return false;
        }
        loop {
            let takes = self.free_in(word) > 0;
            let new = if takes { word.wrapping_add(ONE) } else { word | WAITERS };
            match self.word.exchange(word, new) {
                Ok(_) => return takes,
                Err(now) => word = now,
            }
        }
    }
}

/// What holds permits.
///
/// # Safety
///
/// `permits` always gives the same value, which is part of `self`.
pub(crate) unsafe trait Holder {
    type R: Confinement;
    fn permits(&self) -> &Permits<Self::R>;
}

// SAFETY: itself.
unsafe impl<R: Confinement> Holder for Permits<R> {
    type R = R;

    #[inline]
    fn permits(&self) -> &Permits<R> {
        self
    }
}

/// Pointers whose target stays where it is when they move.
pub(crate) trait Stable: Deref {}
impl<T: ?Sized> Stable for &T {}
impl<T: ?Sized> Stable for Rc<T> {}
impl<T: ?Sized> Stable for Arc<T> {}

/// A pointer to a holder, as an anchor.
pub(crate) struct At<P>(pub(crate) P);

// SAFETY: the three pointers of `Stable` keep their target alive and in place, and the holder gives
// always the same permits, of which the cell is a field.
unsafe impl<P: Stable<Target: Holder>> Anchor for At<P> {
    type State = ();
    type R = <P::Target as Holder>::R;

    #[inline(always)]
    fn with<T>(&self, f: impl FnOnce(&mut (), &mut Lists<'_, Self::R>) -> T) -> T {
        self.0.permits().cell.with(f)
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self.0.permits()).addr()
    }
}

/// One who waits for a permit.
pub(crate) struct Acquirer(WaitKind);

impl<P: Stable<Target: Holder>> Role<At<P>> for Acquirer {
    const LIST: usize = 0;

    fn kind(&self) -> WaitKind {
        self.0
    }

    fn gone(
        &mut self,
        anchor: &At<P>,
        (): &mut (),
        lists: &mut Lists<'_, <At<P> as Anchor>::R>,
        notified: bool,
    ) -> Owed {
        let permits = anchor.0.permits();
        if notified {
            // Refused if somebody released it in the place of its owner: then it is there already.
            permits.hand_over(lists).ok().flatten().into()
        } else {
            permits.clear_if_empty(lists);
            Owed::Nobody
        }
    }
}

/// The wait for one permit.
pub(crate) type Acquiring<P> = Waiter<At<P>, Acquirer>;

impl<P: Stable<Target: Holder>> Acquiring<P> {
    pub(crate) fn start(pointer: P, kind: WaitKind, at: &'static Location<'static>) -> Self {
        Waiter::new(At(pointer), Acquirer(kind), at)
    }

    pub(crate) fn holder(&self) -> &P {
        &self.anchor().0
    }

    #[inline]
    pub(crate) fn poll_acquire(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let permits = self.holder().permits();
        if self.is_idle() {
            if permits.try_acquire() {
                return Poll::Ready(());
            }
        } else if self.accept() {
            permits.reserved.hint(0);
            return Poll::Ready(());
        }
        self.poll_slow(cx)
    }

    #[cold]
    fn poll_slow(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.poll(cx, |(anchor, _, standing), (), _| {
            let permits = anchor.0.permits();
            // Handed over since `accept` looked?
            if standing == Standing::Notified {
                permits.reserved.hint(0);
                return Some(());
            }
            permits.take_or_mark().then_some(())
        })
    }
}
