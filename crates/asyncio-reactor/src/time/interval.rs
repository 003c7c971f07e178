use super::{Sleep, sleep_until};
use asyncio_context::clock;
use futures_core::Stream;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

/// What an [`Interval`] does about ticks that came while nobody asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MissedTick {
    /// Gives them one after the other at once, until it has caught up.
    #[default]
    Burst,
    /// Counts the next period from the late tick.
    Delay,
    /// Leaves them out and goes on in the old rhythm.
    Skip,
}

/// Ticks every `period`, the first time at once.
///
/// # Panics
///
/// If `period` is zero.
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    interval_at(clock::now(), period)
}

/// Ticks every `period`, the first time at `start`.
///
/// # Panics
///
/// If `period` is zero.
#[track_caller]
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    assert!(!period.is_zero(), "an interval needs a period");
    Interval { sleep: sleep_until(start), period, missed: MissedTick::Burst }
}

/// A steady rhythm. Made by [`interval`]; also a [`Stream`] that never ends.
///
/// ```
/// use asyncio_reactor::interval;
/// use std::time::Duration;
///
/// futures_lite::future::block_on(async {
///     let mut beat = interval(Duration::from_millis(2));
///     let first = beat.tick().await;
///     let second = beat.tick().await;
///     // Ticks are told by when they were due, so they do not drift.
///     assert_eq!(second - first, Duration::from_millis(2));
/// });
/// ```
#[derive(Debug)]
pub struct Interval {
    sleep: Sleep,
    period: Duration,
    missed: MissedTick,
}

impl Interval {
    /// Chooses what happens to missed ticks.
    #[must_use]
    pub fn missed_tick(mut self, missed: MissedTick) -> Interval {
        self.missed = missed;
        self
    }

    /// Waits for the next tick, and says when it was due.
    ///
    /// # Cancel safety
    ///
    /// No tick is lost when the future is dropped.
    pub fn tick(&mut self) -> Tick<'_> {
        Tick { interval: self }
    }

    /// The same for a `poll` function.
    pub fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        ready!(Pin::new(&mut self.sleep).poll(cx));
        let due = self.sleep.deadline();
        self.sleep.reset(self.next_after(due));
        Poll::Ready(due)
    }

    /// Begins anew: the next tick comes after one period from now.
    pub fn reset(&mut self) {
        self.sleep.reset(clock::now() + self.period);
    }

    /// The time between two ticks.
    pub fn period(&self) -> Duration {
        self.period
    }

    fn next_after(&self, due: Instant) -> Instant {
        let next = due + self.period;
        let now = clock::now();
        if next > now {
            return next;
        }
        match self.missed {
            MissedTick::Burst => next,
            MissedTick::Delay => now + self.period,
            MissedTick::Skip => {
                let into = (now - due).as_nanos() % self.period.as_nanos();
                // The remainder is below the period, which fits where it came from.
                let nanos = self.period.as_nanos() - into;
                now + Duration::new((nanos / 1_000_000_000) as u64, (nanos % 1_000_000_000) as u32)
            }
        }
    }
}

impl Stream for Interval {
    type Item = Instant;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Instant>> {
        self.poll_tick(cx).map(Some)
    }
}

/// See [`Interval::tick`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Tick<'a> {
    interval: &'a mut Interval,
}

impl Future for Tick<'_> {
    type Output = Instant;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Instant> {
        self.interval.poll_tick(cx)
    }
}
