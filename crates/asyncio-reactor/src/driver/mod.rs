//! The driver: a poller, a timing wheel, and the thread that turns them.

mod current;
mod delivery;
mod fallback;
mod handle;
mod inbox;
mod parking;
mod plan;
mod shared;
mod timers;

pub use current::Entered;
pub(crate) use current::{with_local, with_number, with_target};
pub use handle::Handle;
pub(crate) use inbox::Message;
pub(crate) use shared::Shared;
pub(crate) use timers::RemoteTimer;
#[cfg(all(test, loom))]
pub(crate) use {inbox::Inbox, parking::Parking};

use crate::poller::{Backend, Events, Poller};
use crate::source::{Bits, Source};
use asyncio_context::clock::{self, VirtualClock};
use plan::Coalescing;
use std::cell::RefCell;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};
use timers::Timers;

/// What a driver and the leaves on its thread share.
#[derive(Debug)]
pub(crate) struct Local {
    pub(crate) shared: Arc<Shared>,
    pub(crate) timers: RefCell<Timers>,
}

impl Local {
    /// Whether this is the driver that `handle` names, if it names one that lives.
    #[inline]
    fn serves(&self, handle: Option<&Handle>) -> bool {
        let named = match handle {
            None => true,
            Some(handle) => !handle.is_alive() || Arc::ptr_eq(&handle.0, &self.shared),
        };
        named && self.shared.is_ours() && !self.shared.is_closed()
    }
}

/// Turns descriptors and deadlines into wake-ups, on the thread that calls [`turn`](Driver::turn).
///
/// A driver belongs to the thread that made it. Leaves ([`Async`](crate::Async),
/// [`Sleep`](crate::Sleep)) that are polled on this thread find it while it is
/// [entered](Driver::enter); leaves on other threads may name its [`handle`](Driver::handle).
/// When it is dropped they are woken and find another.
///
/// ```
/// use asyncio_reactor::{Driver, sleep};
/// use std::{future::Future, pin::pin, task::{Context, Waker}, time::Duration};
///
/// let mut driver = Driver::new()?;
/// let entered = driver.enter();
/// let mut nap = pin!(sleep(Duration::from_millis(5)));
/// // What an executor does: poll, and turn the driver while there is nothing to poll.
/// while nap.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
///     driver.turn(None)?;
/// }
/// # drop(entered);
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct Driver {
    local: Rc<Local>,
    events: Events,
    /// The clock that this driver moves, if it is not the real one.
    clock: Option<VirtualClock>,
    coalescing: Coalescing,
    /// Whether somebody else may wait for the descriptor.
    hosted: bool,
    // Kept from turn to turn for their memory.
    messages: Vec<Message>,
    reports: Vec<(Arc<Source>, Bits)>,
    wakers: Vec<Waker>,
}

impl Driver {
    /// A driver on the [backend](Backend::from_env) of this system.
    ///
    /// # Errors
    ///
    /// Those of the system when descriptors run out (it takes two).
    pub fn new() -> io::Result<Driver> {
        Driver::with(Backend::from_env())
    }

    /// A driver on a certain backend.
    ///
    /// # Errors
    ///
    /// As for [`new`](Driver::new).
    pub fn with(backend: Backend) -> io::Result<Driver> {
        Driver::build(backend, None, Timers::real(clock::now_nanos()))
    }

    /// A driver in virtual time. When nothing is ready, nobody waits for a source, and nothing
    /// [holds](clock::hold) the clock, [`turn`](Driver::turn) does not wait for the next deadline:
    /// it moves the clock there. With a source outstanding it waits for real, and the clock goes on
    /// by what has passed.
    ///
    /// ```
    /// use asyncio_context::clock::{self, VirtualClock};
    /// use asyncio_reactor::{Driver, sleep};
    /// use std::{future::Future, pin::pin, task::{Context, Poll, Waker}, time::Duration};
    ///
    /// let mut driver = Driver::virtual_time(VirtualClock::new())?;
    /// let entered = driver.enter(); // the clock, too
    /// let (start, day) = (clock::now(), Duration::from_secs(86_400));
    /// let mut night = pin!(sleep(day));
    /// let mut cx = Context::from_waker(Waker::noop());
    /// assert!(night.as_mut().poll(&mut cx).is_pending());
    /// driver.turn(None)?;
    /// assert!(night.as_mut().poll(&mut cx).is_ready());
    /// assert_eq!(clock::now() - start, day);
    /// # drop(entered);
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`new`](Driver::new).
    pub fn virtual_time(clock: VirtualClock) -> io::Result<Driver> {
        let timers = Timers::exact(clock::since_epoch(clock.now()));
        Driver::build(Backend::from_env(), Some(clock), timers)
    }

    fn build(backend: Backend, clock: Option<VirtualClock>, timers: Timers) -> io::Result<Driver> {
        let (poller, events) = Poller::new(backend)?;
        let shared = Shared::new(poller);
        Ok(Driver {
            local: Rc::new(Local { shared, timers: RefCell::new(timers) }),
            events,
            clock,
            coalescing: Coalescing::default(),
            hosted: false,
            messages: Vec::new(),
            reports: Vec::new(),
            wakers: Vec::new(),
        })
    }

    /// Names this driver, on any thread.
    pub fn handle(&self) -> Handle {
        Handle(self.shared().clone())
    }

    /// Makes this the driver of the thread until the guard is dropped, and its clock the thread's
    /// if it is a virtual one. Guards are dropped in the reverse order.
    pub fn enter(&self) -> Entered {
        Entered {
            before: current::enter(self.local.clone()),
            _clock: self.clock.as_ref().map(VirtualClock::enter),
        }
    }

    /// Waits until something happens, at most for `timeout` (`None`: without end; zero: only
    /// looks), and wakes whom it concerns: sources first, then timers by deadline. It returns early
    /// without harm.
    ///
    /// Something happens when a source is ready, a deadline has come, or the
    /// [`notifier`](Driver::notifier) was called since the last turn. A panic of a waker is
    /// reported, and the turn goes on.
    ///
    /// # Errors
    ///
    /// Those of the system's wait, which are faults of the program (the descriptor was closed), and
    /// in a forked child, where the driver is of no use.
    pub fn turn(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        if !self.shared().is_ours() {
            return Err(io::Error::other("this driver belongs to the parent of a forked process"));
        }
        // Who has woken somebody has no reason to wait.
        let timeout = if self.read_messages() { Some(Duration::ZERO) } else { timeout };
        let waited = self.wait(timeout);
        // Also after an error: the next turn must not find the driver asleep.
        self.shared().parking.wake_up();
        waited?;
        let now = self.now();
        clock::set_turn_nanos(Some(now));
        self.deliver_events();
        self.read_messages();
        self.fire_timers(now);
        if self.hosted { self.hand_over() } else { Ok(()) }
    }

    /// [`turn`](Driver::turn) without waiting, for a loop that has something to run and has just read
    /// the time of its [turn](clock::set_turn_nanos). Makes no system call where no source is registered.
    ///
    /// # Errors
    ///
    /// As `turn`.
    pub fn look(&mut self) -> io::Result<()> {
        let shared = self.shared();
        if self.hosted || shared.has_sources() || !shared.inbox.is_empty() {
            return self.look_outside();
        }
        let due = self.local.timers.borrow().due(self.turn_now());
        if due { self.look_outside() } else { Ok(()) }
    }

    /// The part of a look that may find something.
    #[inline(never)]
    fn look_outside(&mut self) -> io::Result<()> {
        if !self.shared().is_ours() {
            return self.turn(Some(Duration::ZERO));
        }
        self.read_messages();
        if self.shared().has_sources() || self.hosted {
            let looked = self.poll(Some(Duration::ZERO));
            self.shared().parking.wake_up();
            looked?;
            self.deliver_events();
            self.read_messages();
        }
        self.fire_timers(self.turn_now());
        if self.hosted { self.hand_over() } else { Ok(()) }
    }

    /// From now on the host waits.
    fn hand_over(&self) -> io::Result<()> {
        // It reckons by itself when to come, perhaps later than any time known here, so it is told
        // of every timer that is set from now on.
        let all_read = self.shared().inbox.sleep_until(u64::MAX);
        // Notified within the turn: the host must not sleep on it.
        if !self.shared().parking.fall_asleep() || !all_read {
            self.shared().poller.notify()?;
        }
        Ok(())
    }

    /// When a turn is due at the latest, on the driver's clock; `None` without timers.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.local.timers.borrow().next_deadline().map(clock::at_nanos)
    }

    /// Whether nothing outside can make a task ready: no source is registered and no timer is set.
    pub fn is_idle(&self) -> bool {
        !self.shared().has_sources()
            && self.shared().inbox.is_empty()
            && self.local.timers.borrow().wheel.is_empty()
    }

    /// Wakes the driver from any thread: the turn that waits, or the next one, does not wait.
    /// Free of system calls while the driver does not sleep.
    pub fn notifier(&self) -> Waker {
        Waker::from(self.shared().clone())
    }

    /// For a host that owns the thread and waits itself. From now on a notification between turns
    /// makes the [descriptor](AsFd::as_fd) readable. The host waits for that or for
    /// [`next_deadline`](Driver::next_deadline), then calls `turn(Some(Duration::ZERO))`.
    pub fn set_hosted(&mut self) -> io::Result<()> {
        if !self.hosted {
            self.hosted = true;
            self.hand_over()?;
        }
        Ok(())
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.local.shared
    }

    /// The time that a look goes by. A virtual clock stands during a turn, so it may be read again.
    #[inline]
    fn turn_now(&self) -> u64 {
        match &self.clock {
            None => clock::turn_nanos(),
            Some(clock) => clock::since_epoch(clock.now()),
        }
    }

    /// The time on the driver's clock, which need not be the thread's.
    fn now(&self) -> u64 {
        match &self.clock {
            None => clock::now_nanos(),
            Some(clock) => clock::since_epoch(clock.now()),
        }
    }
}

impl AsFd for Driver {
    /// Readable when a turn has something to do. See [`set_hosted`](Driver::set_hosted).
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.local.shared.poller.as_fd()
    }
}
