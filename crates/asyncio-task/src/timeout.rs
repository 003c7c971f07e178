use crate::TimeoutError;
use crate::deadline::{Deadline, after};
use asyncio_context::tree::{Node, Step};
use asyncio_context::{try_current_task, waiting};
use asyncio_reactor::{Sleep, sleep_until};
use pin_project_lite::pin_project;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Runs `body` for at most `delay`, measured from this call; `None`: for as long as it takes.
///
/// When the time is over, the body is *cancelled*: its clean-ups run to their end, and then the
/// error is returned. So it may take longer than `delay`. The body gets a [`Deadline`] to move it.
/// A body that completes all the same (it swallowed the request) has its value returned, and one
/// that never suspends completes whatever the delay (TMO-7).
///
/// A timeout that expires is not an error where somebody around it was asked to stop as well: the
/// unwinding goes on outwards. Timeouts nest by the same rule: where two expire together, the
/// outer one is the error.
///
/// asyncio: `timeout`.
///
/// # Errors
///
/// [`TimeoutError`], when the body was unwound by the expiry.
///
/// # Cancel safety
///
/// A request from outside cancels the body.
///
/// ```no_run
/// # use asyncio_task::{sleep, timeout};
/// # use std::time::Duration;
/// # async fn f() {
/// let slow = timeout(Duration::from_millis(10), async |_| sleep(Duration::from_secs(60)).await);
/// assert!(slow.await.is_err());
/// # }
/// ```
pub fn timeout<F, Fut>(delay: impl Into<Option<Duration>>, body: F) -> Timeout<Fut>
where
    F: FnOnce(Deadline) -> Fut,
    Fut: Future,
{
    timeout_at(after(delay.into()), body)
}

/// [`timeout`] with a point in time: see there. One that lies in the past expires at the body's
/// first suspension.
///
/// asyncio: `timeout_at`.
pub fn timeout_at<F, Fut>(at: impl Into<Option<Instant>>, body: F) -> Timeout<Fut>
where
    F: FnOnce(Deadline) -> Fut,
    Fut: Future,
{
    let at = at.into();
    let deadline = Deadline::new(at);
    let body = body(deadline.clone());
    Timeout::new(body, at, Some(deadline))
}

pin_project! {
    /// A body with a deadline: the future of [`timeout`], [`timeout_at`] and
    /// [`wait_for`](crate::wait_for).
    ///
    /// # Cancel safety
    ///
    /// A request from outside cancels the body, whose clean-ups run. Dropped by foreign code, it
    /// drops the body.
    #[must_use = "futures do nothing unless awaited"]
    pub struct Timeout<Fut> {
        // Before the body: see `Node`.
        node: Node,
        #[pin]
        body: Option<Fut>,
        limit: Limit,
    }
}

/// When the time is over.
struct Limit {
    at: Option<Instant>,
    /// Made when the body first suspends: one that never does costs no timer.
    timer: Option<Sleep>,
    /// Absent where nobody was given it.
    deadline: Option<Deadline>,
    moves: u64,
    phase: Phase,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The body has not been polled.
    New,
    /// It has not been polled, and will not be: the time was over before (WFR-8).
    Stillborn,
    Running,
    Expired,
    /// The future has given its result, or never will.
    Over,
}

impl<Fut> Timeout<Fut> {
    pub(crate) fn new(body: Fut, at: Option<Instant>, deadline: Option<Deadline>) -> Timeout<Fut> {
        let limit = Limit { at, timer: None, deadline, moves: 0, phase: Phase::New };
        Timeout { node: Node::stop(), body: Some(body), limit }
    }

    /// A timeout that is over before its body begins.
    pub(crate) fn stillborn(body: Fut) -> Timeout<Fut> {
        let mut timeout = Timeout::new(body, None, None);
        timeout.limit.phase = Phase::Stillborn;
        timeout
    }
}

impl Limit {
    /// Whether the time is over; if not, the task is woken when it is.
    fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        if let Some(deadline) = &self.deadline {
            // The waker first: a move on another thread is seen here, or wakes us.
            deadline.keep(cx.waker());
            let (at, moves) = deadline.look();
            if moves != self.moves {
                (self.at, self.moves) = (at, moves);
                match (&mut self.timer, at) {
                    (Some(timer), Some(at)) => timer.reset(at),
                    (timer, _) => *timer = None,
                }
            }
        }
        let Some(at) = self.at else { return false };
        match &mut self.timer {
            Some(timer) => Pin::new(timer).poll(cx).is_ready(),
            None => {
                let timer = self.timer.insert(sleep_until(at));
                Pin::new(&mut *timer).poll(cx).is_ready() || timer.is_elapsed()
            }
        }
    }

    /// The task was asked to stop when the time was over.
    fn expire(&mut self) {
        self.phase = Phase::Expired;
        if let Some(deadline) = &self.deadline {
            deadline.expire();
        }
    }

    /// The body is over. Says whether the time was before it.
    fn finish(&mut self) -> bool {
        self.timer = None;
        if let Some(deadline) = &self.deadline {
            deadline.finish();
        }
        std::mem::replace(&mut self.phase, Phase::Over) == Phase::Expired
    }
}

impl<Fut: Future> Future for Timeout<Fut> {
    type Output = Result<Fut::Output, TimeoutError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let limit = this.limit;
        match limit.phase {
            Phase::Running => {
                if limit.poll(cx) {
                    limit.expire();
                    this.node.request(None);
                }
            }
            Phase::New | Phase::Expired => {}
            Phase::Stillborn => {
                limit.finish();
                this.body.set(None);
                return Poll::Ready(Err(TimeoutError::new()));
            }
            Phase::Over => return Poll::Pending,
        }
        let body = &mut this.body;
        let step = this.node.poll(cx, |cx| {
            let body = body.as_mut().as_pin_mut();
            body.expect("the body is there until the timeout is over").poll(cx)
        });
        match step {
            Step::Ready(value) => {
                limit.finish();
                this.body.set(None);
                Poll::Ready(Ok(value))
            }
            Step::Pending => {
                if limit.phase == Phase::New {
                    limit.phase = Phase::Running;
                    // The timer is not what the task waits for.
                    let waits = try_current_task().and_then(|task| task.waits_for());
                    if limit.poll(cx) {
                        // Over already: the next poll, which is at once, cancels the body.
                        cx.waker().wake_by_ref();
                    }
                    if let Some(wait) = waits {
                        waiting(wait.kind, wait.resource, wait.at);
                    }
                }
                Poll::Pending
            }
            Step::Act => {
                this.body.set(None);
                if limit.finish() && !this.node.outside() {
                    this.node.act().swallow();
                    return Poll::Ready(Err(TimeoutError::new()));
                }
                this.node.unwind();
                Poll::Pending
            }
        }
    }
}

impl<Fut> fmt::Debug for Timeout<Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout")
            .field("when", &self.limit.at)
            .field("expired", &(self.limit.phase == Phase::Expired))
            .finish_non_exhaustive()
    }
}
