//! A source: the part of an [`Async`](crate::Async) that a driver knows.
//!
//! One operation on it goes like this. The leaf takes a [`Snapshot`]; unless the bit of its
//! direction is clear it tries the operation. On WouldBlock it clears the bit, if nothing was
//! delivered meanwhile, and *parks*: under the lock of the source it registers it with its driver
//! if need be, looks at the bit again, and only if it is still clear leaves its waker. A driver
//! that delivers sets the bit first and takes the wakers, under the lock, after. So either the
//! leaf sees the bit or the driver sees the waker.

mod home;
mod readiness;
mod waiters;

pub(crate) use readiness::{Bits, Snapshot};
pub(crate) use waiters::{Ticket, Waiter};

use crate::driver::{Handle, Shared, with_target};
use crate::sync::atomic::{AtomicU32, Ordering::Relaxed};
use crate::sync::{Mutex, lock};
use home::Home;
use readiness::Readiness;
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::task::Waker;
use waiters::Waiters;

/// What somebody waits for on a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interest {
    /// That a read, an accept or a receive may succeed, or fail at once.
    Readable,
    /// That a write, a send or a connect may succeed, or fail at once.
    Writable,
}

impl Interest {
    pub(crate) fn bits(self) -> Bits {
        match self {
            Interest::Readable => Bits::READABLE,
            Interest::Writable => Bits::WRITABLE,
        }
    }
}

/// After so many successes in a row a leaf yields, so that one busy peer does not keep the thread.
const SUCCESSES: u32 = 32;

#[derive(Debug)]
pub(crate) struct Source {
    readiness: Readiness,
    /// Successes per direction since the last wait in any. Only a measure of fairness: relaxed.
    successes: [AtomicU32; 2],
    state: Mutex<State>,
    /// The driver that its owner chose.
    handle: Option<Handle>,
}

#[derive(Debug)]
struct State {
    home: Option<Home>,
    waiters: Waiters,
}

/// What became of an attempt to wait.
pub(crate) enum Parked {
    /// The waker is in place.
    Yes,
    /// The source is ready by now: try again.
    No,
}

/// The same, with the wakers that are left over, for when the lock is released.
pub(crate) enum Outcome {
    Parked(Option<Waker>),
    Ready(#[allow(dead_code, reason = "to be dropped outside")] Waker),
    AlwaysReady(Waker),
    /// The driver has gone since it was chosen.
    Gone(Waker),
    Failed(io::Error, #[allow(dead_code, reason = "to be dropped outside")] Option<Waker>),
}

impl Source {
    pub(crate) fn new(handle: Option<Handle>) -> Source {
        Source {
            readiness: Readiness::new(),
            successes: [AtomicU32::new(0), AtomicU32::new(0)],
            state: Mutex::new(State { home: None, waiters: Waiters::new() }),
            handle,
        }
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.readiness.get()
    }

    /// The system said WouldBlock, or let us know by a short count.
    pub(crate) fn drained(&self, interest: Interest, seen: Snapshot) {
        self.readiness.clear(interest.bits(), seen);
    }

    /// Counts a success; false when it is time to yield instead.
    pub(crate) fn may_go_on(&self, interest: Interest) -> bool {
        let count = &self.successes[interest as usize];
        let successes = count.load(Relaxed);
        let go_on = successes < SUCCESSES;
        count.store(if go_on { successes + 1 } else { 0 }, Relaxed);
        go_on
    }

    /// Leaves `waker` with the source unless it is ready.
    pub(crate) fn park(
        self: &Arc<Source>,
        fd: BorrowedFd<'_>,
        interest: Interest,
        mut waiter: Waiter<'_>,
        waker: &Waker,
    ) -> io::Result<Parked> {
        // Whoever waits in one direction has let others run: a connection that answers each request
        // with a write that always succeeds is not in the way of anybody.
        self.successes.iter().for_each(|count| count.store(0, Relaxed));
        // Foreign code runs in `clone`, `wake` and `drop` of a waker: the first before the lock is
        // taken, the others after it is released.
        let mut mine = waker.clone();
        let slot = matches!(waiter, Waiter::Slot);
        let outcome = loop {
            let outcome = with_target(self.handle.as_ref(), |target| {
                Ok(self.park_at(target, fd, interest, waiter.reborrow(), mine))
            })?;
            match outcome {
                // The next look finds another.
                Outcome::Gone(back) => mine = back,
                outcome => break outcome,
            }
        };
        match outcome {
            Outcome::Parked(Some(displaced)) if slot && !displaced.will_wake(waker) => {
                displaced.wake();
                Ok(Parked::Yes)
            }
            Outcome::Parked(_) => Ok(Parked::Yes),
            Outcome::Ready(_) => Ok(Parked::No),
            Outcome::Gone(_) => unreachable!("looked again"),
            Outcome::Failed(error, _) => Err(error),
            Outcome::AlwaysReady(mine) => {
                // Nothing will ever be delivered, so nothing must be waited for: try again, after
                // others had their turn.
                self.readiness.add(interest.bits());
                mine.wake();
                Ok(Parked::Yes)
            }
        }
    }

    pub(crate) fn park_at(
        self: &Arc<Source>,
        target: &Arc<Shared>,
        fd: BorrowedFd<'_>,
        interest: Interest,
        waiter: Waiter<'_>,
        waker: Waker,
    ) -> Outcome {
        let mut state = lock(&self.state);
        // Under the lock: of two threads that block first, one registers and the other finds it.
        match self.settle(&mut state, target, fd, interest) {
            Err(_) if target.is_closed() => return Outcome::Gone(waker),
            Err(error) => return Outcome::Failed(error, Some(waker)),
            Ok(()) => {}
        }
        let State { home: Some(home), waiters } = &mut *state else { unreachable!("settled") };
        if home.is_always_ready() {
            return Outcome::AlwaysReady(waker);
        }
        if self.readiness.get().is(interest.bits()) {
            return Outcome::Ready(waker);
        }
        let displaced = waiters.put(interest, waiter, waker);
        let (read, write) = (waiters.wants(Interest::Readable), waiters.wants(Interest::Writable));
        match home.arm(fd, read, write) {
            Ok(()) => Outcome::Parked(displaced),
            Err(error) => Outcome::Failed(error, displaced),
        }
    }

    /// Sees to it that the source has a home, and the right one.
    fn settle(
        self: &Arc<Source>,
        state: &mut State,
        target: &Arc<Shared>,
        fd: BorrowedFd<'_>,
        interest: Interest,
    ) -> io::Result<()> {
        if let Some(home) = &state.home {
            let others_wait = state.waiters.others_than(interest);
            if home.is_at(target) || (home.is_alive() && others_wait) {
                return Ok(());
            }
        }
        if let Some(home) = state.home.take() {
            home.leave(fd);
        }
        let (home, stream) = Home::enter(target, self, fd, interest)?;
        // The registration reports what is so already; what was believed before it is void, but a
        // bit too many only costs an attempt.
        self.readiness.set_stream(stream);
        state.home = Some(home);
        Ok(())
    }

    /// A driver's report. What has to be woken is added to `wakers`.
    pub(crate) fn deliver(&self, bits: Bits, one_shot: bool, wakers: &mut Vec<Waker>) {
        self.readiness.add(bits);
        let mut state = lock(&self.state);
        // A one-shot registration is disarmed now, also for those the report says nothing to:
        // they come back and arm it again.
        state.waiters.take(Interest::Readable, one_shot || bits.intersects(Bits::READABLE), wakers);
        state.waiters.take(Interest::Writable, one_shot || bits.intersects(Bits::WRITABLE), wakers);
    }

    /// The driver is gone: everybody who waits has to find another.
    pub(crate) fn abandoned_by(&self, driver: &Shared, wakers: &mut Vec<Waker>) {
        let mut state = lock(&self.state);
        if state.home.as_ref().is_some_and(|home| home.is_of(driver)) {
            state.home = None;
            self.readiness.add(Bits::READABLE.or(Bits::WRITABLE));
            state.waiters.take(Interest::Readable, true, wakers);
            state.waiters.take(Interest::Writable, true, wakers);
        }
    }

    /// Ends the registration; before the descriptor is closed.
    pub(crate) fn leave(&self, fd: BorrowedFd<'_>) {
        let home = lock(&self.state).home.take();
        if let Some(home) = home {
            home.leave(fd);
        }
    }

    pub(crate) fn is_waited_for(&self) -> bool {
        lock(&self.state).waiters.any()
    }

    pub(crate) fn cancel(&self, ticket: Ticket) {
        // The waker is dropped here, after the lock is released.
        drop(lock(&self.state).waiters.remove(ticket));
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::Driver;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    #[test]
    fn a_driver_that_went_since_it_was_chosen_is_no_failure() {
        let driver = Driver::new().unwrap();
        let chosen = driver.handle();
        drop(driver);
        let (end, _peer) = UnixStream::pair().unwrap();
        let (fd, waker) = (end.as_fd(), Waker::noop().clone());
        let source = Arc::new(Source::new(None));
        let outcome = source.park_at(&chosen.0, fd, Interest::Readable, Waiter::Slot, waker);
        assert!(matches!(outcome, Outcome::Gone(_)));
    }
}
