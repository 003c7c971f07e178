use crate::woken::{Part, Woken};
use asyncio_context::{JoinError, WaitKind, waiting};
use asyncio_reactor::{Sleep, sleep};
use std::collections::VecDeque;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// When [`wait`] returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum ReturnWhen {
    /// When at least one task is over.
    FirstCompleted,
    /// When one has failed, else when all are over. A panic counts, and an `Err` where
    /// [`Wait::errors_count`] was called; a cancelled task does not (WAI-10).
    FirstException,
    /// When all are over.
    #[default]
    AllCompleted,
}

/// A task that is over, with its result: what [`wait`] gives first.
#[derive(Debug)]
pub struct Finished<H, R> {
    /// The handle, its result taken.
    pub task: H,
    /// The result.
    pub result: R,
}

/// Waits for tasks without touching them: none is cancelled, neither by the end of the waiting nor
/// by its cancellation. Gives those that are over, with their results, and those that are not.
///
/// It takes the handles ([`Task`](asyncio_executor::Task),
/// [`SharedTask`](asyncio_executor::SharedTask), [`Child`](crate::Child)), and gives them back; a
/// handle is anything whose `&mut` is a future that loses nothing when it is dropped. With a
/// [limit of time](Wait::timeout) it returns with the state as it is then (WAI-11). It suspends at
/// least once (WAI-14). Without tasks it returns nothing and nothing.
///
/// asyncio: `wait`.
///
/// # Cancel safety
///
/// A request interrupts the waiting alone, and drops the handles with it: the tasks go on, detached.
/// Pass `&mut` handles to keep them.
///
/// ```
/// use asyncio_executor::{LocalExecutor, ThreadPark, create_task};
/// use asyncio_task::{ReturnWhen, wait};
///
/// LocalExecutor::new().run_until(async {
///     let tasks = [create_task(async { 1 }), create_task(std::future::pending())];
///     let (done, pending) = wait(tasks, ReturnWhen::FirstCompleted).await;
///     assert_eq!(*done[0].result.as_ref().unwrap(), 1);
///     assert_eq!(pending.len(), 1);
/// }, &mut ThreadPark::new()).unwrap();
/// ```
#[track_caller]
pub fn wait<I, R>(tasks: I, when: ReturnWhen) -> Wait<I::Item, R>
where
    I: IntoIterator,
    for<'a> &'a mut I::Item: Future<Output = R> + Unpin,
    R: Panicked,
{
    let woken = Arc::default();
    let mut batch = VecDeque::new();
    let watched = |(n, task)| {
        batch.push_back(n);
        let part = Part::new(n, &woken);
        Watched { waker: Waker::from(part.clone()), part, task, result: None }
    };
    let tasks: Vec<_> = tasks.into_iter().enumerate().map(watched).collect();
    Wait {
        left: tasks.len(),
        tasks,
        when,
        failed: R::panicked,
        woken,
        batch,
        timer: None,
        yielded: false,
        enough: false,
        at: Location::caller(),
    }
}

/// What can say whether it is the result of a task that failed.
pub trait Panicked {
    /// Whether the task panicked.
    fn panicked(&self) -> bool;
}

impl<T> Panicked for Result<T, JoinError> {
    fn panicked(&self) -> bool {
        matches!(self, Err(error) if error.is_panic())
    }
}

impl<T> Panicked for Result<T, crate::ChildError> {
    fn panicked(&self) -> bool {
        matches!(self, Err(error) if error.is_panic() || error.is_failed())
    }
}

/// The future of [`wait`].
///
/// # Cancel safety
///
/// A request interrupts the waiting alone. Dropped, it drops the handles: the tasks go on, detached.
/// Given `&mut` handles it takes no results with it, but those of tasks that it has seen end.
#[must_use = "futures do nothing unless awaited"]
pub struct Wait<H, R> {
    tasks: Vec<Watched<H, R>>,
    when: ReturnWhen,
    failed: fn(&R) -> bool,
    left: usize,
    woken: Arc<Woken>,
    batch: VecDeque<usize>,
    timer: Option<Sleep>,
    yielded: bool,
    enough: bool,
    at: &'static Location<'static>,
}

struct Watched<H, R> {
    task: H,
    result: Option<R>,
    part: Arc<Part>,
    waker: Waker,
}

impl<H, R> Wait<H, R> {
    /// Waits for at most `limit`, from now.
    pub fn timeout(mut self, limit: impl Into<Option<Duration>>) -> Wait<H, R> {
        self.timer = limit.into().map(sleep);
        self
    }
}

impl<H, T, E> Wait<H, Result<Result<T, E>, JoinError>> {
    /// Has an `Err` that a task returns count as its failure, for
    /// [`ReturnWhen::FirstException`].
    pub fn errors_count(mut self) -> Self {
        self.failed = |result| match result {
            Ok(value) => value.is_err(),
            Err(error) => error.is_panic(),
        };
        self
    }
}

impl<H, R> Wait<H, R>
where
    for<'a> &'a mut H: Future<Output = R> + Unpin,
{
    /// Looks at those that were woken; all of them, so that what ended together is told together
    /// (WAI-13).
    fn look(&mut self) {
        self.woken.take(&mut self.batch);
        while let Some(n) = self.batch.pop_front() {
            let watched = &mut self.tasks[n];
            if watched.result.is_some() {
                continue;
            }
            watched.part.begin();
            let mut task = &mut watched.task;
            let polled = Pin::new(&mut task).poll(&mut Context::from_waker(&watched.waker));
            let Poll::Ready(result) = polled else { continue };
            watched.part.end();
            self.left -= 1;
            self.enough |= match self.when {
                ReturnWhen::FirstCompleted => true,
                ReturnWhen::FirstException => (self.failed)(&result),
                ReturnWhen::AllCompleted => false,
            };
            watched.result = Some(result);
        }
    }

    fn sort(&mut self) -> (Vec<Finished<H, R>>, Vec<H>) {
        let (mut done, mut pending) = (Vec::new(), Vec::new());
        for Watched { task, result, .. } in self.tasks.drain(..) {
            match result {
                Some(result) => done.push(Finished { task, result }),
                None => pending.push(task),
            }
        }
        (done, pending)
    }
}

/// The tasks that are not over keep the wakers of their parts, but not that of who waited (WAI-17).
impl<H, R> Drop for Wait<H, R> {
    fn drop(&mut self) {
        self.woken.forget();
    }
}

impl<H, R> Unpin for Wait<H, R> {}

impl<H, R> Future for Wait<H, R>
where
    for<'a> &'a mut H: Future<Output = R> + Unpin,
{
    type Output = (Vec<Finished<H, R>>, Vec<H>);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.look();
        let first = !std::mem::replace(&mut this.yielded, true);
        let late = match &mut this.timer {
            Some(timer) => Pin::new(timer).poll(cx).is_ready(),
            None => false,
        };
        let over = this.enough || this.left == 0;
        if over && first && !this.tasks.is_empty() {
            cx.waker().wake_by_ref();
        } else if over || late {
            this.woken.forget();
            return Poll::Ready(this.sort());
        } else {
            this.woken.sleep(cx.waker());
        }
        waiting(WaitKind::Task, this.left, this.at);
        Poll::Pending
    }
}

impl<H, R> fmt::Debug for Wait<H, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait").field("left", &self.left).field("when", &self.when).finish()
    }
}
