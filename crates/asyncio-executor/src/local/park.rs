//! What a loop does when nothing is ready.

use crate::sync::{Condvar, Mutex, lock};
use asyncio_context::clock;
use std::fmt;
use std::io;
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

/// What a loop does when nothing is ready: wait for events, and wake the tasks they are for.
///
/// A reactor is one; [`ThreadPark`] is one without events. The executor calls [`park`](Park::park) in
/// its turn, with the loop current, so tasks that are woken inside it are queued without any atomic
/// operation.
pub trait Park {
    /// Waits until it is unparked, something happens outside, or `timeout` is over (`None`: for ever,
    /// zero: just look). Returning early is always allowed.
    ///
    /// # Errors
    ///
    /// What makes waiting impossible; interruption by a signal is none.
    fn park(&mut self, timeout: Option<Duration>) -> io::Result<()>;

    /// Wakes the tasks whose events have come, without waiting: called once a turn instead of `park` where
    /// something is ready to run. The [turn's time](clock::turn_nanos) has just been read.
    ///
    /// # Errors
    ///
    /// As `park`.
    fn look(&mut self) -> io::Result<()> {
        if self.has_outside() { self.park(Some(Duration::ZERO)) } else { Ok(()) }
    }

    /// Ends a `park` from any thread: one that is going on, or else the next. Waking it is cheap to
    /// ask for only when the loop sleeps, and only then the executor does.
    fn unparker(&self) -> Waker;

    /// Whether something outside may make a task ready now: a source of events, a timer. Where there
    /// is none, batches follow each other up to 61 polls. Asked after each batch.
    fn has_outside(&self) -> bool {
        true
    }

    /// When the earliest timer is due; `park` returns by then.
    fn next_deadline(&self) -> Option<Instant> {
        None
    }
}

impl<P: Park + ?Sized> Park for &mut P {
    fn park(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        (**self).park(timeout)
    }

    fn look(&mut self) -> io::Result<()> {
        (**self).look()
    }

    fn unparker(&self) -> Waker {
        (**self).unparker()
    }

    fn has_outside(&self) -> bool {
        (**self).has_outside()
    }

    fn next_deadline(&self) -> Option<Instant> {
        (**self).next_deadline()
    }
}

/// Sleeps on a condition variable: for loops whose tasks wait for other threads only.
///
/// ```
/// use asyncio_executor::{LocalExecutor, ThreadPark};
///
/// let three = LocalExecutor::new().run_until(async { 1 + 2 }, &mut ThreadPark::new());
/// assert_eq!(three.unwrap(), 3);
/// ```
pub struct ThreadPark {
    signal: std::sync::Arc<Signal>,
}

struct Signal {
    unparked: Mutex<bool>,
    changed: Condvar,
}

impl ThreadPark {
    /// A `Park` of the thread that uses it.
    pub fn new() -> ThreadPark {
        let signal = Signal { unparked: Mutex::new(false), changed: Condvar::new() };
        ThreadPark { signal: std::sync::Arc::new(signal) }
    }
}

impl Default for ThreadPark {
    fn default() -> ThreadPark {
        ThreadPark::new()
    }
}

impl fmt::Debug for ThreadPark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ThreadPark")
    }
}

impl Wake for Signal {
    fn wake(self: std::sync::Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &std::sync::Arc<Self>) {
        *lock(&self.unparked) = true;
        self.changed.notify_one();
    }
}

impl Park for ThreadPark {
    fn park(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        let mut unparked = lock(&self.signal.unparked);
        let end = timeout.and_then(|timeout| clock::now().checked_add(timeout));
        while !*unparked {
            unparked = match end {
                None => self.signal.changed.wait(unparked).unwrap_or_else(|e| e.into_inner()),
                Some(end) => {
                    let left = end.saturating_duration_since(clock::now());
                    if left.is_zero() {
                        break;
                    }
                    let waited = self.signal.changed.wait_timeout(unparked, left);
                    waited.unwrap_or_else(|e| e.into_inner()).0
                }
            };
        }
        *unparked = false;
        Ok(())
    }

    fn unparker(&self) -> Waker {
        Waker::from(self.signal.clone())
    }

    fn has_outside(&self) -> bool {
        false
    }
}
