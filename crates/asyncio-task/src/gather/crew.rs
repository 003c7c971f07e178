//! The members at work: only woken ones are polled, requests are passed on to all.

use super::members::{Ended, Members};
use crate::ask::ask;
use crate::woken::{Part, TURN, Woken};
use asyncio_context::tree::{Node, Step};
use asyncio_context::{JoinError, Message, WaitKind, waiting};
use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

pub(super) struct Crew<M: Members> {
    // Before the members: see `Node`.
    node: Node,
    members: M,
    /// One for each member, empty before the first poll.
    parts: Vec<(Arc<Part>, Waker)>,
    woken: Arc<Woken>,
    batch: VecDeque<usize>,
    started: bool,
    over: bool,
    /// The future never completes.
    unwound: bool,
    left: usize,
    /// Those that ended without a value, in the order in which they did.
    failed: Vec<(usize, Ended)>,
    at: &'static Location<'static>,
}

impl<M: Members> Crew<M> {
    pub(super) fn new(members: M, at: &'static Location<'static>) -> Crew<M> {
        Crew {
            node: Node::forward(),
            left: members.count(),
            members,
            parts: Vec::new(),
            woken: Arc::default(),
            batch: VecDeque::new(),
            started: false,
            over: false,
            unwound: false,
            failed: Vec::new(),
            at,
        }
    }

    /// One turn. Ready when all are over, or `enough` said so of one that has just ended. Where a
    /// member was cancelled by itself the node is still in the tree, and may
    /// [unwind](Crew::unwind).
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        mut enough: impl FnMut(&mut M, usize, Ended) -> bool,
    ) -> Poll<()> {
        if self.unwound {
            return Poll::Pending;
        }
        let mut node = std::mem::replace(&mut self.node, Node::forward());
        let step = node.poll(cx, |cx| self.turn(cx, &mut enough));
        self.node = node;
        match step {
            Step::Ready(()) => return Poll::Ready(()),
            _ if self.over => return Poll::Ready(()),
            Step::Pending => {}
            // A second request is passed on as well (CAN-12).
            Step::Act => {
                self.cancel_all(self.node.message());
                // This turn may not have been taken at all, and who was woken before still waits
                // for it, or has not had its first.
                cx.waker().wake_by_ref();
            }
        }
        waiting(WaitKind::Gather, self.left, self.at);
        Poll::Pending
    }

    fn turn(
        &mut self,
        cx: &mut Context<'_>,
        enough: &mut impl FnMut(&mut M, usize, Ended) -> bool,
    ) -> Poll<()> {
        if self.left == 0 {
            return self.end();
        }
        let mut later = match self.started {
            true => VecDeque::new(),
            false => self.start(),
        };
        self.woken.take(&mut self.batch);
        for _ in 0..TURN {
            let Some(n) = self.batch.pop_front() else { break };
            let (part, waker) = &self.parts[n];
            part.begin();
            let Some(ended) = self.members.poll(n, &mut Context::from_waker(waker)) else {
                continue;
            };
            part.end();
            self.left -= 1;
            if ended != Ended::Value {
                self.failed.push((n, ended));
            }
            if enough(&mut self.members, n, ended) {
                return self.end();
            }
        }
        if self.left == 0 {
            return self.end();
        }
        self.batch.append(&mut later);
        match self.batch.is_empty() {
            true => self.woken.sleep(cx.waker()),
            false => cx.waker().wake_by_ref(),
        }
        Poll::Pending
    }

    fn end(&mut self) -> Poll<()> {
        self.over = true;
        match self.failed.iter().any(|(_, ended)| *ended == Ended::Cancelled) {
            true => Poll::Pending,
            false => Poll::Ready(()),
        }
    }

    /// What waits for tasks is polled now, as those may be over. The first turn of the others, which
    /// it gives, is the next one, as that of tasks made now.
    fn start(&mut self) -> VecDeque<usize> {
        self.started = true;
        let part = |n| {
            let part = Part::new(n, &self.woken);
            (part.clone(), Waker::from(part))
        };
        self.parts = (0..self.members.count()).map(part).collect();
        let (now, later) = (0..self.members.count()).partition(|n| self.members.is_under_way(*n));
        self.batch = now;
        later
    }

    fn cancel_all(&self, message: Option<Message>) {
        for n in 0..self.members.count() {
            ask(self.members.task(n), message.as_ref());
        }
    }

    pub(super) fn members(&mut self) -> &mut M {
        &mut self.members
    }

    pub(super) fn was_asked(&self) -> bool {
        self.node.acted()
    }

    /// The payload of the first that panicked.
    pub(super) fn take_panic(&mut self) -> Option<Box<dyn Any + Send>> {
        self.take_failed(Ended::Panicked).map(JoinError::into_panic)
    }

    /// The error of the first that was cancelled by itself.
    pub(super) fn take_cancelled(&mut self) -> Option<JoinError> {
        self.take_failed(Ended::Cancelled)
    }

    fn take_failed(&mut self, how: Ended) -> Option<JoinError> {
        let (n, _) = self.failed.iter().find(|(_, ended)| *ended == how)?;
        self.members.take_error(*n)
    }

    /// Unwinds the code around: the future never completes.
    pub(super) fn unwind<T>(&mut self, message: Option<Message>) -> Poll<T> {
        self.node.unwind_with(message);
        self.unwound = true;
        Poll::Pending
    }

    /// Something is to be returned: a request that was passed on is handed back.
    pub(super) fn hand_back(&mut self) {
        match self.node.acted() {
            true => self.node.missed(),
            false => self.node.complete(),
        }
    }
}

impl<M: Members> fmt::Debug for Crew<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crew")
            .field("members", &self.members.count())
            .field("left", &self.left)
            .finish()
    }
}
