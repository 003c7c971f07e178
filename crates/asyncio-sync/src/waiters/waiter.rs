//! The part of a waiting future that stands in a list.

use super::cell::{Anchor, Owed};
use super::list::{IDLE, Lists, NOTIFIED, Node, WAITING};
use crate::confine::Word;
use asyncio_context::{WaitKind, waiting};
use std::mem;
use std::panic::Location;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll, Waker};

/// What a waiter waits for, and what it owes when it goes away.
pub(crate) trait Role<A: Anchor> {
    /// Which of the cell's lists it stands in.
    const LIST: usize;
    /// What the record of a waiting task says.
    fn kind(&self) -> WaitKind;
    /// The tag of its node, asked when it is appended to the list.
    fn tag(&mut self, _state: &mut A::State) -> usize {
        0
    }
    /// Called under exclusion when the waiter, that was in the list or `notified`, was dropped: by
    /// now it is in no list. Says who is to be woken in its place.
    fn gone(
        &mut self,
        anchor: &A,
        state: &mut A::State,
        lists: &mut Lists<'_, A::R>,
        notified: bool,
    ) -> Owed;
}

/// A waiter, idle at first. It leaves its list when it is dropped.
pub(crate) struct Waiter<A: Anchor, Q: Role<A>> {
    anchor: A,
    role: Q,
    at: &'static Location<'static>,
    node: Node<A::R>,
}

/// How a waiter stood when its future was polled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// In no list.
    Idle,
    /// In its list.
    Waiting,
    /// Taken off its list by somebody else, who may have done so a moment ago.
    Notified,
}

enum Step<T> {
    Done(T, Option<Waker>),
    Waits(Option<Waker>),
    NeedsWaker,
}

impl<A: Anchor, Q: Role<A>> Waiter<A, Q> {
    pub(crate) fn new(anchor: A, role: Q, at: &'static Location<'static>) -> Waiter<A, Q> {
        Waiter { anchor, role, at, node: Node::new() }
    }

    pub(crate) fn anchor(&self) -> &A {
        &self.anchor
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.node.status.load() == IDLE
    }

    fn is_notified(&self) -> bool {
        self.node.status.load() == NOTIFIED
    }

    /// Takes a notification, if there is one, as the end of the wait.
    #[inline]
    pub(crate) fn accept(&self) -> bool {
        let notified = self.is_notified();
        if notified {
            self.node.status.hint(IDLE);
        }
        notified
    }

    /// One poll: is done if `attempt` succeeds, which is tried under exclusion; else the waiter is,
    /// or stays, in its list. A waiter that was notified and fails goes to the end of the list.
    ///
    /// `likely`: whether a wait is to be expected, so that the waker is cloned before the exclusion
    /// is entered and that once.
    ///
    /// Where a notification is itself what was waited for, `attempt` must take it: it may have come
    /// after the caller looked.
    #[inline]
    pub(crate) fn poll<T>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        likely: bool,
        mut attempt: impl FnMut(
            (&A, &mut Q, Standing),
            &mut A::State,
            &mut Lists<'_, A::R>,
        ) -> Option<T>,
    ) -> Poll<T> {
        // SAFETY: nothing is moved out of the waiter, the node least of all.
        let Waiter { anchor, role, at, node } = unsafe { self.get_unchecked_mut() };
        let node: &Node<A::R> = node;
        let mut fresh = None;
        if likely && node.status.load() != WAITING {
            fresh = Some(cx.waker().clone());
        }
        loop {
            let step = anchor.with(|state, lists| {
                let standing = match node.status.load() {
                    WAITING => Standing::Waiting,
                    NOTIFIED => Standing::Notified,
                    _ => Standing::Idle,
                };
                let linked = standing == Standing::Waiting;
                // If this panics the node is left as it was, and the drop does what is to be done.
                let value = attempt((&*anchor, &mut *role, standing), state, lists);
                match (value, linked) {
                    (Some(value), linked) => {
                        // SAFETY: it is linked, in the one list that it is ever appended to.
                        let old =
                            linked.then(|| unsafe { lists.0[Q::LIST].unlink(NonNull::from(node)) });
                        node.status.hint(IDLE);
                        Step::Done(value, old)
                    }
                    (None, true) => {
                        // SAFETY: linked, in this list, and `slot` ends with this arm.
                        let slot = unsafe { lists.0[Q::LIST].waker(node) };
                        if slot.will_wake(cx.waker()) {
                            Step::Waits(None)
                        } else if let Some(waker) = fresh.take() {
                            Step::Waits(Some(mem::replace(slot, waker)))
                        } else {
                            Step::NeedsWaker
                        }
                    }
                    (None, false) => match fresh.take() {
                        Some(waker) => {
                            let tag = role.tag(state);
                            // SAFETY: not linked. The waiter is pinned and its drop unlinks, so
                            // the node stays; the anchor keeps the cell.
                            unsafe { lists.0[Q::LIST].push(node, waker, tag) };
                            Step::Waits(None)
                        }
                        None => Step::NeedsWaker,
                    },
                }
            });
            match step {
                Step::Done(value, old) => {
                    drop(old);
                    return Poll::Ready(value);
                }
                Step::Waits(old) => {
                    drop(old);
                    waiting(role.kind(), anchor.address(), at);
                    return Poll::Pending;
                }
                Step::NeedsWaker => fresh = Some(cx.waker().clone()),
            }
        }
    }

    #[cold]
    fn leave(&mut self) {
        let Waiter { anchor, role, node, .. } = self;
        let node: &Node<A::R> = node;
        let stuck = Stuck;
        let (old, owed) = anchor.with(|state, lists| {
            let notified = node.status.load() == NOTIFIED;
            let old = if notified {
                None
            } else {
                // SAFETY: not notified and not idle, so linked, in the one list that `poll` appends to.
                Some(unsafe { lists.0[Q::LIST].unlink(NonNull::from(node)) })
            };
            node.status.hint(IDLE);
            (old, role.gone(anchor, state, lists, notified))
        });
        mem::forget(stuck);
        drop(old);
        owed.pay(anchor);
    }
}

/// Ends the process where a waiter cannot leave its list, although its node is about to be freed.
/// Safe code comes to it: a comparison of a local queue's items that drops a wait for that queue is
/// refused the exclusion by a panic, and might be caught.
struct Stuck;

impl Drop for Stuck {
    fn drop(&mut self) {
        std::process::abort();
    }
}

impl<A: Anchor, Q: Role<A>> Drop for Waiter<A, Q> {
    #[inline]
    fn drop(&mut self) {
        if !self.is_idle() {
            self.leave();
        }
    }
}
