//! The owner's side of a node.

use super::core::{Core, Mark};
use super::current::{self, Place, Seat};
use super::leave::{self, Debt, Leave};
use super::rules::{self, Answer, Rouse};
use super::settle::Due;
use super::{force, stash, turn};
use crate::sync::Arc;
use crate::{Cancelled, Message};
use std::task::{Context, Poll};

/// A place where unwinding stops or is forwarded, owned by the future it belongs to.
///
/// See the [module's page](super) for how a future is written around one. Detached until its first
/// [`poll`](Node::poll). **Declare it before the future that it guards**: fields are dropped in
/// order, and the node of a future that is dropped must be out of the tree before the futures and
/// tokens inside it are, so that nobody waits for their answers.
#[derive(Debug)]
pub struct Node {
    /// Absent before the first poll, and while it is current.
    pub(super) core: Option<Arc<Core>>,
    /// The address of the parent: compared at each poll.
    pub(super) parent: usize,
    /// The waker that the shared side holds, to be compared only; zero where the record's serves.
    pub(super) waker: (usize, usize),
    /// Requests on the ancestors when it was entered.
    pub(super) entry: usize,
    pub(super) forwards: bool,
    /// Got [`Step::Act`].
    pub(super) acting: bool,
    pub(super) done: bool,
}

/// What a poll through a [`Node`] came to.
#[derive(Debug)]
pub enum Step<T> {
    /// The future is ready. The node has left the tree, unless it is a forward node that acted:
    /// then its owner says how it went.
    Ready(T),
    /// Not yet.
    Pending,
    /// The node is to act: a stop node's owner drops its future, then calls [`Node::act`]; a
    /// forward node's asks those that it waits for.
    Act,
}

impl Node {
    /// A node whose owner drops its future when it acts, and lets something follow.
    pub fn stop() -> Node {
        Node::detached(false)
    }

    /// A node whose owner passes the request on to other tasks when it acts, and stays pending
    /// until they end.
    pub fn forward() -> Node {
        Node::detached(true)
    }

    fn detached(forwards: bool) -> Node {
        Node {
            core: None,
            parent: 0,
            waker: (0, 0),
            entry: 0,
            forwards,
            acting: false,
            done: false,
        }
    }

    /// Polls a future, by `f`, with this node as the current one. Enters the node first, or enters
    /// it anew where the future has moved to another place. A node that is to act does so before
    /// the poll, or after one that was `Pending`.
    ///
    /// # Panics
    ///
    /// After the node has left, and on a stop node after [`Step::Act`].
    #[inline]
    pub fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        f: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Step<T> {
        current::with(|place| self.poll_at(place, cx, f))
    }

    #[inline]
    fn poll_at<T>(
        &mut self,
        place: Place<'_>,
        cx: &mut Context<'_>,
        f: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Step<T> {
        let round = match self.settle(place, cx.waker()) {
            Ok(round) => round,
            Err(Due) => return Step::Act,
        };
        let polled = {
            let _seat = Seat::take(place.slot, &mut self.core);
            f(cx)
        };
        match polled {
            Poll::Ready(value) => {
                if !(self.forwards && self.acting) {
                    self.leave(Leave::Complete);
                }
                Step::Ready(value)
            }
            Poll::Pending => {
                let core = self.entered();
                if core.is_stirred() && turn::end(core, round, cx.waker()) {
                    self.begin_to_act();
                    return Step::Act;
                }
                Step::Pending
            }
        }
    }

    pub(super) fn entered(&self) -> &Arc<Core> {
        self.core.as_ref().expect("the node was entered")
    }

    pub(super) fn begin_to_act(&mut self) {
        self.acting = true;
        let mut state = self.entered().lock();
        state.mark = Mark::None;
        // From here on what is in the future goes with it, and its answers with it.
        state.void |= !self.forwards;
    }

    /// Takes over a shared side that was entered on this node's behalf, under a root.
    pub(super) fn adopt(&mut self, core: Arc<Core>) {
        self.parent = core.parent().as_ref().map_or(0, current::address);
        self.core = Some(core);
    }

    pub(super) fn leave(&mut self, how: Leave) -> Debt {
        self.done = true;
        let Some(core) = self.core.take() else { return Debt::default() };
        let own = force::is_counted(&core);
        // An unwinding that nobody asked for has an answer to give all the same (CAN-18).
        if how != Leave::Act && !own && leave::leave_unasked(&core) {
            stash::give(core);
            return Debt::default();
        }
        let debt = leave::leave(&core, how);
        force::withdraw(&core);
        debt
    }

    #[cold]
    #[inline(never)]
    fn leave_hard(&mut self) {
        self.leave(Leave::Drop);
    }

    /// A stop node that got [`Step::Act`], after its owner has dropped the future: leaves the tree
    /// and yields the token.
    pub fn act(&mut self) -> Cancelled {
        Cancelled::new(self.leave(Leave::Act))
    }

    /// The future has completed, though the poll was told otherwise: the node leaves. For a scope
    /// that goes on after its future and holds a request that came back in its last poll: that poll
    /// says `Pending`, at [`Step::Act`] [`act`](Node::act) yields the token, and else this ends it.
    pub fn complete(&mut self) {
        self.leave(Leave::Complete);
    }

    /// Addresses a request to this node: the expiry of a timeout, the abort of a group's body.
    /// It counts as one until the node leaves or [`withdraw`](Node::withdraw) is called. A node that
    /// was never polled ignores it.
    ///
    /// An owner that calls this at the start of its own poll delivers it in that poll.
    pub fn request(&mut self, message: Option<Message>) {
        if let Some(core) = &self.core {
            force::count(core);
            rules::ask(core, message.as_ref(), Rouse::All);
        }
    }

    /// Takes this node's own requests out of the count.
    pub fn withdraw(&mut self) {
        if let Some(core) = &self.core {
            force::withdraw(core);
        }
    }

    /// Whether somebody above was asked since this node was entered: then a timeout or a group
    /// does not convert the unwinding into an error of its own. To be asked before [`act`](Node::act).
    pub fn outside(&self) -> bool {
        let Some(core) = &self.core else { return false };
        current::with(|place| force::above(core.parent().as_ref(), place.record())) > self.entry
    }

    /// Whether a poll came to [`Step::Act`].
    pub fn acted(&self) -> bool {
        self.acting
    }

    /// The text of the request that this node was asked with, for a forward node to pass on.
    pub fn message(&self) -> Option<Message> {
        self.core.as_ref().and_then(|core| core.lock().message.clone())
    }

    /// Unwinds from here, asked or not (CAN-18): the node leaves, the code around it is unwound,
    /// and the owner's future never completes.
    pub fn unwind(&mut self) {
        self.leave(Leave::Act).settle(Answer::Moved);
    }

    /// [`unwind`](Node::unwind) with a text for those who catch it.
    pub fn unwind_with(&mut self, message: Option<Message>) {
        let mut debt = self.leave(Leave::Act);
        debt.message = debt.message.or(message);
        debt.settle(Answer::Moved);
    }

    /// A forward node leaves: what it waited for has swallowed the request and given a value.
    pub fn swallowed(&mut self) {
        self.leave(Leave::Act).settle(Answer::Swallowed);
    }

    /// A forward node leaves and hands the request back: it interrupts the next suspension of the
    /// code around it.
    pub fn missed(&mut self) {
        self.leave(Leave::Act).settle(Answer::Missed);
    }
}

/// A hard drop: destructors only.
impl Drop for Node {
    #[inline]
    fn drop(&mut self) {
        if self.core.is_some() {
            self.leave_hard();
        }
    }
}
