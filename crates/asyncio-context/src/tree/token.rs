//! What a stop node yields to the code around it.

use super::core::Core;
use super::current;
use super::leave::Debt;
use super::rules::{self, Answer};
use crate::sync::Arc;
use std::fmt;

/// A cancellation that was stopped on its way out: what [`catch_cancel`](crate::catch_cancel)
/// yields.
///
/// It owes an answer: [`propagate`](Cancelled::propagate) or [`swallow`](Cancelled::swallow). One
/// that is dropped (also by an early return, a panic, or a `select!` that drops the branch) hands
/// the cancellation back, so that the next suspension of the code around it is interrupted; if
/// the task ends before it suspends again, its value stands.
///
/// asyncio: the `CancelledError` in an `except` clause.
#[must_use = "a token that is dropped hands the cancellation back"]
pub struct Cancelled {
    debt: Option<Debt>,
}

impl Cancelled {
    pub(super) fn new(debt: Debt) -> Cancelled {
        Cancelled { debt: Some(debt) }
    }

    /// The text that the first of the merged requests came with.
    pub fn message(&self) -> Option<&str> {
        self.debt.as_ref()?.message.as_deref()
    }

    /// Takes the cancellation: the task goes on. Its count stays until
    /// [`uncancel`](crate::TaskRef::uncancel) (CLG-2).
    pub fn swallow(mut self) {
        self.settle(Answer::Swallowed);
    }

    /// Lets the cancellation go on outwards. Never resumes: the code around is dropped, up to the
    /// next boundary or the task itself.
    ///
    /// # Cancel safety
    ///
    /// Dropped before its first poll it hands the cancellation back.
    pub async fn propagate(mut self) -> ! {
        self.unwind_here();
        loop {
            std::future::pending::<()>().await;
        }
    }

    /// [`propagate`](Cancelled::propagate) for those who write scopes: answers for the stop node
    /// that yielded this, from within its owner's poll. The owner's future never completes.
    pub fn pass_on(mut self) {
        self.settle(Answer::Moved);
    }

    fn settle(&mut self, what: Answer) {
        if let Some(debt) = self.debt.take() {
            debt.settle(what);
        }
    }

    fn unwind_here(&mut self) {
        let Some(debt) = self.debt.take() else { return };
        let here = current::with(|place| place.node());
        match (&debt.parent, &here) {
            (_, None) => debt.settle(Answer::Missed),
            (None, Some(here)) => rules::raise(here, debt.message),
            (Some(parent), Some(here)) if parent.lock().void => rules::raise(here, debt.message),
            (Some(parent), Some(here)) => match chain(here, parent) {
                Some(between) if between.is_empty() => debt.settle(Answer::Moved),
                Some(between) => through(debt, &between),
                None if chain(parent, here).is_some() => debt.settle(Answer::Moved),
                None => {
                    // Carried to another task: it is handed back there, and this one unwinds.
                    let message = debt.message.clone();
                    let here = here.clone();
                    debt.settle(Answer::Missed);
                    rules::raise(&here, message);
                }
            },
        }
    }
}

/// A token that is dropped hands the cancellation back.
impl Drop for Cancelled {
    fn drop(&mut self) {
        self.settle(Answer::Missed);
    }
}

impl fmt::Debug for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cancelled").field(&self.message()).finish()
    }
}

/// The nodes from `low` up to but without `top`, lowest first; `None` where `top` is not above.
fn chain(low: &Arc<Core>, top: &Arc<Core>) -> Option<Vec<Arc<Core>>> {
    let mut nodes = Vec::new();
    let mut node = low.clone();
    while !Arc::ptr_eq(&node, top) {
        let parent = node.parent()?;
        nodes.push(std::mem::replace(&mut node, parent));
    }
    Some(nodes)
}

/// Propagates from inside younger nodes, `between`: each of them answers the one above it, the
/// outermost takes over what the token owed, and the innermost is marked.
fn through(debt: Debt, between: &[Arc<Core>]) {
    let Some(mut above) = debt.parent else { return };
    // The token's own place in its round passes to the outermost of them.
    let mut inherited = debt.round;
    for (i, node) in between.iter().enumerate().rev() {
        let innermost = i == 0;
        if !owe(&above, node, inherited.take()) {
            return;
        }
        if innermost {
            rules::raise(node, debt.message.clone());
        }
        above = node.clone();
    }
}

/// Makes `node` owe `above` an answer, if it does not yet. False if it is on its way already.
fn owe(above: &Arc<Core>, node: &Arc<Core>, inherited: Option<u32>) -> bool {
    let owed = node.lock().owes;
    let mut state = above.lock();
    let running = (state.waits > 0).then_some(state.round);
    let round = match running {
        Some(round) if owed == Some(round) => {
            // It answers for both.
            if inherited == Some(round) {
                state.waits -= 1;
                state.moved = true;
            }
            round
        }
        Some(round) if inherited == Some(round) => round,
        Some(round) => {
            state.waits += 1;
            round
        }
        None => rules::begin_round(above, &mut state, 1, false),
    };
    drop(state);
    let mut state = node.lock();
    state.owes = Some(round);
    // It is being polled right now.
    state.seen = true;
    !state.is_marked()
}
