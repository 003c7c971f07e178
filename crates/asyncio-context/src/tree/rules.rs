//! How requests go down the tree and answers come up.
//!
//! A request is *asked* down to the leaves, which are marked; each asked child owes its parent one
//! answer for the round. When all are in, the parent goes itself if any child moved or none
//! swallowed, else it answers "swallowed" in turn.

use super::core::{Core, Mark, State};
use super::current;
use crate::Message;
use crate::sync::Arc;

/// A child's one answer for one round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The unwinding goes on outwards.
    Moved,
    /// Somebody took it, by name.
    Swallowed,
    /// Nobody did: the child vanished, was passed over, or handed it back.
    Missed,
}

/// Whether asked nodes need a wake to be polled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rouse {
    All,
    /// The record's poll goes on into its tree right now; only nodes with wakers of their own,
    /// which stand below a sub-executor, would not be reached.
    Foreign,
}

/// Asks `node` to stop: its leaves are marked.
pub(super) fn ask(node: &Arc<Core>, message: Option<&Message>, rouse: Rouse) {
    ask_child(node, None, message, rouse);
}

/// [`ask`], where `debt` is the parent and its round that wait for the answer.
fn ask_child(
    node: &Arc<Core>,
    debt: Option<(&Arc<Core>, u32)>,
    message: Option<&Message>,
    rouse: Rouse,
) {
    // Outside the lock, as every copy and every drop.
    let message = message.cloned();
    let mut state = node.lock();
    if let Some((parent, round)) = debt {
        if !state.is_under(parent) {
            drop(state);
            // It went, or went elsewhere, after the parent's list was read.
            return report(parent.clone(), Some(round), Answer::Missed, None);
        }
        state.owes = Some(round);
        state.seen = false;
    }
    if state.left {
        return;
    }
    if state.is_marked() {
        // It is on its way already: requests merge, and the first message counts.
        drop(state);
        return wake_unless_current(node, rouse);
    }
    let before = std::mem::replace(&mut state.message, message.clone());
    let kids = Core::live(&state);
    if kids.is_empty() {
        // Tokens of an earlier round that are still out answer too late from here on: they must not
        // settle what is owed for this one.
        begin_round(node, &mut state, 0, false);
        state.mark = Mark::Act;
        state.seen = false;
        drop(state);
        wake_unless_current(node, rouse);
    } else {
        // A child that moved in the round before has unwound and never completes: whatever the
        // others answer to this request, the whole has to go.
        let moved = state.waits > 0 && state.moved;
        let round = begin_round(node, &mut state, kids.len() as u32, moved);
        drop(state);
        for kid in &kids {
            ask_child(kid, Some((node, round)), message.as_ref(), rouse);
        }
    }
    drop(before);
}

fn wake_unless_current(node: &Arc<Core>, rouse: Rouse) {
    if rouse == Rouse::All || node.lock().waker.is_some() {
        Core::wake(node);
    }
}

pub(super) fn begin_round(node: &Core, state: &mut State, waits: u32, moved: bool) -> u32 {
    state.round = state.round.wrapping_add(1);
    state.waits = waits;
    state.moved = moved;
    state.swallowed = false;
    node.stir();
    state.round
}

/// Answers `node`, for its round `round` (`None`: nobody asked), and so on outwards as far as the
/// answer decides something.
pub(super) fn report(
    mut node: Arc<Core>,
    mut round: Option<u32>,
    mut what: Answer,
    mut message: Option<Message>,
) {
    loop {
        let mut state = node.lock();
        if state.void {
            return;
        }
        if round.is_some_and(|r| r == state.round) && state.waits > 0 {
            state.waits -= 1;
            match what {
                Answer::Moved => state.moved = true,
                Answer::Swallowed => state.swallowed = true,
                Answer::Missed => {}
            }
            if state.waits > 0 {
                return;
            }
            if state.moved {
                what = Answer::Moved;
            } else if !state.swallowed {
                what = Answer::Missed;
            } else {
                what = Answer::Swallowed;
            }
        } else if what == Answer::Swallowed {
            return;
        } else if state.waits > 0 {
            // A late token, or an unwinding that nobody asked for (CAN-18), joins the round.
            state.moved = true;
            return;
        }
        if what == Answer::Swallowed {
            state.message = None;
            round = state.owes.take();
            if round.is_none() {
                return;
            }
        } else if !state.left {
            state.mark = match what {
                Answer::Missed => Mark::HandedBack,
                Answer::Moved | Answer::Swallowed => Mark::Act,
            };
            state.message = state.message.take().or(message.take());
            node.stir();
            drop(state);
            // The current node is in the middle of its poll and looks at its end.
            if !current::is_current(&node) {
                Core::wake(&node);
            }
            return;
        } else {
            // It completed meanwhile, with tokens of its children still out: they answer through it.
            round = state.owes.take();
            message = message.or_else(|| state.message.take());
        }
        let Some(parent) = state.parent.clone() else { return };
        drop(state);
        node = parent;
    }
}

/// Marks `node` without a round: its own code unwinds.
pub(super) fn raise(node: &Arc<Core>, message: Option<Message>) {
    report(node.clone(), None, Answer::Moved, message);
}

/// Whether `node` has to act now. Children entered since it was marked go first. A request that was
/// handed back is theirs to take as well (TGR-13); where something has unwound already, the whole goes
/// whatever they answer.
pub(super) fn due(node: &Arc<Core>, rouse: Rouse) -> bool {
    let mut state = node.lock();
    if !state.is_marked() || state.void {
        return false;
    }
    let kids = Core::live(&state);
    if kids.is_empty() {
        return true;
    }
    let moved = std::mem::take(&mut state.mark) == Mark::Act;
    let round = begin_round(node, &mut state, kids.len() as u32, moved);
    let message = state.message.clone();
    drop(state);
    for kid in &kids {
        ask_child(kid, Some((node, round)), message.as_ref(), rouse);
    }
    false
}
