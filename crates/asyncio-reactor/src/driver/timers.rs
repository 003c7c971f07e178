//! The timers of a driver: the wheel, in ticks of its clock, and the wakers that stand in it.
//!
//! A sleep that never fires costs 460 instructions, 97 of them the reading of the clock; it was 527. An
//! entry of three words, with a tag for timers of other threads, was copied in pieces; it is a plain waker
//! now, and a timer of another thread one that is made of it. What is left is a chain, each step of which
//! needs the one before: clock, deadline, tick, slot, entry, and back.
//!
//! Of the instructions about the clock, 60 are the standard library's subtraction of two
//! `Instant`s, which is not inlined. Reading the system's clock as a number would save them, but there is no
//! way to know the epoch exactly on both scales, and a deadline given as an `Instant` could come early by the
//! difference.
//!
//! A turn of a loop with timers that are not due compares the wheel's next deadline, which it remembers, with
//! the time of the turn, and looks at nothing else.

use super::Shared;
use crate::sync::{Mutex, lock};
use asyncio_timer::{Key, Wheel};
use std::sync::Arc;
use std::task::{Poll, Wake, Waker};

/// The tick of the real clock: 2^13 nanoseconds, about eight microseconds. A power of two, for a
/// division would cost as much as the rest of setting a timer.
const REAL_TICK: u32 = 13;

/// What a sleep on another thread shares with the driver. In the wheel stands a waker made of it.
#[derive(Debug)]
pub(crate) struct RemoteTimer {
    pub(crate) driver: Arc<Shared>,
    pub(crate) state: Mutex<RemoteState>,
}

#[derive(Debug)]
pub(crate) struct RemoteState {
    pub(crate) waker: Option<Waker>,
    /// Counts how often the timer was set; only the last setting may fire.
    pub(crate) setting: u32,
    pub(crate) fired: bool,
    /// The driver is gone.
    orphaned: bool,
    /// Where the timer stands in the wheel, and by which setting. For the driver alone.
    key: Option<Key>,
    stands_by: u32,
}

impl RemoteTimer {
    pub(crate) fn new(driver: Arc<Shared>, waker: Waker) -> RemoteTimer {
        let state = RemoteState {
            waker: Some(waker),
            setting: 0,
            fired: false,
            orphaned: false,
            key: None,
            stands_by: 0,
        };
        RemoteTimer { driver, state: Mutex::new(state) }
    }

    /// Ready if it has fired; else leaves the waker. `None` if its driver is gone.
    pub(crate) fn poll(&self, waker: Waker) -> Option<Poll<()>> {
        let mut state = lock(&self.state);
        let (poll, unused) = match (state.fired, state.orphaned) {
            (true, _) => (Some(Poll::Ready(())), Some(waker)),
            (false, true) => (None, Some(waker)),
            (false, false) => (Some(Poll::Pending), state.waker.replace(waker)),
        };
        drop(state);
        drop(unused);
        poll
    }

    /// It has expired. The waker to call, if it stood in the wheel by the current setting.
    pub(crate) fn fire(&self) -> Option<Waker> {
        let mut state = lock(&self.state);
        if state.setting != state.stands_by {
            return None;
        }
        state.fired = true;
        state.waker.take()
    }

    pub(crate) fn orphan(&self) -> Option<Waker> {
        let mut state = lock(&self.state);
        state.orphaned = true;
        state.waker.take()
    }
}

impl Wake for RemoteTimer {
    /// Called by the driver's thread: at the expiry, and for all that are left when the driver goes.
    fn wake(self: Arc<Self>) {
        let waker = if self.driver.is_closed() { self.orphan() } else { self.fire() };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// The wheel counts ticks from `base`; outside of it deadlines are nanoseconds, on the scale of
/// `clock::since_epoch`.
#[derive(Debug)]
pub(crate) struct Timers {
    pub(crate) wheel: Wheel<Waker>,
    base: u64,
    /// A tick is two to this power nanoseconds.
    tick: u32,
}

impl Timers {
    pub(crate) fn real(now: u64) -> Timers {
        Timers { wheel: Wheel::new(0), base: now, tick: REAL_TICK }
    }

    /// Virtual time is exact.
    pub(crate) fn exact(now: u64) -> Timers {
        Timers { wheel: Wheel::new(0), base: now, tick: 0 }
    }

    /// The tick that is over at `deadline` or later: rounded up, never early.
    #[inline]
    pub(crate) fn tick_of(&self, deadline: u64) -> u64 {
        let nanos = deadline.saturating_sub(self.base);
        (nanos >> self.tick) + u64::from(nanos & ((1 << self.tick) - 1) != 0)
    }

    /// The tick that `now` has reached.
    pub(crate) fn tick_at(&self, now: u64) -> u64 {
        now.saturating_sub(self.base) >> self.tick
    }

    /// Whether a timer may be due: the wheel answers by what it remembers, in most turns.
    #[inline]
    pub(crate) fn due(&self, now: u64) -> bool {
        self.wheel.next_deadline().is_some_and(|next| next <= self.tick_at(now))
    }

    pub(crate) fn next_deadline(&self) -> Option<u64> {
        let tick = self.wheel.next_deadline()?;
        Some(self.base.saturating_add(tick.saturating_mul(1 << self.tick)))
    }

    /// Sets or moves a timer of another thread.
    pub(crate) fn set_remote(&mut self, timer: &Arc<RemoteTimer>, deadline: u64, setting: u32) {
        let tick = self.tick_of(deadline);
        let mut state = lock(&timer.state);
        if state.setting != setting {
            return; // moved again; that message is on its way
        }
        state.stands_by = setting;
        if !state.key.is_some_and(|key| self.wheel.reset(key, tick)) {
            state.key = Some(self.wheel.insert(tick, Waker::from(timer.clone())));
        }
    }

    pub(crate) fn forget_remote(&mut self, timer: &RemoteTimer) -> Option<Waker> {
        let key = lock(&timer.state).key.take()?;
        self.wheel.remove(key)
    }
}
