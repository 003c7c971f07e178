//! Tools for tests of futures: what happens when one is dropped, at each moment at which it can be.

mod coverage;

pub use coverage::assert_every_wait_is_dropped;

use coverage::note_victim;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};

/// More polls than this, and the future is taken for one that never ends.
const MANY: usize = 1_000;

/// Runs `scenario` again and again, and drops the future that it names the
/// [`victim`](Drops::victim) each time at another moment: in place of its first poll, of its second
/// ..., and right after its first poll, its second ..., until it ends by itself. Gives the number of
/// drops.
///
/// A future is cancelled by being dropped, as the loser of a `select!`, by a timeout, with the task
/// that awaits it. What others need must not go with it: the item it had taken, the permit it was
/// handed, the notification it was woken by. The scenario has others who wait as well, and asserts at
/// its end that they got what was there. In place of a poll means: after it was woken, so it may own
/// something already; after a poll means: while it stands in a line.
///
/// ```
/// use asyncio_context::testing::drop_at_every_poll;
/// use futures_lite::future::{block_on, yield_now};
/// use std::cell::Cell;
///
/// // Takes an apple, but thinks before it eats it.
/// async fn eat(apples: &Cell<u32>) {
///     apples.set(apples.get() - 1);
///     yield_now().await;
/// }
///
/// let lost = Cell::new(0);
/// let drops = drop_at_every_poll(|drops| {
///     let apples = Cell::new(3);
///     let eaten = block_on(drops.victim(eat(&apples))).is_some();
///     // A good future would have put it back: nothing is lost.
///     lost.set(lost.get() + 3 - apples.get() - u32::from(eaten));
/// });
/// // Before the first poll, before the second, and after the first, when the apple is gone.
/// assert_eq!((drops, lost.get()), (3, 2));
/// ```
///
/// # Panics
///
/// If a run ends while the victim is neither over nor dropped, names no victim or two, or polls it
/// 1,000 times; and as `scenario` does, after a line on standard error that names the moment.
#[track_caller]
pub fn drop_at_every_poll(mut scenario: impl FnMut(&Drops)) -> usize {
    let mut count = 0;
    for moment in [Moment::Before as fn(usize) -> Moment, Moment::After] {
        for n in 1.. {
            assert!(n < MANY, "the victim does not end");
            let drops = Drops { moment: moment(n), state: Arc::default() };
            let told = Tell(drops.moment);
            scenario(&drops);
            std::mem::forget(told);
            match drops.state.load(Relaxed) {
                NONE => panic!("the scenario named no victim"),
                ENDED => break,
                DROPPED => count += 1,
                _ => panic!("the scenario is over and its victim still waits ({})", drops.moment),
            }
        }
    }
    count
}

const NONE: usize = 0;
const WAITS: usize = 1;
const DROPPED: usize = 2;
const ENDED: usize = 3;

/// When the victim of this run is dropped.
#[derive(Clone, Copy, Debug)]
enum Moment {
    Before(usize),
    After(usize),
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Moment::Before(n) => write!(f, "in place of poll {n}"),
            Moment::After(n) => write!(f, "after poll {n}"),
        }
    }
}

/// Says when the victim was to be dropped in a run that failed.
struct Tell(Moment);

impl Drop for Tell {
    fn drop(&mut self) {
        eprintln!("the victim of this run was to be dropped {}", self.0);
    }
}

/// One run of [`drop_at_every_poll`].
#[derive(Debug)]
pub struct Drops {
    moment: Moment,
    state: Arc<AtomicUsize>,
}

impl Drops {
    /// Makes the future that is to be dropped; one in a run. It may be polled on any thread.
    ///
    /// # Panics
    ///
    /// If the run has one already.
    #[track_caller]
    pub fn victim<F: Future>(&self, future: F) -> Victim<F> {
        let before = self.state.swap(WAITS, Relaxed);
        assert_eq!(before, NONE, "a run has one victim");
        note_victim::<F>();
        Victim {
            future: Some(Box::pin(future)),
            passed_on: None,
            polls: 0,
            moment: self.moment,
            state: self.state.clone(),
        }
    }

    /// [`victim`](Drops::victim), of a future that takes with it all wakers that it was given. Not for
    /// one whose wakers may be in use on another thread when it is dropped.
    ///
    /// # Panics
    ///
    /// As that; and the future does, when it has dropped this one and somebody still has a waker
    /// of it.
    #[track_caller]
    pub fn victim_without_trace<F: Future>(&self, future: F) -> Victim<F> {
        Victim { passed_on: Some(Arc::new(PassedOn(Waker::noop().clone()))), ..self.victim(future) }
    }
}

/// The waker of a victim, which can be told from all others.
struct PassedOn(Waker);

impl Wake for PassedOn {
    fn wake(self: Arc<Self>) {
        self.0.wake_by_ref();
    }
}

/// The future of [`Drops::victim`]: `None`, when it was dropped.
#[must_use = "futures do nothing unless polled"]
pub struct Victim<F> {
    future: Option<Pin<Box<F>>>,
    /// Given to it in place of the task's own waker.
    passed_on: Option<Arc<PassedOn>>,
    polls: usize,
    moment: Moment,
    state: Arc<AtomicUsize>,
}

impl<F: Future> Future for Victim<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.polls += 1;
        assert!(this.polls < MANY, "the victim does not end");
        let Some(future) = &mut this.future else { panic!("a victim was polled after its end") };
        if let Some(passed_on) = &mut this.passed_on
            && !passed_on.0.will_wake(cx.waker())
        {
            *passed_on = Arc::new(PassedOn(cx.waker().clone()));
        }
        if !matches!(this.moment, Moment::Before(n) if n == this.polls) {
            let polled = match this.passed_on.clone().map(Waker::from) {
                Some(waker) => future.as_mut().poll(&mut Context::from_waker(&waker)),
                None => future.as_mut().poll(cx),
            };
            if let Poll::Ready(output) = polled {
                this.state.store(ENDED, Relaxed);
                this.end();
                return Poll::Ready(Some(output));
            }
        }
        let (Moment::Before(n) | Moment::After(n)) = this.moment;
        if n != this.polls {
            return Poll::Pending;
        }
        this.state.store(DROPPED, Relaxed);
        this.end();
        Poll::Ready(None)
    }
}

impl<F> Victim<F> {
    fn end(&mut self) {
        self.future = None;
        if let Some(passed_on) = self.passed_on.take() {
            let left = Arc::strong_count(&passed_on) - 1;
            assert_eq!(left, 0, "a waker of the victim is still there, of poll {}", self.polls);
        }
    }
}

impl<F> fmt::Debug for Victim<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Victim").field("polls", &self.polls).field("moment", &self.moment).finish()
    }
}
