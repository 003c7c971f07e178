//! What can be waited for with `wait_for`, `gather`, `shield`: futures, and task handles, which are no
//! futures by themselves. These traits stand here because only the crate of the handles may implement
//! them beside a blanket over all futures.

use crate::{Joining, SharedJoining, SharedTask, Task, create_task};
use asyncio_context::JoinError;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What can be waited for with cancellation passed on: any future, and task handles by value.
///
/// ```
/// use asyncio_executor::{LocalExecutor, ThreadPark, Waitable, create_task};
///
/// async fn both<A: Waitable, B: Waitable>(a: A, b: B) -> (A::Output, B::Output) {
///     (a.into_wait().await, b.into_wait().await)
/// }
///
/// LocalExecutor::new().run_until(async {
///     let (a, b) = both(async { 1 }, create_task(async { 2 })).await;
///     assert_eq!(a + b.unwrap(), 3);
/// }, &mut ThreadPark::new()).unwrap();
/// ```
pub trait Waitable {
    /// What the wait yields.
    type Output;
    /// The wait.
    type Fut: Future<Output = Self::Output>;

    /// Whether this is under way already, as a task is and a future that was not polled is not: what
    /// tells the two apart where no time is left to wait (WFR-7, WFR-8).
    const UNDER_WAY: bool = false;

    /// The wait that passes nothing on to what is under way already.
    type Watch: Future<Output = Self::Output>;

    /// The wait for this.
    fn into_wait(self) -> Self::Fut;

    /// The wait for this that leaves a task alone, whatever happens to the wait: for those who watch
    /// several things (`as_completed`).
    fn into_watch(self) -> Self::Watch;
}

impl<F: Future> Waitable for F {
    type Output = F::Output;
    type Fut = F;
    type Watch = F;

    fn into_wait(self) -> F {
        self
    }

    fn into_watch(self) -> F {
        self
    }
}

impl<T> Waitable for Task<T> {
    type Output = Result<T, JoinError>;
    type Fut = Joining<T>;
    type Watch = Shielded<Task<T>>;

    const UNDER_WAY: bool = true;

    #[track_caller]
    fn into_wait(self) -> Joining<T> {
        self.into_future()
    }

    fn into_watch(self) -> Shielded<Task<T>> {
        Shielded(self)
    }
}

impl<T> Waitable for SharedTask<T> {
    type Output = Result<T, JoinError>;
    type Fut = SharedJoining<T>;
    type Watch = Shielded<SharedTask<T>>;

    const UNDER_WAY: bool = true;

    #[track_caller]
    fn into_wait(self) -> SharedJoining<T> {
        self.into_future()
    }

    fn into_watch(self) -> Shielded<SharedTask<T>> {
        Shielded(self)
    }
}

/// What can be shielded: task handles, and futures that own all they use, which become tasks.
///
/// ```
/// use asyncio_executor::{LocalExecutor, Shieldable, ThreadPark};
///
/// LocalExecutor::new().run_until(async {
///     let work = async { 42 }.shield();
///     assert_eq!(work.await.unwrap(), 42);
/// }, &mut ThreadPark::new()).unwrap();
/// ```
pub trait Shieldable {
    /// What the wait yields.
    type Output;
    /// The wait, which passes no cancellation on.
    type Shielded: Future<Output = Self::Output>;

    /// The wait for this that leaves the work alone when it is cancelled or dropped.
    fn shield(self) -> Self::Shielded;
}

impl<F> Shieldable for F
where
    F: Future + 'static,
    F::Output: 'static,
{
    type Output = Result<F::Output, JoinError>;
    type Shielded = Shielded<Task<F::Output>>;

    #[track_caller]
    fn shield(self) -> Self::Shielded {
        Shielded(create_task(self))
    }
}

impl<T> Shieldable for Task<T> {
    type Output = Result<T, JoinError>;
    type Shielded = Shielded<Task<T>>;

    fn shield(self) -> Self::Shielded {
        Shielded(self)
    }
}

impl<T> Shieldable for SharedTask<T> {
    type Output = Result<T, JoinError>;
    type Shielded = Shielded<SharedTask<T>>;

    fn shield(self) -> Self::Shielded {
        Shielded(self)
    }
}

/// Waits for a task without passing a cancellation on.
///
/// # Cancel safety
///
/// Dropped, it detaches the task, which goes on (SHD-3).
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Shielded<H>(H);

impl<T> Future for Shielded<Task<T>> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut &mut self.0).poll(cx)
    }
}

impl<T> Future for Shielded<SharedTask<T>> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut &mut self.0).poll(cx)
    }
}
