use crate::ask::ask;
use crate::gather::Member;
use crate::woken::{Part, TURN, Woken};
use asyncio_context::tree::{Node, Step};
use asyncio_context::{JoinError, Message, WaitKind, waiting};
use asyncio_executor::Waitable;
use asyncio_reactor::{Sleep, sleep};
use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Starts attempts one after the other until one succeeds: the next when the latest has failed, or
/// when `delay` has passed since it began, whichever is first. With `None` only a failure starts the
/// next.
///
/// The iterator is asked for an attempt when its time has come, and not before. The first to return
/// `Ok` wins; the others are cancelled, and waited for. Every attempt is a task of its own that the
/// returned future polls, so it may borrow. One that panics or is cancelled by itself counts as
/// failed.
///
/// This is how a connection is made to a host with several addresses (RFC 8305, "happy eyeballs").
///
/// asyncio: `staggered.staggered_race`.
///
/// # Cancel safety
///
/// A request is passed on to the attempts that run, each time there is one; they are waited for, and
/// none begins any more. Dropped by foreign code, it drops its attempts.
///
/// ```
/// use asyncio_task::staggered_race;
/// use std::time::Duration;
///
/// # futures_lite::future::block_on(async {
/// let addresses = ["out of order", "81", "82"];
/// let attempts = addresses.iter().map(|a| async { a.parse::<u16>() });
/// let race = staggered_race(attempts, Duration::from_millis(250)).await;
/// assert_eq!(race.winner, Some((1, 81)));
/// assert_eq!(race.exceptions.len(), 2); // the third never began
/// assert!(race.exceptions[0].is_some() && race.exceptions[1].is_none());
/// # });
/// ```
#[track_caller]
pub fn staggered_race<I, T, E>(
    attempts: I,
    delay: impl Into<Option<Duration>>,
) -> StaggeredRace<I::IntoIter, <I::Item as Waitable>::Fut, T, E>
where
    I: IntoIterator<Item: Waitable<Output = Result<T, E>>>,
{
    StaggeredRace {
        node: Node::forward(),
        runners: Vec::new(),
        left: 0,
        woken: Arc::default(),
        batch: VecDeque::new(),
        rest: Some(attempts.into_iter()),
        delay: delay.into(),
        timer: None,
        started: false,
        latest_failed: false,
        result: Race { winner: None, exceptions: Vec::new() },
        unwound: false,
        at: Location::caller(),
    }
}

/// How a [`staggered_race`] ended.
#[derive(Debug)]
pub struct Race<T, E> {
    /// The number of the attempt that won, and its value.
    pub winner: Option<(usize, T)>,
    /// One entry for each attempt that began, in order: why it has no value, `None` for the winner.
    pub exceptions: Vec<Option<AttemptError<E>>>,
}

/// Why an attempt in a [`staggered_race`] did not win.
#[derive(Debug)]
pub enum AttemptError<E> {
    /// It returned this error.
    Failed(E),
    /// It was cancelled, as those are that are under way when another wins, or it panicked.
    Ended(JoinError),
    /// It swallowed the request to stop and returned a value when another had won.
    Late,
}

impl<E> AttemptError<E> {
    /// Whether the attempt was cancelled.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, AttemptError::Ended(error) if error.is_cancelled())
    }
}

impl<E: fmt::Display> fmt::Display for AttemptError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AttemptError::Failed(error) => error.fmt(f),
            AttemptError::Ended(error) => error.fmt(f),
            AttemptError::Late => f.write_str("another attempt had won"),
        }
    }
}

impl<E: Error + 'static> Error for AttemptError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            AttemptError::Failed(error) => error.source(),
            AttemptError::Ended(error) => error.source(),
            AttemptError::Late => None,
        }
    }
}

/// The future of [`staggered_race`].
///
/// # Cancel safety
///
/// A request goes to the attempts that run, and all are waited for. Dropped by foreign code, it drops
/// them, and no further one begins.
#[must_use = "futures do nothing unless awaited"]
pub struct StaggeredRace<I, F: Future, T, E> {
    // Before the runners: see `Node`.
    node: Node,
    runners: Vec<Runner<F>>,
    /// How many run.
    left: usize,
    woken: Arc<Woken>,
    batch: VecDeque<usize>,
    /// The attempts to come; gone when there will be no more.
    rest: Option<I>,
    delay: Option<Duration>,
    /// Since the latest attempt began.
    timer: Option<Sleep>,
    started: bool,
    latest_failed: bool,
    result: Race<T, E>,
    unwound: bool,
    at: &'static Location<'static>,
}

struct Runner<F: Future> {
    attempt: Member<F>,
    part: Arc<Part>,
    waker: Waker,
}

impl<I, F, T, E> StaggeredRace<I, F, T, E>
where
    I: Iterator<Item: Waitable<Fut = F>>,
    F: Future<Output = Result<T, E>>,
{
    fn turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.woken.take(&mut self.batch);
        for _ in 0..TURN {
            let Some(n) = self.batch.pop_front() else { break };
            self.poll_runner(n);
        }
        if self.is_due(cx) {
            self.begin_next();
        }
        if self.left == 0 && self.rest.is_none() {
            return Poll::Ready(());
        }
        match self.batch.is_empty() {
            true => self.woken.sleep(cx.waker()),
            false => cx.waker().wake_by_ref(),
        }
        Poll::Pending
    }

    fn poll_runner(&mut self, n: usize) {
        let Runner { attempt, part, waker } = &mut self.runners[n];
        part.begin();
        if attempt.poll(&mut Context::from_waker(waker)).is_none() {
            return;
        }
        part.end();
        self.left -= 1;
        let error = match attempt.take() {
            Some(Ok(Ok(value))) if self.result.winner.is_none() => {
                self.result.winner = Some((n, value));
                self.stop(None);
                return;
            }
            Some(Ok(Ok(_late))) => AttemptError::Late,
            Some(Ok(Err(error))) => AttemptError::Failed(error),
            Some(Err(error)) => AttemptError::Ended(error),
            None => unreachable!("an attempt that has just ended has a result"),
        };
        self.result.exceptions[n] = Some(error);
        self.latest_failed |= n + 1 == self.runners.len();
    }

    /// Whether the next attempt's time has come.
    fn is_due(&mut self, cx: &mut Context<'_>) -> bool {
        if self.rest.is_none() {
            return false;
        }
        let late = match &mut self.timer {
            Some(timer) => Pin::new(timer).poll(cx).is_ready(),
            None => false,
        };
        late || self.latest_failed || !self.started
    }

    /// Its first turn is the next one, as that of a task made now.
    fn begin_next(&mut self) {
        (self.started, self.latest_failed, self.timer) = (true, false, None);
        let Some(next) = self.rest.as_mut().and_then(I::next) else {
            self.rest = None;
            return;
        };
        let n = self.runners.len();
        let part = Part::new(n, &self.woken);
        let waker = Waker::from(part.clone());
        let attempt = Member::of(next, self.at);
        self.runners.push(Runner { attempt, part, waker });
        self.result.exceptions.push(None);
        self.left += 1;
        self.timer = self.delay.map(sleep);
        self.runners[n].waker.wake_by_ref();
    }
}

impl<I, F: Future, T, E> StaggeredRace<I, F, T, E> {
    /// Asks all that run to stop, and begins no more.
    fn stop(&mut self, message: Option<&Message>) {
        (self.rest, self.timer) = (None, None);
        for runner in &self.runners {
            ask(runner.attempt.task(), message);
        }
    }
}

impl<I, F: Future, T, E> Unpin for StaggeredRace<I, F, T, E> {}

impl<I, F, T, E> Future for StaggeredRace<I, F, T, E>
where
    I: Iterator<Item: Waitable<Fut = F>>,
    F: Future<Output = Result<T, E>>,
{
    type Output = Race<T, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Race<T, E>> {
        let this = &mut *self;
        if this.unwound {
            return Poll::Pending;
        }
        let mut node = std::mem::replace(&mut this.node, Node::forward());
        let step = node.poll(cx, |cx| this.turn(cx));
        this.node = node;
        match step {
            Step::Ready(()) if this.node.acted() => {
                this.node.unwind();
                this.unwound = true;
                return Poll::Pending;
            }
            Step::Ready(()) => {
                let empty = Race { winner: None, exceptions: Vec::new() };
                return Poll::Ready(std::mem::replace(&mut this.result, empty));
            }
            Step::Pending => {}
            Step::Act => {
                let message = this.node.message();
                this.stop(message.as_ref());
                // The turn may not have been taken, and who was woken before still waits for it.
                cx.waker().wake_by_ref();
            }
        }
        waiting(WaitKind::Gather, this.left, this.at);
        Poll::Pending
    }
}

impl<I, F: Future, T, E> fmt::Debug for StaggeredRace<I, F, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaggeredRace")
            .field("begun", &self.runners.len())
            .field("running", &self.left)
            .finish()
    }
}
