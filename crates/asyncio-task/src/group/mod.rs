//! Groups of tasks that end together.

mod adopted;
mod child;
mod child_error;
mod children;
mod confinement;
mod handle;
mod inline;
mod run;
mod scope;
mod slot;

pub use child::{Child, ChildJoining, ChildWatch};
pub use child_error::ChildError;
pub use confinement::{Confinement, LoopLocal, ThreadSafe};
pub use handle::Group;
pub use run::Run;

use crate::BoxError;

/// Tasks that belong together: they end before the group does, and one failure ends them all.
///
/// [`run`](TaskGroup::run) gives the body a [`Group`] to make children with and returns when the
/// body and every child have ended. Because the group's own future polls them, children may borrow
/// what stood before the group. The first one that fails or panics cancels the others and the
/// running body, whose clean-ups are waited for; then the failures come back as one
/// [`ExceptionGroup`](crate::ExceptionGroup). A child that was cancelled is not a failure.
///
/// A request from outside meets the body first, with its clean-ups, and then the children. If a
/// child fails meanwhile, that failure is returned and the request interrupts the next suspension
/// (TGR-13).
///
/// For children that are not `Send`, use [`local::TaskGroup`](crate::local::TaskGroup).
///
/// asyncio: `TaskGroup`.
///
/// ```
/// use asyncio_task::TaskGroup;
///
/// # futures_lite::future::block_on(async {
/// let (words, mut hits) = (["12".to_string(), "30".to_string()], vec![0]);
/// let (a, b) = TaskGroup::run(async |g| {
///     g.create_task(async { hits.push(1) });
///     (g.create_task(async { words[0].len() }), g.create_task(async { words[1].parse::<u8>() }))
/// })
/// .await?;
/// assert_eq!((a.result()?, b.result()?, hits), (2, 30, vec![0, 1]));
/// # Ok::<_, asyncio_task::BoxError>(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct TaskGroup(());

impl TaskGroup {
    /// Runs `body` with a group of its own, and waits for all that it made.
    ///
    /// # Errors
    ///
    /// What the children failed with.
    ///
    /// # Panics
    ///
    /// With the body's panic, when the children have been cancelled and are over.
    #[track_caller]
    pub fn run<'e, F, Fut>(body: F) -> Run<'e, Fut, Fut::Output>
    where
        F: FnOnce(Group<'e>) -> Fut,
        Fut: Future,
    {
        Run::new(body, Ok)
    }

    /// [`run`](TaskGroup::run) for a body with `?`: its error ends the group like a child's, and
    /// stands last.
    ///
    /// # Errors
    ///
    /// What the children and the body failed with.
    ///
    /// # Panics
    ///
    /// With the body's panic.
    #[track_caller]
    pub fn try_run<'e, R, F, Fut>(body: F) -> Run<'e, Fut, R>
    where
        F: FnOnce(Group<'e>) -> Fut,
        Fut: Future<Output = Result<R, BoxError>>,
    {
        Run::new(body, std::convert::identity)
    }
}
