//! The timers of a driver: the wheel, in ticks of its clock, and what stands in it.

use crate::sync::{Mutex, lock};
use asyncio_timer::{Key, Wheel};
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

/// The tick of the real clock: 2^13 nanoseconds, about eight microseconds. A power of two, for a
/// division would cost as much as the rest of setting a timer.
const REAL_TICK: u32 = 13;

#[derive(Debug)]
pub(crate) enum Timer {
    /// Of a sleep that is polled on the driver's thread.
    Here(Waker),
    /// Of one that is polled elsewhere, and which setting of it.
    There(Arc<RemoteTimer>, u32),
}

/// What a sleep on another thread shares with the driver.
#[derive(Debug)]
pub(crate) struct RemoteTimer {
    pub(crate) state: Mutex<RemoteState>,
}

#[derive(Debug)]
pub(crate) struct RemoteState {
    pub(crate) waker: Option<Waker>,
    /// Counts how often the timer was set; only the last setting may fire.
    pub(crate) setting: u32,
    pub(crate) fired: bool,
    /// The driver is gone.
    pub(crate) orphaned: bool,
    /// Where the timer stands in the wheel. For the driver alone.
    key: Option<Key>,
}

impl RemoteTimer {
    pub(crate) fn new(waker: Waker) -> RemoteTimer {
        RemoteTimer {
            state: Mutex::new(RemoteState {
                waker: Some(waker),
                setting: 0,
                fired: false,
                orphaned: false,
                key: None,
            }),
        }
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

    /// The waker to call if this expiry is of the current setting.
    pub(crate) fn fire(&self, setting: u32) -> Option<Waker> {
        let mut state = lock(&self.state);
        if state.setting != setting {
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

#[derive(Debug)]
pub(crate) struct Timers {
    pub(crate) wheel: Wheel<Timer>,
    base: Instant,
    /// A tick is two to this power nanoseconds.
    tick: u32,
}

impl Timers {
    pub(crate) fn real(now: Instant) -> Timers {
        Timers { wheel: Wheel::new(0), base: now, tick: REAL_TICK }
    }

    /// Virtual time is exact.
    pub(crate) fn exact(now: Instant) -> Timers {
        Timers { wheel: Wheel::new(0), base: now, tick: 0 }
    }

    /// The tick that is over at `deadline` or later: rounded up, never early.
    pub(crate) fn tick_of(&self, deadline: Instant) -> u64 {
        let nanos = self.nanos(deadline);
        (nanos >> self.tick) + u64::from(nanos & ((1 << self.tick) - 1) != 0)
    }

    /// The tick that `now` has reached.
    pub(crate) fn tick_at(&self, now: Instant) -> u64 {
        self.nanos(now) >> self.tick
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.wheel.next_deadline().map(|tick| self.time_of(tick))
    }

    fn time_of(&self, tick: u64) -> Instant {
        let after = Duration::from_nanos(tick.saturating_mul(1 << self.tick));
        // Past the end of the clock nothing fires; any time far away will do.
        self.base.checked_add(after).unwrap_or(self.base + Duration::from_secs(1 << 32))
    }

    fn nanos(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.base);
        since.as_secs().saturating_mul(1_000_000_000).saturating_add(since.subsec_nanos().into())
    }

    /// Sets or moves a timer of another thread.
    pub(crate) fn set_remote(&mut self, timer: &Arc<RemoteTimer>, deadline: Instant, setting: u32) {
        let tick = self.tick_of(deadline);
        let mut state = lock(&timer.state);
        if state.setting != setting {
            return; // moved again; that message is on its way
        }
        if let Some(key) = state.key
            && let Some(Timer::There(_, old)) = self.wheel.get_mut(key)
        {
            *old = setting;
            self.wheel.reset(key, tick);
            return;
        }
        let entry = Timer::There(timer.clone(), setting);
        state.key = Some(self.wheel.insert(tick, entry));
    }

    pub(crate) fn forget_remote(&mut self, timer: &RemoteTimer) -> Option<Timer> {
        let key = lock(&timer.state).key.take()?;
        self.wheel.remove(key)
    }
}
