//! What happens to the items, under the queue's exclusion.

use super::{GETTERS, JOINERS, Order, PUTTERS, Queue};
use crate::confine::{Confinement, Word};
use crate::waiters::{Lists, Owed};
use std::mem;
use std::task::Waker;

/// What is under the queue's exclusion.
pub(crate) struct State<I> {
    pub(super) items: I,
    pub(super) unfinished: usize,
    /// How often `unfinished` fell to zero: a joiner with a lower number was there then.
    pub(super) finished: usize,
    pub(super) shut_down: bool,
}

/// Wakes one task when it is dropped: after the exclusion, also if a comparison of items panics in
/// there, when a waiter has been chosen and must not stay unwoken.
#[derive(Default)]
pub(super) struct Turn(Option<Waker>);

impl Drop for Turn {
    #[inline]
    fn drop(&mut self) {
        if let Some(waker) = self.0.take() {
            waker.wake();
        }
    }
}

/// The queue is shut down.
pub(super) struct Closed;

impl<I> State<I> {
    /// Sets the number of unfinished items, and says who is to be told.
    pub(super) fn finish(&mut self, left: usize) -> Owed {
        let before = mem::replace(&mut self.unfinished, left);
        if left != 0 || before == 0 {
            return Owed::Nobody;
        }
        self.finished += 1;
        Owed::Before { list: JOINERS, tag: self.finished, count: usize::MAX }
    }
}

impl<T, R: Confinement, O: Order<T>> Queue<T, R, O> {
    #[inline(never)]
    pub(super) fn take_now(&self) -> Option<Result<T, Closed>> {
        let mut turn = Turn::default();
        self.cell.with(|state, lists| self.take(state, lists, &mut turn))
    }

    /// Whether the item was added.
    #[inline(never)]
    pub(super) fn add_now(&self, item: &mut Option<T>) -> bool {
        let mut turn = Turn::default();
        let added = self.cell.with(|state, lists| self.add(state, lists, item, &mut turn));
        matches!(added, Some(Ok(())))
    }

    pub(super) fn is_full(&self, len: usize) -> bool {
        self.maxsize != 0 && len >= self.maxsize
    }

    /// Takes an item and picks a putter, for whom there is room now.
    #[inline]
    pub(super) fn take(
        &self,
        state: &mut State<O::Items>,
        lists: &mut Lists<'_, R>,
        turn: &mut Turn,
    ) -> Option<Result<T, Closed>> {
        let len = O::len(&state.items);
        if len == 0 {
            return state.shut_down.then_some(Err(Closed));
        }
        // First, because the comparisons below may panic; the item is gone then, too.
        self.len.store(len - 1);
        turn.0 = lists.notify(PUTTERS);
        O::pop(&mut state.items).map(Ok)
    }

    /// Adds the item and picks a getter for it.
    #[inline]
    pub(super) fn add(
        &self,
        state: &mut State<O::Items>,
        lists: &mut Lists<'_, R>,
        item: &mut Option<T>,
        turn: &mut Turn,
    ) -> Option<Result<(), Closed>> {
        if state.shut_down {
            return Some(Err(Closed));
        }
        let len = O::len(&state.items);
        if self.is_full(len) {
            return None;
        }
        let item = item.take()?;
        // First, because the comparisons below may panic; the item is there then, too.
        self.len.store(len + 1);
        state.unfinished += 1;
        turn.0 = lists.notify(GETTERS);
        O::push(&mut state.items, item);
        Some(Ok(()))
    }
}
