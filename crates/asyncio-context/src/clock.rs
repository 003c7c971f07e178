//! The one clock: every reading of the time in these crates goes through here, so that a thread
//! can be given a virtual one.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

thread_local! {
    static VIRTUAL: RefCell<Option<VirtualClock>> = const { RefCell::new(None) };
    static IS_VIRTUAL: Cell<bool> = const { Cell::new(false) };
    /// In nanoseconds since the epoch.
    static TURN: Cell<Option<u64>> = const { Cell::new(None) };
}

static EPOCH: OnceLock<Instant> = OnceLock::new();

/// The time now, on this thread's clock: a fresh reading. Deadlines are computed from it.
pub fn now() -> Instant {
    if IS_VIRTUAL.get()
        && let Some(now) = VIRTUAL.with_borrow(|v| v.as_ref().map(VirtualClock::now))
    {
        return now;
    }
    Instant::now()
}

/// [`now`] in nanoseconds since the [`epoch`]: what is compared and added to where it has to be fast.
#[inline]
pub fn now_nanos() -> u64 {
    since_epoch(now())
}

/// The real time, whatever clock this thread has: for who measures how long it really waited.
pub fn real_now() -> Instant {
    Instant::now()
}

/// The time at which the loop on this thread began its turn, or [`now`] where no loop runs.
///
/// Cheap, and behind the real time by the age of the turn: good for bookkeeping, too early for a
/// deadline.
pub fn turn_time() -> Instant {
    at_nanos(turn_nanos())
}

/// [`turn_time`] in nanoseconds since the [`epoch`].
#[inline]
pub fn turn_nanos() -> u64 {
    TURN.get().unwrap_or_else(now_nanos)
}

/// Tells [`turn_time`] when the turn began, in nanoseconds since the [`epoch`]; `None` at the end of the
/// loop's life on this thread.
#[inline]
pub fn set_turn_nanos(at: Option<u64>) {
    TURN.set(at);
}

/// Reads the clock for [`turn_time`], unless it was told the time since it last forgot it: a driver that
/// has waited knows the time already.
#[inline]
pub fn begin_turn() {
    if TURN.get().is_none() {
        TURN.set(Some(now_nanos()));
    }
}

/// How far the epoch lies before the first reading of the clock. A deadline that had passed by then is to be
/// told as what it was: an interval may go on in a rhythm that began before there was a loop.
const LEAD: Duration = Duration::from_secs(30 * 86_400);

/// The zero of recorded times: thirty days before the first reading of the clock in this process, where the
/// system's clock goes back that far.
pub fn epoch() -> Instant {
    *EPOCH.get_or_init(|| {
        let now = Instant::now();
        now.checked_sub(LEAD).unwrap_or(now)
    })
}

/// Nanoseconds from [`epoch`] to `at`, zero for what lies before; half a millennium at most.
#[inline]
pub fn since_epoch(at: Instant) -> u64 {
    let since = at.saturating_duration_since(epoch());
    since.as_secs().saturating_mul(1_000_000_000).saturating_add(since.subsec_nanos().into())
}

/// What is so many nanoseconds after the [`epoch`]; what lies past the end of the system's clock is some
/// time far away.
pub fn at_nanos(nanos: u64) -> Instant {
    let epoch = epoch();
    epoch.checked_add(Duration::from_nanos(nanos)).unwrap_or(epoch + Duration::from_secs(1 << 32))
}

/// A clock that stands still until it is moved: `asyncio`'s virtual time.
///
/// Clones are the same clock. It serves the threads on which it has been entered.
#[derive(Clone, Debug)]
pub struct VirtualClock {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    base: Instant,
    offset: AtomicU64,
    holds: AtomicUsize,
}

impl VirtualClock {
    /// A clock that starts at the real time and stands.
    pub fn new() -> VirtualClock {
        VirtualClock {
            shared: Arc::new(Shared {
                base: epoch().max(Instant::now()),
                offset: AtomicU64::new(0),
                holds: AtomicUsize::new(0),
            }),
        }
    }

    /// Where the clock stands.
    pub fn now(&self) -> Instant {
        self.shared.base + Duration::from_nanos(self.shared.offset.load(Ordering::Acquire))
    }

    /// Moves the clock forward to `at`; never back.
    pub fn advance_to(&self, at: Instant) {
        let offset = at.saturating_duration_since(self.shared.base).as_nanos() as u64;
        self.shared.offset.fetch_max(offset, Ordering::AcqRel);
    }

    /// Makes this the clock of the thread until the guard is dropped.
    pub fn enter(&self) -> ClockGuard {
        let before = VIRTUAL.replace(Some(self.clone()));
        IS_VIRTUAL.set(true);
        ClockGuard { before, not_send: PhantomData }
    }

    /// Whether work outside the loop (a blocking call) is going on, during which the clock must
    /// not jump.
    pub fn is_held(&self) -> bool {
        self.shared.holds.load(Ordering::Acquire) > 0
    }
}

impl Default for VirtualClock {
    fn default() -> Self {
        VirtualClock::new()
    }
}

/// The virtual clock of this thread, if it has one.
pub fn current_virtual() -> Option<VirtualClock> {
    if IS_VIRTUAL.get() { VIRTUAL.with_borrow(Clone::clone) } else { None }
}

/// Keeps this thread's virtual clock, if it has one, from jumping until the hold is dropped. What
/// works for the loop on another thread keeps one.
pub fn hold() -> Hold {
    let clock = current_virtual();
    if let Some(clock) = &clock {
        clock.shared.holds.fetch_add(1, Ordering::AcqRel);
    }
    Hold { clock }
}

/// See [`hold`]. Drop it after the result was handed over and the waiter woken.
#[derive(Debug)]
pub struct Hold {
    clock: Option<VirtualClock>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(clock) = &self.clock {
            clock.shared.holds.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

/// Restores the thread's former clock when dropped.
#[derive(Debug)]
pub struct ClockGuard {
    before: Option<VirtualClock>,
    not_send: PhantomData<*const ()>,
}

impl Drop for ClockGuard {
    fn drop(&mut self) {
        IS_VIRTUAL.set(self.before.is_some());
        VIRTUAL.set(self.before.take());
    }
}
