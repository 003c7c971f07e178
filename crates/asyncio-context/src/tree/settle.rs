//! Where a node stands: entered at its first poll, moved with its future, with the right waker.

use super::core::Core;
use super::current::{self, Place};
use super::leave;
use super::node::Node;
use super::rules::{self, Answer};
use super::{force, stash, turn};
use std::task::Waker;

impl Node {
    /// Sees to it that the node stands under the current one and has the right waker, and looks
    /// whether it is to act. The round that was in progress before the poll.
    #[inline]
    pub(super) fn settle(&mut self, place: Place<'_>, waker: &Waker) -> Result<Option<u32>, Due> {
        let own = own_waker(place, waker);
        match &self.core {
            Some(core)
                if self.parent == place.address()
                    && own.map_or((0, 0), identity) == self.waker
                    && !core.is_stirred() =>
            {
                Ok(None)
            }
            _ => self.settle_slowly(place, own),
        }
    }

    #[cold]
    #[inline(never)]
    fn settle_slowly(&mut self, place: Place<'_>, own: Option<&Waker>) -> Result<Option<u32>, Due> {
        let over = self.done || (self.acting && !self.forwards);
        assert!(!over, "a node is not polled after it acted or ended");
        let Some(core) = &self.core else {
            self.enter(place, own);
            return Ok(None);
        };
        if core.lock().detached || self.parent != place.address() {
            self.move_to(place);
        }
        self.keep_waker(own);
        let core = self.entered();
        let (round, due) = turn::begin(core);
        if due {
            self.begin_to_act();
            return Err(Due);
        }
        Ok(round)
    }

    fn enter(&mut self, place: Place<'_>, own: Option<&Waker>) {
        let parent = place.node();
        self.parent = parent.as_ref().map_or(0, current::address);
        self.entry = force::above(parent.as_ref(), place.record());
        let own = own.cloned();
        self.waker = own.as_ref().map_or((0, 0), identity);
        let core = Core::entering(stash::take(), parent.clone(), own);
        if let Some(parent) = parent {
            parent.lock().kids.push(core.clone());
        }
        self.core = Some(core);
    }

    /// Takes the node, with its subtree, from where it was to here.
    fn move_to(&mut self, place: Place<'_>) {
        let core = self.entered().clone();
        let mut state = core.lock();
        let before = state.parent.take();
        state.detached = false;
        let owed = match state.owes {
            Some(_) => leave::forgive(&core, state),
            None => {
                drop(state);
                None
            }
        };
        if let Some(before) = before {
            let listed = before.lock().kids.remove(&core);
            drop(listed);
            if let Some(round) = owed {
                rules::report(before, Some(round), Answer::Missed, None);
            }
        }
        let parent = place.node();
        self.parent = parent.as_ref().map_or(0, current::address);
        self.entry = force::above(parent.as_ref(), place.record());
        core.lock().parent = parent.clone();
        if let Some(parent) = parent {
            parent.lock().kids.push(core);
        }
    }

    fn keep_waker(&mut self, own: Option<&Waker>) {
        let clone = own.cloned();
        self.waker = clone.as_ref().map_or((0, 0), identity);
        let before = std::mem::replace(&mut self.entered().lock().waker, clone);
        drop(before);
    }
}

/// The node is to act, unpolled.
pub(super) struct Due;

/// `waker` where the node needs one of its own: below a sub-executor, or outside any record.
/// Elsewhere waking the record reaches the node, and nothing has to be kept.
#[inline]
fn own_waker<'a>(place: Place<'_>, waker: &'a Waker) -> Option<&'a Waker> {
    match place.frame {
        Some(frame) if frame.waker.will_wake(waker) => None,
        _ => Some(waker),
    }
}

/// Tells two wakers apart of which one is kept alive. That one is the clone that was kept: a clone
/// may be another than its original, whose place may soon be another waker's.
#[inline]
fn identity(waker: &Waker) -> (usize, usize) {
    (waker.data().addr(), std::ptr::from_ref(waker.vtable()).addr())
}
