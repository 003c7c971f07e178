use crate::driver::{
    Handle, Local, Message, RemoteTimer, Shared, with_local, with_number, with_target,
};
use crate::sync::lock;
use asyncio_context::{WaitKind, clock, waiting};
use asyncio_timer::Key;
use std::fmt;
use std::future::Future;
use std::mem;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// What stands for a longer time than can be counted: some 136 years of nanoseconds.
const FOREVER: u64 = (1 << 32) * 1_000_000_000;

/// Waits until `duration` has passed; zero lets others run once. asyncio: `sleep`.
///
/// The duration begins now, not at the first poll. See [`Sleep`] for how exact it is.
///
/// ```
/// use asyncio_reactor::sleep;
/// use std::time::{Duration, Instant};
///
/// // No driver is entered here: a driver thread is started for it.
/// let start = Instant::now();
/// futures_lite::future::block_on(sleep(Duration::from_millis(10)));
/// assert!(start.elapsed() >= Duration::from_millis(10));
/// ```
///
/// # Cancel safety
///
/// Nothing is lost when the future is dropped.
#[track_caller]
#[inline]
pub fn sleep(duration: Duration) -> Sleep {
    let (state, deadline) = if duration.is_zero() {
        (State::Yield, clock::turn_nanos())
    } else {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(FOREVER);
        (State::New, clock::now_nanos().saturating_add(nanos))
    };
    Sleep { deadline, state, handle: None, at: Location::caller() }
}

/// Waits until `deadline`, on this thread's [clock]. A deadline that has passed lets others run
/// once.
///
/// ```
/// use asyncio_context::clock;
/// use asyncio_reactor::sleep_until;
/// use std::time::Duration;
///
/// let deadline = clock::now() + Duration::from_millis(10);
/// futures_lite::future::block_on(sleep_until(deadline));
/// assert!(clock::now() >= deadline);
/// ```
#[track_caller]
#[inline]
pub fn sleep_until(deadline: Instant) -> Sleep {
    let deadline = clock::since_epoch(deadline);
    Sleep { deadline, state: State::New, handle: None, at: Location::caller() }
}

/// A wait for a point in time, which can be moved. Made by [`sleep`] and [`sleep_until`].
///
/// It is never early. In real time deadlines count in ticks of 8 µs; those of the same tick are
/// woken in the order in which they were set. How late it is depends on the system (50 µs of timer
/// slack on Linux) and on how busy the thread is; where many timers stand close together they are
/// woken together, at most 0.25 ms late.
///
/// A finished sleep stays ready; [`reset`](Sleep::reset) makes it wait again.
///
/// # Panics
///
/// When it is polled where there is no driver and the driver thread cannot be started.
#[must_use = "futures do nothing unless polled"]
pub struct Sleep {
    /// On the scale of `clock::since_epoch`.
    deadline: u64,
    state: State,
    handle: Option<Handle>,
    at: &'static Location<'static>,
}

enum State {
    /// Set with no driver.
    New,
    /// To yield, once.
    Yield,
    Yielded,
    /// In the wheel of the driver of that number, which was entered where it was polled.
    Here(u64, Key),
    /// With a driver on another thread.
    There(Arc<RemoteTimer>),
    Done,
}

impl Sleep {
    /// A sleep on a certain driver, wherever it is polled.
    #[track_caller]
    pub fn with_handle(duration: Duration, handle: &Handle) -> Sleep {
        let mut sleep = sleep(duration);
        sleep.handle = Some(handle.clone());
        sleep
    }

    /// When it ends.
    pub fn deadline(&self) -> Instant {
        clock::at_nanos(self.deadline)
    }

    /// Whether the deadline has come.
    pub fn is_elapsed(&self) -> bool {
        matches!(self.state, State::Done) || clock::now_nanos() >= self.deadline
    }

    /// Moves the deadline, before or after the sleep has ended, and also while a task waits for it.
    ///
    /// ```
    /// use asyncio_reactor::sleep;
    /// use std::time::{Duration, Instant};
    ///
    /// let start = Instant::now();
    /// let mut idle = sleep(Duration::from_secs(3600));
    /// idle.reset(start + Duration::from_millis(10));
    /// futures_lite::future::block_on(idle);
    /// assert!(start.elapsed() < Duration::from_secs(3600));
    /// ```
    pub fn reset(&mut self, deadline: Instant) {
        let deadline = clock::since_epoch(deadline);
        self.deadline = deadline;
        match &self.state {
            State::Here(driver, key) => {
                let (driver, key) = (*driver, *key);
                let moved = with_number(driver, |local| {
                    let mut timers = local?.timers.borrow_mut();
                    let tick = timers.tick_of(deadline);
                    Some(timers.wheel.reset(key, tick))
                });
                match moved {
                    Some(true) => return,
                    // It has fired: its task was woken and will set it anew.
                    Some(false) => {}
                    // Wake the task, that it sets it anew.
                    None => post(driver, Message::Expire(key)),
                }
                self.state = State::New;
            }
            State::There(timer) => {
                let mut state = lock(&timer.state);
                state.setting = state.setting.wrapping_add(1);
                state.fired = false;
                let message = Message::Set(timer.clone(), deadline, state.setting);
                drop(state);
                if timer.driver.post(message).is_err() {
                    // The driver is gone, and wakes those it knows; not one whose last message it passed
                    // over, because this one was to come.
                    let waker = timer.orphan();
                    self.state = State::New;
                    if let Some(waker) = waker {
                        waker.wake();
                    }
                }
            }
            State::New | State::Yield | State::Yielded | State::Done => self.state = State::New,
        }
    }

    /// Sets the sleep with the driver that serves it now.
    fn set_with_driver(&mut self, cx: &Context<'_>) {
        // Ahead of the borrow: a waker's `clone` is somebody else's code.
        let waker = cx.waker().clone();
        let deadline = self.deadline;
        let set = with_local(self.handle.as_ref(), |local| {
            let Some(local) = local else { return Err(waker) };
            let mut timers = local.timers.borrow_mut();
            let tick = timers.tick_of(deadline);
            Ok(State::Here(local.shared.id, timers.wheel.insert(tick, waker)))
        });
        match set {
            Ok(here) => self.state = here,
            Err(waker) => self.set_elsewhere(waker),
        }
    }

    #[cold]
    #[inline(never)]
    fn set_elsewhere(&mut self, mut waker: Waker) {
        loop {
            let shared = with_target(self.handle.as_ref(), |shared| Ok(shared.clone()))
                .unwrap_or_else(|error| panic!("no driver for a sleep: {error}"));
            let timer = Arc::new(RemoteTimer::new(shared, waker));
            if timer.driver.post(Message::Set(timer.clone(), self.deadline, 0)).is_ok() {
                self.state = State::There(timer);
                return;
            }
            // A driver that closes at this moment hands it back, and the next look finds another.
            waker = lock(&timer.state).waker.take().expect("nobody else has the timer");
        }
    }

    /// `None`: the sleep is not set there (any more) and must be set anew.
    fn poll_here(&self, driver: u64, key: Key, cx: &Context<'_>) -> Option<Poll<()>> {
        let found = with_local(self.handle.as_ref(), |local| {
            let local = local.filter(|local| local.shared.id == driver)?;
            Some(find(local, key, |waker| waker.will_wake(cx.waker())))
        });
        match found {
            None => {
                post(driver, Message::Remove(key));
                None
            }
            // Only expiry takes it out of the wheel.
            Some(None) => Some(Poll::Ready(())),
            Some(Some(true)) => Some(Poll::Pending),
            Some(Some(false)) => {
                let mut new = cx.waker().clone();
                with_local(None, |local| {
                    local.and_then(|local| find(local, key, |waker| mem::swap(waker, &mut new)))
                });
                Some(Poll::Pending)
            }
        }
    }
}

fn find<R>(local: &Local, key: Key, f: impl FnOnce(&mut Waker) -> R) -> Option<R> {
    local.timers.borrow_mut().wheel.get_mut(key).map(f)
}

fn post(driver: u64, message: Message) {
    if let Some(shared) = Shared::find(driver) {
        // Without its driver the entry is gone, too.
        let _ = shared.post(message);
    }
}

impl Future for Sleep {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let poll = match &self.state {
            State::New => None,
            State::Yield => {
                self.state = State::Yielded;
                cx.waker().wake_by_ref();
                Some(Poll::Pending)
            }
            State::Yielded | State::Done => Some(Poll::Ready(())),
            State::Here(driver, key) => self.poll_here(*driver, *key, cx),
            State::There(timer) if timer.driver.is_ours() => timer.poll(cx.waker().clone()),
            State::There(_) => None,
        };
        match poll {
            Some(Poll::Ready(())) => {
                self.state = State::Done;
                return Poll::Ready(());
            }
            Some(Poll::Pending) => {}
            None => (*self).set_with_driver(cx),
        }
        waiting(WaitKind::Sleep, 0, self.at);
        Poll::Pending
    }
}

impl Drop for Sleep {
    #[inline]
    fn drop(&mut self) {
        match &self.state {
            State::Here(driver, key) => {
                let (driver, key) = (*driver, *key);
                let removed =
                    with_number(driver, |local| Some(local?.timers.borrow_mut().wheel.remove(key)));
                // A removed waker is dropped here, after the borrow.
                if removed.is_none() {
                    post(driver, Message::Remove(key));
                }
            }
            State::There(timer) => {
                let waker = lock(&timer.state).waker.take();
                drop(waker);
                let _ = timer.driver.post(Message::Forget(timer.clone()));
            }
            _ => {}
        }
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep").field("deadline", &self.deadline()).field("at", &self.at).finish()
    }
}
