//! What a poll of a node does before and after the poll of its future, and the same for a record's
//! root, whose future is the task's.

use super::core::{Core, Mark};
use super::leave::{self, Leave};
use super::rules::{self, Rouse};
use crate::sync::{Arc, Ordering};
use crate::{Message, TaskRef};
use std::sync::atomic::AtomicU64;
use std::task::Waker;

/// Before: notes that the node was reached, and looks whether it is to act. The round in progress,
/// for [`end`].
pub(super) fn begin(node: &Arc<Core>) -> (Option<u32>, bool) {
    node.aside.store(false, Ordering::Relaxed);
    let mut state = node.lock();
    let first = !state.seen && state.owes.is_some();
    state.seen = true;
    let parent = if first { state.parent.clone() } else { None };
    drop(state);
    if let Some(parent) = parent {
        parent.lock().progress = true;
    }
    let due = rules::due(node, Rouse::Foreign);
    let mut state = node.lock();
    let round = (state.waits > 0).then_some(state.round);
    if !due && !state.is_marked() && round.is_none() && state.owes.is_none() {
        node.stirred.store(false, Ordering::Relaxed);
    }
    state.progress = false;
    (round, due)
}

/// After a poll that was `Pending`: passes over those whom nobody polls, and looks whether the node
/// was marked meanwhile. `round` is what `begin` gave.
pub(super) fn end(node: &Arc<Core>, round: Option<u32>, waker: &Waker) -> bool {
    if let Some(round) = round {
        pass_over_unseen(node, round, waker);
    }
    rules::due(node, Rouse::All)
}

fn pass_over_unseen(node: &Arc<Core>, round: u32, waker: &Waker) {
    let state = node.lock();
    // A round begun during the poll had no turn yet.
    if state.waits == 0 || state.round != round {
        return;
    }
    let progress = state.progress;
    let kids = Core::live(&state);
    drop(state);
    let mut unseen = kids.iter().filter(|kid| {
        let state = kid.lock();
        state.owes == Some(round) && !state.seen
    });
    if progress {
        // A sub-executor that polls one child per turn gets to the others in a turn to come.
        if unseen.next().is_some() {
            waker.wake_by_ref();
        }
    } else {
        unseen.for_each(|kid| leave::pass_over(kid, node, round));
    }
}

/// The round that a record's tree is in at the start of a turn, kept until the turn's end. Its poller
/// alone looks; relaxed, and std's also in a model, because polls are ordered by other means.
#[derive(Debug, Default)]
pub(crate) struct TurnRound(AtomicU64);

/// Beside the round in the lower half; all zero is none.
const SOME: u64 = 1 << 32;

impl TurnRound {
    pub(crate) fn set(&self, round: Option<u32>) {
        self.0.store(round.map_or(0, |round| SOME | u64::from(round)), Ordering::Relaxed);
    }

    pub(crate) fn take(&self) -> Option<u32> {
        let word = self.0.load(Ordering::Relaxed);
        self.0.store(0, Ordering::Relaxed);
        (word & SOME != 0).then_some(word as u32)
    }
}

/// A record's root node.
pub(crate) struct Root;

impl Root {
    pub(crate) fn make(record: TaskRef) -> Arc<Core> {
        Arc::new(Core::new(None, None, Some(record)))
    }

    /// The start of a turn. `asked`: a request was taken from the mailbox.
    pub(crate) fn begin(
        root: &Arc<Core>,
        asked: bool,
        message: Option<&Message>,
    ) -> Result<Option<u32>, Option<Message>> {
        if asked {
            rules::ask(root, message, Rouse::Foreign);
        }
        let (round, due) = begin(root);
        if due { Err(Root::act(root)) } else { Ok(round) }
    }

    /// The end of a turn that was pending.
    #[inline]
    pub(crate) fn end(
        root: &Arc<Core>,
        round: Option<u32>,
        waker: &Waker,
    ) -> Result<(), Option<Message>> {
        if root.is_stirred() && end(root, round, waker) { Err(Root::act(root)) } else { Ok(()) }
    }

    /// The task's future is dropped next: nobody waits for answers out of it.
    fn act(root: &Arc<Core>) -> Option<Message> {
        let mut state = root.lock();
        state.void = true;
        state.mark = Mark::None;
        state.message.take()
    }

    /// The record is over, or its future is about to be dropped.
    pub(crate) fn close(root: &Arc<Core>) {
        leave::leave(root, Leave::Drop);
    }
}
