//! How long a turn waits.

use super::Driver;
use asyncio_context::clock;
use std::io;
use std::time::Duration;

/// With so many timers set, wake-ups may be shared.
const CROWD: usize = 64;

/// By how many nanoseconds a deadline may be kept waiting for those behind it.
const SHARED: u64 = 250_000;

/// Where timers stand closer than the time it takes to sleep and wake, one wake-up serves several:
/// deadlines stay what they are, only the wait is longer. A timer on its own is never kept waiting.
#[derive(Debug, Default)]
pub(crate) struct Coalescing {
    /// When timers fired last, if it was more than one.
    several_at: Option<u64>,
}

impl Coalescing {
    pub(crate) fn fired(&mut self, count: usize, now: u64) {
        if count > 0 {
            self.several_at = (count > 1).then_some(now);
        }
    }

    /// When to wake up for `deadline`, with so many timers set.
    fn wake_at(&self, deadline: u64, timers: usize) -> u64 {
        match self.several_at {
            Some(at) if timers >= CROWD => deadline.max(at + SHARED),
            _ => deadline,
        }
    }
}

impl Driver {
    /// Waits as [`turn`](Driver::turn) says, and collects events.
    pub(super) fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        if timeout == Some(Duration::ZERO) {
            // Without sources there is nothing to look for, but a host's notification to take.
            let look = self.shared().has_sources() || self.hosted;
            return if look { self.poll(timeout) } else { Ok(()) };
        }
        let until = loop {
            let until = self.wake_at();
            if self.shared().inbox.sleep_until(until.unwrap_or(u64::MAX)) {
                break until;
            }
            if self.read_messages() {
                return self.poll(Some(Duration::ZERO));
            }
        };
        if !self.shared().parking.fall_asleep() {
            return self.poll(Some(Duration::ZERO));
        }
        if self.clock.is_some() {
            return self.wait_virtually(until, timeout);
        }
        let gap = until.map(|until| Duration::from_nanos(until.saturating_sub(self.now())));
        self.poll(min(gap, timeout))
    }

    fn wake_at(&self) -> Option<u64> {
        let timers = self.local.timers.borrow();
        let deadline = timers.next_deadline()?;
        Some(match self.clock {
            Some(_) => deadline,
            None => self.coalescing.wake_at(deadline, timers.wheel.len()),
        })
    }

    /// Moves the clock instead of waiting, or as far as it waited.
    fn wait_virtually(&mut self, until: Option<u64>, timeout: Option<Duration>) -> io::Result<()> {
        let clock = self.clock.clone().expect("this driver has a virtual clock");
        let start = clock.now();
        let left = |until: u64| Duration::from_nanos(until.saturating_sub(self.now()));
        let gap = min(until.map(left), timeout);
        match gap {
            Some(gap) if !clock.is_held() && !self.shared().is_waited_for() => {
                clock.advance_to(start + gap);
                // Whatever else is ready belongs to this turn, too.
                self.poll(Some(Duration::ZERO))
            }
            _ => {
                let before = clock::real_now();
                self.poll(gap)?;
                let passed = clock::real_now().saturating_duration_since(before);
                clock.advance_to(start + min(gap, Some(passed)).unwrap_or(passed));
                Ok(())
            }
        }
    }

    pub(super) fn poll(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.local.shared.poller.wait(&mut self.events, timeout)
    }
}

/// The shorter wait, where `None` is one without end.
fn min(a: Option<Duration>, b: Option<Duration>) -> Option<Duration> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
