//! Turns: a look at the `Park`, then a batch of what is ready.

use super::executor::LocalExecutor;
use super::{Park, callback};
use crate::loop_task::{self, Busy, Entry, Here};
use asyncio_context::clock;
use std::cell::Cell;
use std::io;
use std::time::Duration;

/// So many polls at most between two looks at the `Park`.
pub(super) const BUDGET: usize = 61;

/// What a turn leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Turn {
    /// Something is ready: take the next turn without waiting.
    pub more: bool,
}

thread_local! {
    static IN_TURN: Cell<bool> = const { Cell::new(false) };
}

/// Keeps turns from being taken inside turns, and while the loop is closed.
pub(super) struct TurnGuard<'a> {
    executor: &'a LocalExecutor,
    #[allow(dead_code, reason = "for its drop")]
    busy: Busy<'a>,
}

impl<'a> TurnGuard<'a> {
    #[track_caller]
    pub(super) fn new(executor: &'a LocalExecutor, what: &str) -> TurnGuard<'a> {
        assert!(
            !IN_TURN.get(),
            "{what} cannot be called from a running event loop: the thread is inside a turn already"
        );
        let Some(busy) = executor.owned.occupy() else {
            panic!("{what} cannot be called: the loop is being closed");
        };
        IN_TURN.set(true);
        executor.owned.set_running(true);
        TurnGuard { executor, busy }
    }
}

impl Drop for TurnGuard<'_> {
    fn drop(&mut self) {
        self.executor.owned.set_running(false);
        IN_TURN.set(false);
        clock::set_turn_nanos(None);
    }
}

impl LocalExecutor {
    /// One turn, for a host that has a loop of its own: waits in `park` up to `timeout` (`None`: until
    /// something happens) if nothing is ready, then runs what is.
    ///
    /// When it leaves nothing to do, whatever makes a task ready wakes `park`'s unparker, also between
    /// the turns: a host that watches the descriptor behind it misses nothing.
    ///
    /// # Errors
    ///
    /// What `park` returns.
    ///
    /// # Panics
    ///
    /// Inside a turn of this or another loop, and if the loop is closed or just being closed.
    #[track_caller]
    pub fn turn<P>(&self, park: &mut P, timeout: Option<Duration>) -> io::Result<Turn>
    where
        P: Park + ?Sized,
    {
        let _guard = TurnGuard::new(self, "turn()");
        self.enter_hooks();
        let entered = self.owned.enter();
        let here = entered.here();
        self.one_turn(here, park, timeout, || false)?;
        let more = !here.core().ready.is_empty() || !self.owned.park(park.unparker());
        Ok(Turn { more })
    }

    /// Looks for events, sleeping if there is nothing else to do, then runs batches. `stop` is asked
    /// after each of them.
    pub(super) fn one_turn<P: Park + ?Sized>(
        &self,
        here: Here,
        park: &mut P,
        timeout: Option<Duration>,
        stop: impl Fn() -> bool,
    ) -> io::Result<()> {
        here.read_mail(call_posted);
        if !here.core().ready.is_empty() {
            clock::set_turn_nanos(Some(clock::now_nanos()));
            park.look()?;
        } else {
            // It is over, however long the loop sleeps now.
            clock::set_turn_nanos(None);
            if timeout == Some(Duration::ZERO) || self.owned.park(park.unparker()) {
                park.park(timeout)?;
            }
            clock::begin_turn();
        }
        here.read_mail(call_posted);
        match here.core().slow.get() {
            None => self.run_batches(here, park, stop),
            Some(limit) => self.run_batches_watched(here, park, stop, limit),
        }
        Ok(())
    }

    fn run_batches<P: Park + ?Sized>(&self, here: Here, park: &P, stop: impl Fn() -> bool) {
        let ready = &here.core().ready;
        let mut budget = BUDGET;
        loop {
            let mut left = ready.batch().min(budget);
            if left == 0 {
                return;
            }
            budget -= left;
            while left > 0 {
                left -= 1;
                match ready.pop() {
                    // SAFETY: from the queue of the current loop.
                    Entry::Task(task) => unsafe { loop_task::run(task) },
                    Entry::Call(call) => callback::run(&call),
                }
            }
            if budget == 0 || stop() || park.has_outside() {
                return;
            }
            here.read_mail(call_posted);
        }
    }
}

/// Calls a function that another thread put into the inbox.
pub(super) fn call_posted(call: Box<dyn FnOnce() + Send>) {
    if let Some(payload) = loop_task::caught(call) {
        callback::panicked("a posted function panicked", payload, None);
    }
}
