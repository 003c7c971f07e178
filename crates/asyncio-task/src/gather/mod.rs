//! Several awaitables side by side, all waited for.

mod crew;
mod macros;
mod members;
mod results;
mod try_gather;

pub use members::{Member, Members};
pub use results::GatherResults;
pub use try_gather::{TryGather, TryMembers, try_gather, try_gather_members};

use crew::Crew;

use asyncio_executor::Waitable;
use std::fmt;
use std::panic::{Location, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Runs all awaitables of `iter` side by side and gives their outputs, in their order.
///
/// Every member is a task of its own, which the returned future polls, so it may borrow. They
/// start in the turn after the first poll; tasks are looked at in the first, and if all are over
/// nothing suspends (GTH-19). **All of them are waited for**, whatever happens to
/// one: the outputs may be `Result`s, side by side. A request is passed on to every member, and
/// the clean-ups are waited for too. A member that was cancelled by itself unwinds the waiting
/// code (GTH-10), one that panicked panics here, both when the others are over.
/// [`return_exceptions`](Gather::return_exceptions) makes values of them;
/// [`try_gather`] stops at the first error. [`gather!`](crate::gather!) takes members of different
/// types.
///
/// asyncio: `gather`, but that it waits for all even after an error.
///
/// # Panics
///
/// With the panic of a member.
///
/// # Cancel safety
///
/// Dropped by foreign code, it drops its members; tasks that are awaited by a member go on.
///
/// ```
/// use asyncio_task::gather;
///
/// # futures_lite::future::block_on(async {
/// let squares = gather((1..4).map(|n| async move { n * n })).await;
/// assert_eq!(squares, [1, 4, 9]);
/// # });
/// ```
#[track_caller]
pub fn gather<I>(iter: I) -> Gather<Listed<I>>
where
    I: IntoIterator<Item: Waitable>,
{
    let at = Location::caller();
    let members = iter.into_iter().map(|w| Member::of(w, at)).collect();
    Gather { crew: Crew::new(members, at) }
}

/// The members that [`gather`] and [`try_gather`] make of an iterator's items.
pub type Listed<I> = Vec<Member<<<I as IntoIterator>::Item as Waitable>::Fut>>;

/// What [`gather!`](crate::gather!) expands to, for one member.
#[doc(hidden)]
#[track_caller]
pub fn member<W: Waitable>(waitable: W) -> Member<W::Fut> {
    Member::of(waitable, Location::caller())
}

/// What [`gather!`](crate::gather!) expands to.
#[doc(hidden)]
#[track_caller]
pub fn gather_members<M: Members>(members: M) -> Gather<M> {
    Gather { crew: Crew::new(members, Location::caller()) }
}

/// Members that are all waited for: the future of [`gather`] and [`gather!`](crate::gather!).
///
/// # Cancel safety
///
/// A request goes to every member, and all are waited for. Dropped by foreign code, it drops its
/// members; tasks that are awaited by a member go on.
#[must_use = "futures do nothing unless awaited"]
pub struct Gather<M: Members> {
    crew: Crew<M>,
}

impl<M: Members> Gather<M> {
    /// Gives each member's `Result`: a panic or a cancellation of a member is an error in its
    /// place.
    ///
    /// asyncio: `return_exceptions=True`.
    pub fn return_exceptions(self) -> GatherResults<M> {
        GatherResults::new(self.crew)
    }
}

impl<M: Members> Future for Gather<M> {
    type Output = M::Outputs;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<M::Outputs> {
        let crew = &mut self.crew;
        if crew.poll(cx, |_, _, _| false).is_pending() {
            return Poll::Pending;
        }
        if let Some(panic) = crew.take_panic() {
            crew.hand_back();
            resume_unwind(panic);
        }
        if crew.was_asked() {
            return crew.unwind(None);
        }
        if let Some(error) = crew.take_cancelled() {
            return crew.unwind(error.message().map(|m| m.to_owned().into()));
        }
        match crew.members().outputs() {
            Some(outputs) => Poll::Ready(outputs),
            None => panic!("a gather is not polled after its end"),
        }
    }
}

impl<M: Members> fmt::Debug for Gather<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gather").field("crew", &self.crew).finish()
    }
}
