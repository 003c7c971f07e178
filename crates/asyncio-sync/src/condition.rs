//! Waiting for a change of what a lock protects.

mod wait_for;

pub use wait_for::ConditionWaitFor;

use crate::confine::{Confinement, ThreadSafe};
use crate::lock::{LockFuture, LockGuard};
use crate::waiters::{Lists, Owed, Role, Standing, WaitCell, Waiter};
use asyncio_context::{TaskId, WaitKind};
use pin_project_lite::pin_project;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Lets tasks wait for a change of what a [`Lock`](crate::Lock) protects. asyncio: `Condition`.
///
/// Where asyncio's condition has its lock inside, this one stands beside it, as in `std::sync`: a
/// wait takes the guard, and gives it back when it ends. Several conditions may be used with one
/// lock. Not waiting without the lock, and holding it after each wait, are then a matter of types;
/// a wait that is cancelled is dropped and holds nothing.
///
/// ```
/// use asyncio_sync::{Condition, Lock};
///
/// static JOBS: Lock<Vec<&str>> = Lock::new(Vec::new());
/// static MORE: Condition = Condition::new();
///
/// let worker = std::thread::spawn(|| {
///     futures_lite::future::block_on(async {
///         let mut jobs = MORE.wait_for(JOBS.lock().await, |jobs| !jobs.is_empty()).await;
///         jobs.pop()
///     })
/// });
/// futures_lite::future::block_on(async {
///     JOBS.lock().await.push("sweep");
///     MORE.notify(1);
/// });
/// assert_eq!(worker.join().unwrap(), Some("sweep"));
/// ```
// The cell's address is the condition's: `Anchor::address`.
#[repr(C)]
pub struct Condition<R: Confinement = ThreadSafe> {
    /// The state is the number of the next waiter.
    cell: WaitCell<usize, R, 1>,
}

impl<R: Confinement> Condition<R> {
    /// A condition that nobody waits for.
    pub const fn new() -> Condition<R> {
        Condition { cell: WaitCell::new(0) }
    }

    /// Releases the lock, waits until notified, waits for the lock again and gives its guard back.
    ///
    /// As with every condition the caller looks again at what it waits for: others may have had the
    /// lock since. [`wait_for`](Condition::wait_for) does.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped does not hold the lock. A notification that it had received goes to
    /// the next waiter, also if it was waiting for the lock already.
    #[track_caller]
    pub fn wait<'a, T: ?Sized>(&'a self, guard: LockGuard<'a, T, R>) -> ConditionFuture<'a, T, R> {
        self.wait_at(guard, Location::caller())
    }

    fn wait_at<'a, T: ?Sized>(
        &'a self,
        guard: LockGuard<'a, T, R>,
        at: &'static Location<'static>,
    ) -> ConditionFuture<'a, T, R> {
        let lock = LockFuture::new(LockGuard::source(&guard), at);
        let wait = Waiter::new(&self.cell, Listener, at);
        ConditionFuture { cell: &self.cell, stage: Stage::Held { _guard: guard }, wait, lock }
    }

    /// Waits until `predicate` holds; returns at once, with the lock held all the time, if it does.
    ///
    /// # Cancel safety
    ///
    /// As [`wait`](Condition::wait).
    #[track_caller]
    pub fn wait_for<'a, T: ?Sized, P>(
        &'a self,
        guard: LockGuard<'a, T, R>,
        predicate: P,
    ) -> ConditionWaitFor<'a, T, P, R>
    where
        P: FnMut(&mut T) -> bool,
    {
        ConditionWaitFor::new(self, guard, predicate, Location::caller())
    }

    /// Wakes the `n` tasks that have waited longest, or all if there are fewer. They go on one after
    /// the other, once they have the lock. Nothing is remembered for those who come later.
    ///
    /// asyncio requires that the caller holds the lock. Here it may have released it, but must have
    /// held it while it changed what is waited for, or a task that looked before may miss it.
    pub fn notify(&self, n: usize) {
        if n == 0 {
            return;
        }
        let next = self.cell.with(|next, _| *next);
        Owed::Before { list: 0, tag: next, count: n }.pay(&&self.cell);
    }

    /// Wakes all who wait.
    pub fn notify_all(&self) {
        self.notify(usize::MAX);
    }

    /// The tasks that wait to be notified, in order; `None` stands for a future outside any task.
    pub fn waiting_tasks(&self) -> Vec<Option<TaskId>> {
        self.cell.tasks(0)
    }
}

/// One who waits to be notified.
struct Listener;

impl<R: Confinement> Role<&WaitCell<usize, R, 1>> for Listener {
    const LIST: usize = 0;

    fn kind(&self) -> WaitKind {
        WaitKind::Condition
    }

    fn tag(&mut self, next: &mut usize) -> usize {
        *next += 1;
        *next - 1
    }

    fn gone(
        &mut self,
        _: &&WaitCell<usize, R, 1>,
        _: &mut usize,
        lists: &mut Lists<'_, R>,
        notified: bool,
    ) -> Owed {
        if notified { lists.notify(0).into() } else { Owed::Nobody }
    }
}

enum Stage<'a, T: ?Sized, R: Confinement> {
    /// Not polled yet.
    Held {
        _guard: LockGuard<'a, T, R>,
    },
    /// In the list of the condition.
    Listening,
    /// Was notified, and waits for the lock. Owes the notification to others if it is dropped.
    Locking,
    Done,
}

pin_project! {
    /// The future of [`Condition::wait`].
    #[must_use = "futures do nothing unless polled"]
    pub struct ConditionFuture<'a, T, R = ThreadSafe>
    where
        T: ?Sized,
        R: Confinement,
    {
        cell: &'a WaitCell<usize, R, 1>,
        stage: Stage<'a, T, R>,
        #[pin]
        wait: Waiter<&'a WaitCell<usize, R, 1>, Listener>,
        #[pin]
        lock: LockFuture<'a, T, R>,
    }

    impl<T, R> PinnedDrop for ConditionFuture<'_, T, R>
    where
        T: ?Sized,
        R: Confinement,
    {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if matches!(this.stage, Stage::Locking) {
                Owed::from(this.cell.with(|_, lists| lists.notify(0))).pay(this.cell);
            }
        }
    }
}

impl<'a, T: ?Sized, R: Confinement> Future for ConditionFuture<'a, T, R> {
    type Output = LockGuard<'a, T, R>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if !matches!(this.stage, Stage::Locking) {
            assert!(!matches!(this.stage, Stage::Done), "a wait was polled after it was done");
            let notified = this
                .wait
                .poll(cx, |(_, _, standing), _, _| (standing == Standing::Notified).then_some(()));
            if notified.is_pending() {
                // Released now that the waiter is in the list: who takes the lock next finds it.
                let before = std::mem::replace(this.stage, Stage::Listening);
                drop(before);
                return Poll::Pending;
            }
            *this.stage = Stage::Locking;
        }
        let guard = ready!(this.lock.poll(cx));
        *this.stage = Stage::Done;
        Poll::Ready(guard)
    }
}

impl<R: Confinement> Default for Condition<R> {
    fn default() -> Condition<R> {
        Condition::new()
    }
}

impl<R: Confinement> fmt::Debug for Condition<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condition").field("waiters", &self.cell.tasks(0).len()).finish()
    }
}
