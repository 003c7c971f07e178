//! Who waits on a source: per direction one slot for the `poll_*` methods, and any number of
//! futures in the order in which they began.

use super::Interest;
use std::task::Waker;

/// Names the place of a future among the waiters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

/// Who asks to wait.
pub(crate) enum Waiter<'a> {
    /// A `poll_*` method: it has the slot of its direction, and wakes whom it displaces.
    Slot,
    /// A future, which keeps its ticket from one poll to the next.
    Future(&'a mut Option<Ticket>),
}

impl Waiter<'_> {
    pub(crate) fn reborrow(&mut self) -> Waiter<'_> {
        match self {
            Waiter::Slot => Waiter::Slot,
            Waiter::Future(ticket) => Waiter::Future(ticket),
        }
    }
}

#[derive(Debug)]
struct Queued {
    ticket: Ticket,
    interest: Interest,
    waker: Waker,
}

#[derive(Debug)]
pub(crate) struct Waiters {
    slots: [Option<Waker>; 2],
    queue: Vec<Queued>,
    next_ticket: u64,
}

impl Waiters {
    pub(crate) const fn new() -> Waiters {
        Waiters { slots: [None, None], queue: Vec::new(), next_ticket: 0 }
    }

    /// Puts `waker` in its place. What comes back stood there before.
    pub(crate) fn put(
        &mut self,
        interest: Interest,
        waiter: Waiter<'_>,
        waker: Waker,
    ) -> Option<Waker> {
        let ticket = match waiter {
            Waiter::Slot => return self.slots[interest as usize].replace(waker),
            Waiter::Future(ticket) => ticket,
        };
        if let Some(queued) = self.queue.iter_mut().find(|q| Some(q.ticket) == *ticket) {
            return Some(std::mem::replace(&mut queued.waker, waker));
        }
        let new = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.queue.push(Queued { ticket: new, interest, waker });
        *ticket = Some(new);
        None
    }

    pub(crate) fn take(&mut self, interest: Interest, ready: bool, wakers: &mut Vec<Waker>) {
        if !ready {
            return;
        }
        wakers.extend(self.slots[interest as usize].take());
        if !self.queue.is_empty() {
            let ready = self.queue.extract_if(.., |queued| queued.interest == interest);
            wakers.extend(ready.map(|queued| queued.waker));
        }
    }

    pub(crate) fn remove(&mut self, ticket: Ticket) -> Option<Waker> {
        let at = self.queue.iter().position(|queued| queued.ticket == ticket)?;
        Some(self.queue.remove(at).waker)
    }

    pub(crate) fn wants(&self, interest: Interest) -> bool {
        self.slots[interest as usize].is_some() || self.queue.iter().any(|q| q.interest == interest)
    }

    pub(crate) fn any(&self) -> bool {
        self.wants(Interest::Readable) || self.wants(Interest::Writable)
    }

    /// Whether somebody waits who is certainly not the one that is about to wait for `interest`.
    pub(crate) fn others_than(&self, interest: Interest) -> bool {
        !self.queue.is_empty() || self.slots[1 - interest as usize].is_some()
    }
}
