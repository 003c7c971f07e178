//! How a node goes, and how a subtree is let off.

use super::core::{Core, Mark, State};
use super::rules::{Answer, report};
use crate::Message;
use crate::sync::{Arc, MutexGuard, Ordering};

/// Nobody polled `kid` in a whole turn in which no other was reached either: the round of `parent`
/// goes on without it.
pub(super) fn pass_over(kid: &Arc<Core>, parent: &Arc<Core>, round: u32) {
    let state = kid.lock();
    // Taken over by another parent meanwhile, it may owe that one a round of the same number.
    if state.owes != Some(round) || !state.is_under(parent) {
        return;
    }
    kid.aside.store(true, Ordering::Relaxed);
    forgive(kid, state);
    report(parent.clone(), Some(round), Answer::Missed, None);
}

/// Takes marks and rounds off a subtree that is no longer asked, from `node` down, and says what
/// `node` owed. A request that is addressed to a node in it (a timeout that expired) stays.
pub(super) fn forgive(node: &Arc<Core>, mut state: MutexGuard<'_, State>) -> Option<u32> {
    let owed = state.owes.take();
    node.stir();
    if node.count.load(Ordering::Relaxed) > 0 {
        return owed;
    }
    state.mark = Mark::None;
    let round = state.round;
    let kids = if state.waits > 0 { Core::live(&state) } else { Vec::new() };
    state.waits = 0;
    drop(state);
    for kid in &kids {
        let state = kid.lock();
        // Not if it was asked anew since: by the same parent in a later round, or by another.
        if state.owes == Some(round) && state.is_under(node) {
            forgive(kid, state);
        }
    }
    owed
}

/// How a node goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    /// Its future completed: what it still owes is answered here.
    Complete,
    /// It acted, or its owner answers: what it owes is handed to the caller.
    Act,
    /// It was dropped.
    Drop,
}

/// What a node that acted owes: to its parent, for a round of the parent's.
#[derive(Debug, Default)]
pub(super) struct Debt {
    pub(super) parent: Option<Arc<Core>>,
    pub(super) round: Option<u32>,
    pub(super) message: Option<Message>,
}

impl Debt {
    pub(super) fn settle(self, what: Answer) {
        if let Some(parent) = self.parent {
            report(parent, self.round, what, self.message);
        }
    }
}

/// The two references that every node has: its owner's and its parent's list's.
const OWNER_AND_LIST: usize = 2;

/// Takes `node` out of the tree where, as nearly always, nobody was asked, and there are no children
/// and no tokens. False if it is not so.
#[inline]
pub(super) fn leave_unasked(node: &Arc<Core>) -> bool {
    // Nobody else can come to a reference but by the parent's list, and who comes from there finds
    // that the node has left. So the link to the parent can go too, without an answer.
    if node.is_stirred() || Arc::strong_count(node) != OWNER_AND_LIST {
        return false;
    }
    let mut state = node.lock();
    if state.is_marked() || state.waits > 0 || state.owes.is_some() || state.left {
        return false;
    }
    let Some(parent) = state.parent.take() else { return false };
    state.left = true;
    let waker = state.waker.take();
    drop(state);
    drop(waker);
    let listed = parent.lock().kids.remove(node);
    drop(listed);
    true
}

/// Takes `node` out of the tree.
pub(super) fn leave(node: &Arc<Core>, how: Leave) -> Debt {
    let own = node.count.load(Ordering::Relaxed) > 0;
    let mut state = node.lock();
    if state.left {
        return Debt::default();
    }
    state.left = true;
    state.void |= how != Leave::Complete;
    let parent = state.parent.clone();
    let waker = state.waker.take();
    let record = state.record.take();
    let kids = std::mem::take(&mut state.kids);
    drop(state);
    drop((waker, record));
    if let Some(parent) = &parent {
        let listed = parent.lock().kids.remove(node);
        drop(listed);
    }
    for kid in kids.iter() {
        detach(kid, node);
    }
    let mut state = node.lock();
    let message = state.message.take();
    if how == Leave::Act {
        let round = state.owes.take();
        return Debt { parent, round, message };
    }
    // A request of the node's own ends with it, and so do the tokens that came of it.
    state.void |= own && state.owes.is_none();
    if state.void && how == Leave::Complete {
        return Debt::default();
    }
    if how == Leave::Complete && state.waits > 0 {
        // Tokens are still out and answer through this node.
        state.message = message;
        return Debt::default();
    }
    let marked = std::mem::take(&mut state.mark) != Mark::None;
    let round = state.owes.take();
    let what = if state.moved && how == Leave::Complete { Answer::Moved } else { Answer::Missed };
    let answers = round.is_some() || (marked && how == Leave::Complete);
    drop(state);
    if answers {
        Debt { parent, round, message }.settle(what);
    }
    Debt::default()
}

/// A child outlives `parent`, which has left: the answer it owed counts as missed.
fn detach(kid: &Arc<Core>, parent: &Arc<Core>) {
    let mut state = kid.lock();
    if !state.is_under(parent) {
        return;
    }
    let link = state.parent.take();
    state.detached = true;
    kid.stir();
    let owed = match state.owes {
        Some(_) => forgive(kid, state),
        None => {
            drop(state);
            None
        }
    };
    drop(link);
    if let Some(round) = owed {
        report(parent.clone(), Some(round), Answer::Missed, None);
    }
}
