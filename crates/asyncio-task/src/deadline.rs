use asyncio_context::clock;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Waker;
use std::time::{Duration, Instant};

/// The deadline of a running [`timeout`](crate::timeout()): looks at it and moves it.
///
/// Clones are the same deadline, and any of them may be used on another thread.
///
/// asyncio: `asyncio.Timeout`.
///
/// ```no_run
/// # use asyncio_task::{sleep, timeout};
/// # use std::time::Duration;
/// # async fn f() {
/// let done = timeout(Duration::from_secs(1), async |t| {
///     t.reschedule(Duration::from_secs(5));
///     sleep(Duration::from_secs(2)).await;
/// })
/// .await;
/// assert!(done.is_ok());
/// # }
/// ```
#[derive(Clone)]
pub struct Deadline {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
}

struct State {
    when: Option<Instant>,
    phase: Phase,
    /// Counts the moves, so that the timeout sees one.
    moves: u64,
    waker: Option<Waker>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Active,
    /// The time is over, the body is not.
    Expiring,
    Expired,
    Finished,
}

impl Deadline {
    pub(crate) fn new(when: Option<Instant>) -> Deadline {
        let state = State { when, phase: Phase::Active, moves: 0, waker: None };
        Deadline { shared: Arc::new(Shared { state: Mutex::new(state) }) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// The time at which the body is cancelled; `None`: never. It keeps its value after the end.
    pub fn when(&self) -> Option<Instant> {
        self.lock().when
    }

    /// Whether the deadline passed while the body ran: true from that moment on, also when the
    /// body then swallowed the request.
    pub fn expired(&self) -> bool {
        matches!(self.lock().phase, Phase::Expiring | Phase::Expired)
    }

    /// Moves the deadline to `delay` from now; `None` takes it away. False, and nothing changes,
    /// if it has expired or the body is over (TMC-4).
    pub fn reschedule(&self, delay: impl Into<Option<Duration>>) -> bool {
        self.reschedule_at(after(delay.into()))
    }

    /// Moves the deadline to `at`; `None` takes it away. False, and nothing changes, if it has
    /// expired or the body is over (TMC-4).
    ///
    /// asyncio: `Timeout.reschedule`.
    pub fn reschedule_at(&self, at: impl Into<Option<Instant>>) -> bool {
        let mut state = self.lock();
        if state.phase != Phase::Active {
            return false;
        }
        state.when = at.into();
        state.moves += 1;
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }

    /// The deadline and how often it was moved.
    pub(crate) fn look(&self) -> (Option<Instant>, u64) {
        let state = self.lock();
        (state.when, state.moves)
    }

    /// Whom a move wakes.
    pub(crate) fn keep(&self, waker: &Waker) {
        if self.lock().waker.as_ref().is_some_and(|kept| kept.will_wake(waker)) {
            return;
        }
        let new = waker.clone();
        let before = self.lock().waker.replace(new);
        drop(before);
    }

    /// The body is asked to stop.
    pub(crate) fn expire(&self) {
        self.end(|_active| Phase::Expiring);
    }

    /// The body is over.
    pub(crate) fn finish(&self) {
        self.end(|phase| match phase {
            Phase::Active => Phase::Finished,
            Phase::Expiring => Phase::Expired,
            over => over,
        });
    }

    fn end(&self, next: impl FnOnce(Phase) -> Phase) {
        let mut state = self.lock();
        state.phase = next(state.phase);
        let waker = state.waker.take();
        drop(state);
        drop(waker);
    }
}

/// The state, and while it is active the time, in seconds of the program's clock.
impl fmt::Debug for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        match (state.phase, state.when) {
            (Phase::Active, Some(when)) => {
                let seconds = Duration::from_nanos(clock::since_epoch(when)).as_secs_f64();
                write!(f, "<Deadline [active] when={seconds:.3}>")
            }
            (Phase::Active, None) => f.write_str("<Deadline [active] when=None>"),
            (Phase::Expiring, _) => f.write_str("<Deadline [expiring]>"),
            (Phase::Expired, _) => f.write_str("<Deadline [expired]>"),
            (Phase::Finished, _) => f.write_str("<Deadline [finished]>"),
        }
    }
}

/// The time that is `delay` from now; beyond what an `Instant` can say it is never.
pub(crate) fn after(delay: Option<Duration>) -> Option<Instant> {
    delay.and_then(|delay| clock::now().checked_add(delay))
}
