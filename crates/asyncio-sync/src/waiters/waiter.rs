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

/// What came of a poll of a waiter in its list.
enum Step<T> {
    Done(T, Waker),
    Waits(Option<Waker>),
    NeedsWaker,
    Notified,
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

    /// Whether it is in its list, as far as can be seen without exclusion.
    #[inline]
    pub(crate) fn is_waiting(&self) -> bool {
        self.node.status.load() == WAITING
    }

    /// Takes a notification, if there is one, as the end of the wait.
    #[inline]
    pub(crate) fn accept(&self) -> bool {
        let notified = self.node.status.load() == NOTIFIED;
        if notified {
            self.end();
        }
        notified
    }

    /// Ends the wait of a waiter that is in no list: it got by itself what it was to wait for, or
    /// was notified of.
    #[inline]
    pub(crate) fn end(&self) {
        debug_assert!(!self.is_waiting());
        self.node.status.hint(IDLE);
    }

    /// One poll: is done if `attempt` succeeds, which is tried under exclusion; else the waiter is,
    /// or stays, in its list. A waiter that was notified and fails goes to the end of the list.
    ///
    /// The waker is cloned first, so that the exclusion is entered once; who can see without it
    /// that no wait is needed looks before.
    ///
    /// Where a notification is itself what was waited for, `attempt` must take it: it may have come
    /// after the caller looked.
    #[inline]
    pub(crate) fn poll<T>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut attempt: impl FnMut(
            (&A, &mut Q, Standing),
            &mut A::State,
            &mut Lists<'_, A::R>,
        ) -> Option<T>,
    ) -> Poll<T> {
        // SAFETY: nothing is moved out of the waiter, the node least of all.
        let this = unsafe { self.get_unchecked_mut() };
        if this.is_waiting()
            && let Some(poll) = this.poll_again(cx, &mut attempt)
        {
            return poll;
        }
        // In no list, so nobody else can change it.
        let standing = match this.node.status.load() {
            NOTIFIED => Standing::Notified,
            _ => Standing::Idle,
        };
        let Waiter { anchor, role, at, node } = this;
        let node: &Node<A::R> = node;
        // Out here, so that it is dropped out here if it is not needed.
        let mut waker = Some(cx.waker().clone());
        let done = anchor.with(|state, lists| {
            // If this panics the node is left as it was, and the drop does what is to be done.
            let value = attempt((&*anchor, &mut *role, standing), state, lists);
            if value.is_some() {
                node.status.hint(IDLE);
            } else if let Some(waker) = waker.take() {
                let tag = role.tag(state);
                // SAFETY: not linked. The waiter is pinned and its drop unlinks, so the node
                // stays; the anchor keeps the cell.
                unsafe { lists.0[Q::LIST].push(node, waker, tag) };
            }
            value
        });
        if done.is_none() {
            waiting(role.kind(), anchor.address(), at);
        }
        done.map_or(Poll::Pending, Poll::Ready)
    }

    /// The poll of a waiter that was in its list a moment ago; nothing, if it was notified since.
    #[cold]
    fn poll_again<T>(
        &mut self,
        cx: &mut Context<'_>,
        attempt: &mut impl FnMut(
            (&A, &mut Q, Standing),
            &mut A::State,
            &mut Lists<'_, A::R>,
        ) -> Option<T>,
    ) -> Option<Poll<T>> {
        let Waiter { anchor, role, at, node } = self;
        let node: &Node<A::R> = node;
        let mut fresh = None;
        loop {
            let step = anchor.with(|state, lists| {
                if node.status.load() != WAITING {
                    return Step::Notified;
                }
                let value = attempt((&*anchor, &mut *role, Standing::Waiting), state, lists);
                let list = &mut lists.0[Q::LIST];
                if let Some(value) = value {
                    // SAFETY: it is linked, in the one list that it is ever appended to.
                    let old = unsafe { list.unlink(NonNull::from(node)) };
                    node.status.hint(IDLE);
                    return Step::Done(value, old);
                }
                // SAFETY: linked, in this list, and `slot` ends with this block.
                let slot = unsafe { list.waker(node) };
                if slot.will_wake(cx.waker()) {
                    Step::Waits(None)
                } else if let Some(waker) = fresh.take() {
                    Step::Waits(Some(mem::replace(slot, waker)))
                } else {
                    Step::NeedsWaker
                }
            });
            match step {
                Step::Done(value, old) => {
                    drop(old);
                    return Some(Poll::Ready(value));
                }
                Step::Waits(old) => {
                    drop(old);
                    waiting(role.kind(), anchor.address(), at);
                    return Some(Poll::Pending);
                }
                Step::NeedsWaker => fresh = Some(cx.waker().clone()),
                Step::Notified => return None,
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
