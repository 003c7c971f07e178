//! asyncio's task chapter: tasks that belong together, waiting for several of them, limits of time,
//! and cancellation that lets clean-up run. Everything is a future of its own, for any executor; what
//! makes tasks (`shield`, [`Group::create_static`], [`Group::spawn`]) needs a loop or an installed
//! executor of `asyncio-executor`.
//!
//! ```
//! use asyncio_task::{TaskGroup, sleep, with_cleanup};
//! use std::future::pending;
//! use std::time::Duration;
//!
//! # futures_lite::future::block_on(async {
//! let books = ["poems".to_string(), "letters".to_string()];
//!
//! let ended = TaskGroup::run(async |g| {
//!     g.create_task(with_cleanup(pending::<()>(), async || {
//!         sleep(Duration::from_millis(1)).await; // clean-up may await
//!         println!("{} put back", books[0]); // and children may borrow
//!     }));
//!     g.create_task(async { books[1].parse::<u32>() }).named("reader");
//! })
//! .await;
//!
//! println!("{}", ended.unwrap_err());
//! # });
//! ```
//!
//! prints
//!
//! ```text
//! poems put back
//! 1 failure in a task group
//! `-- reader: invalid digit found in string
//! ```
//!
//! # Which of these do I want?
//!
//! | | gives | after an error | borrowed futures | a request to stop |
//! |---|---|---|---|---|
//! | [`TaskGroup`] | what the body returns, an [`ExceptionGroup`] of all failures | the others are cancelled, and waited for | yes | body first, then the children; all are waited for |
//! | [`gather!`], [`gather`](fn@gather) | a tuple or `Vec` of the outputs | goes on; errors stand beside values | yes | goes to all; all are waited for |
//! | [`try_gather!`], [`try_gather`](fn@try_gather) | the values or the first error | returns at once; futures are dropped, tasks go on | yes | goes to all; all are waited for |
//! | [`as_completed`] | outputs, first done first | goes on | yes | tasks are left alone |
//! | [`as_completed_tasks`] | the tasks, first done first, each with its result | goes on | handles | tasks are left alone |
//! | [`staggered_race`] | the first success, and why the others failed | starts the next | yes | goes to all that run; all are waited for |
//! | [`wait`] | who is over and who is not, early if you like | [your choice](ReturnWhen) | handles | tasks are left alone |
//! | [`shield`] | the result | | no | interrupts the waiting, the work goes on |
//! | [`wait_for`] | the output, or [`TimeoutError`] | | yes | goes on to the awaited |
//! | [`timeout`](timeout()), [`timeout_at`] | the body's value, or [`TimeoutError`] | | yes | goes on to the body |
//!
//! When in doubt, take a group: nothing it started is left behind.
//!
//! # The nouns
//!
//! A **task** is whatever has a record: loop tasks, shared tasks, the children of a group and the
//! members of a `gather`. `current_task()` inside is that task, and each can be cancelled alone. A
//! **request** asks a task to stop. It goes to the innermost wait and unwinds outwards; a *boundary*
//! ([`catch_cancel`], [`with_cleanup`], [`scoped`]) lets code run, which may await. A **group** ends when
//! all its children have. A **[`Deadline`]** cancels a body when its time is over, and can be moved. A
//! **[`Deferred`]** is a value that somebody will set.
//!
//! # Differences from asyncio
//!
//! - A `gather` waits for all of its members, also when one was cancelled; `try_gather` is the one that
//!   stops at the first error. Members start when it is first awaited.
//! - Futures that are given to `gather` or a group are polled by the task that waits. They share its
//!   place in the queue, at most 64 of them have their turn at a time, and they cannot go on without it.
//! - An awaited task that others cancelled is an `Err`, not an unwinding.
//! - In a group that is ending, [`create_task`](Group::create_task) gives a child that is cancelled
//!   already, where asyncio raises an error.
//! - `as_completed` takes futures as they are and makes no tasks of them; `wait` takes handles only, and
//!   none at all is no error.
//!
//! # What it does not do
//!
//! It has no executor, no timer and no I/O: see `asyncio-executor` and `asyncio-reactor`. A section that
//! no request can interrupt is not there yet. Futures that foreign code drops (the loser of a
//! `select!`) run destructors only, as everywhere in Rust.

#![forbid(unsafe_code)]

mod as_completed;
mod ask;
mod deadline;
mod deferred;
mod exceptions;
mod gather;
mod group;
pub mod local;
mod outcome;
mod race;
mod shield;
mod timeout;
mod timeout_error;
mod wait;
mod wait_for;
mod waitables;
mod waiters;
mod woken;
mod yield_now;

pub use as_completed::{
    AsCompleted, AsCompletedWithin, Handed, NextCompleted, NextWithin, as_completed,
    as_completed_tasks,
};
pub use asyncio_context::{
    Cancelled, CatchCancel, JoinError, Message, TaskRef, catch_cancel, current_task, scoped,
    try_current_task, with_cleanup,
};
pub use asyncio_executor::{Shieldable, Shielded, Waitable};
pub use asyncio_reactor::{Sleep, sleep, sleep_until};
pub use deadline::Deadline;
pub use deferred::{Deferred, DeferredError, DeferredWait, DeferredWatch, create_future};
pub use exceptions::{BoxError, Exception, ExceptionGroup};
pub use gather::{
    Gather, GatherResults, Listed, Member, Members, TryGather, TryMembers, gather, try_gather,
};
pub use group::{
    Child, ChildError, ChildJoining, ChildWatch, Confinement, Group, LoopLocal, Run, TaskGroup,
    ThreadSafe,
};
pub use outcome::Outcome;
pub use race::{AttemptError, Race, StaggeredRace, staggered_race};
pub use shield::shield;
pub use timeout::{Timeout, timeout, timeout_at};
pub use timeout_error::TimeoutError;
pub use wait::{Finished, Panicked, ReturnWhen, Wait, wait};
pub use wait_for::wait_for;
pub use yield_now::{YieldNow, yield_now};

/// What the macros expand to.
#[doc(hidden)]
pub mod __private {
    pub use crate::gather::{gather_members as gather, member, try_gather_members as try_gather};
}
