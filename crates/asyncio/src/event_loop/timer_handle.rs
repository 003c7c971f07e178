//! Callbacks at a time.

use super::LoopRef;
use asyncio_context::report::{Report, report};
use asyncio_context::{Context as Variables, panic_text};
use asyncio_reactor::{Sleep, sleep_until};
use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

/// A callback that a loop was asked to call at a time. Dropping the handle changes nothing.
///
/// Handles are ordered by their time (LL22-2). asyncio: `asyncio.TimerHandle`.
///
/// ```
/// use asyncio::{get_running_loop, now, sleep};
/// use std::time::Duration;
///
/// asyncio::run_virtual(async {
///     let handle = get_running_loop().call_later(Duration::from_secs(5), || unreachable!());
///     assert_eq!(handle.when(), Some(now() + Duration::from_secs(5)));
///     handle.cancel();
///     sleep(Duration::from_secs(9)).await;
/// });
/// ```
#[derive(Clone)]
pub struct TimerHandle(Rc<TimedCall>);

struct TimedCall {
    when: Option<Instant>,
    function: Cell<Option<Box<dyn FnOnce()>>>,
    /// The variables it is called with.
    context: Cell<Variables>,
    made_at: &'static Location<'static>,
    cancelled: Cell<bool>,
    /// Of the future that waits for the time.
    waker: RefCell<Option<Waker>>,
}

#[track_caller]
pub(super) fn schedule(
    event_loop: &LoopRef,
    context: Variables,
    when: Option<Instant>,
    function: impl FnOnce() + 'static,
) -> TimerHandle {
    let call = Rc::new(TimedCall {
        when,
        function: Cell::new(Some(Box::new(function))),
        context: Cell::new(context),
        made_at: Location::caller(),
        cancelled: Cell::new(false),
        waker: RefCell::new(None),
    });
    // Polled now, it is in the wheel before the next look at it (LL19-2). Never ready in its first poll.
    event_loop.spawn_hidden_now(CallAt { call: call.clone(), sleep: when.map(sleep_until) });
    TimerHandle(call)
}

/// Waits for the time and makes the call.
struct CallAt {
    call: Rc<TimedCall>,
    sleep: Option<Sleep>,
}

impl Future for CallAt {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.call.cancelled.get() {
            return Poll::Ready(());
        }
        let due = self.sleep.as_mut().is_some_and(|sleep| Pin::new(sleep).poll(cx).is_ready());
        if !due {
            let before = self.call.waker.replace(Some(cx.waker().clone()));
            drop(before);
            return Poll::Pending;
        }
        self.call.make();
        Poll::Ready(())
    }
}

impl TimedCall {
    /// A panic is reported as that of any callback, and with its variables.
    fn make(&self) {
        let Some(function) = self.function.take() else { return };
        let mut context = self.context.take();
        context.run(|| {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(function)) {
                let text = panic_text(&*payload).unwrap_or("a value without text").to_owned();
                report(Report::new("a callback panicked").error(text).location(self.made_at));
            }
        });
    }
}

impl TimerHandle {
    /// The callback is not called, and dropped here, unless it was called already.
    pub fn cancel(&self) {
        self.0.cancelled.set(true);
        let waker = self.0.waker.take();
        drop((self.0.function.take(), self.0.context.take()));
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whether [`cancel`](TimerHandle::cancel) was called, in time or not (LL21-2).
    pub fn cancelled(&self) -> bool {
        self.0.cancelled.get()
    }

    /// When it is due; `None` for never. asyncio: `when()`.
    pub fn when(&self) -> Option<Instant> {
        self.0.when
    }
}

impl PartialEq for TimerHandle {
    fn eq(&self, other: &TimerHandle) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// By time; one that is never due comes last.
impl PartialOrd for TimerHandle {
    fn partial_cmp(&self, other: &TimerHandle) -> Option<Ordering> {
        match (self.0.when, other.0.when) {
            _ if self == other => Some(Ordering::Equal),
            (Some(a), Some(b)) if a == b => None,
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            (None, None) => None,
            (None, Some(_)) => Some(Ordering::Greater),
            (Some(_), None) => Some(Ordering::Less),
        }
    }
}

impl fmt::Debug for TimerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimerHandle")
            .field("when", &self.0.when)
            .field("cancelled", &self.cancelled())
            .finish()
    }
}
