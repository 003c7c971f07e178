//! Groups whose children stay on their thread, and need not be `Send`.

use crate::group::{LoopLocal, Run};
use crate::{BoxError, group};

pub use crate::group::Child;

/// What the body of a [`TaskGroup`] makes children with.
pub type Group<'e> = group::Group<'e, LoopLocal>;

/// [`TaskGroup`](crate::TaskGroup) for children that are not `Send`.
///
/// ```
/// use asyncio_task::local::TaskGroup;
/// use std::cell::Cell;
///
/// # futures_lite::future::block_on(async {
/// let sum = Cell::new(0);
/// TaskGroup::run(async |g| {
///     for n in 1..=3 {
///         let sum = &sum;
///         g.create_task(async move { sum.set(sum.get() + n) });
///     }
/// })
/// .await?;
/// assert_eq!(sum.get(), 6);
/// # Ok::<_, asyncio_task::BoxError>(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct TaskGroup(());

impl TaskGroup {
    /// See [`TaskGroup::run`](crate::TaskGroup::run).
    ///
    /// # Errors
    ///
    /// What the children failed with.
    ///
    /// # Panics
    ///
    /// With the body's panic, when the children have been cancelled and are over.
    #[track_caller]
    pub fn run<'e, F, Fut>(body: F) -> Run<'e, Fut, Fut::Output, LoopLocal>
    where
        F: FnOnce(Group<'e>) -> Fut,
        Fut: Future,
    {
        Run::new(body, Ok)
    }

    /// See [`TaskGroup::try_run`](crate::TaskGroup::try_run).
    ///
    /// # Errors
    ///
    /// What the children and the body failed with.
    ///
    /// # Panics
    ///
    /// With the body's panic.
    #[track_caller]
    pub fn try_run<'e, R, F, Fut>(body: F) -> Run<'e, Fut, R, LoopLocal>
    where
        F: FnOnce(Group<'e>) -> Fut,
        Fut: Future<Output = Result<R, BoxError>>,
    {
        Run::new(body, std::convert::identity)
    }
}
