//! The executors of asyncio: loop tasks without atomics, shared tasks on any number of threads.
//!
//! A [`LocalExecutor`] runs the tasks of one thread in the order in which they became ready, at a few
//! nanoseconds each; an [`Executor`] runs tasks that are `Send` on as many threads as call it.
//!
//! ```
//! use asyncio_executor::{LocalExecutor, ThreadPark, create_task};
//!
//! let executor = LocalExecutor::new();
//! let total = executor.run_until(
//!     async {
//!         let tasks: Vec<_> = (1..=3).map(|n| create_task(async move { n * n })).collect();
//!         let mut total = 0;
//!         for task in tasks {
//!             total += task.await.unwrap();
//!         }
//!         total
//!     },
//!     &mut ThreadPark::new(),
//! );
//! assert_eq!(total.unwrap(), 14);
//! ```
//!
//! # The nouns
//!
//! | | |
//! |---|---|
//! | [`LocalExecutor`] | a loop: ready queue, tasks and callbacks of one thread |
//! | [`Park`] | what it does when nothing is ready: a reactor, or [`ThreadPark`] |
//! | [`Task`] | the handle of a task, its one reader; [`SharedTask`] is the `Send` one |
//! | [`Remote`] | a loop's side for other threads |
//! | [`Executor`] | shared tasks, work stealing |
//! | [`Spawn`], [`LocalSpawn`] | how an executor of yours takes the place of these |
//!
//! A *loop task* ([`create_task`]) need not be `Send`. It is one allocation, taken from a list that the
//! loop keeps, and costs no atomic operation while everything stays on the loop's thread; its wakers
//! are `Send` all the same. A *shared task* ([`spawn`]) is `Send`; it runs on the executor that the
//! thread has installed, or else on the thread's loop, so a program is written once for both.
//!
//! # What a handle does
//!
//! | | the waiting code is cancelled | the handle is dropped |
//! |---|---|---|
//! | `task.await` | the task is, too, and is waited for | the task goes on |
//! | `(&mut task).await` | the task goes on | |
//! | [`AbortOnDrop`] | the task is cancelled, not waited for | the task is cancelled |
//! | [`task.shared()`](Task::shared) | the task goes on | the task goes on |
//! | [`task.shield()`](Shieldable::shield) | the task goes on | the task goes on |
//!
//! A task that panics has that as its result. If nobody can read it any more, it is reported
//! ([`asyncio_context::report`]) with the task's name and where it was made.
//!
//! # What this crate does not do
//!
//! No I/O, no timers: give [`LocalExecutor::run_until`] a reactor as its [`Park`] (`asyncio-reactor`).
//! No groups, no `gather`, no timeouts: `asyncio-task`. No clock, no threads of its own.
//! Where the handles of tokio or smol serve you, so do their executors; this one is for asyncio's order,
//! cancellation and reports, and for loops that must be turned by somebody else's
//! ([`LocalExecutor::turn`]).
//!
//! # Memory
//!
//! A loop keeps the memory of its finished tasks for the next ones until it is dropped: what it needed
//! at its busiest moment. `--cfg asyncio_no_free_list` takes each task from the allocator instead, and so
//! do debug builds, for the sake of sanitizers.

mod handle;
mod local;
mod loop_task;
mod shared;
mod spawn;
mod sync;
mod waitable;

pub use handle::{
    AbortOnDrop, Builder, DoneCallback, Joining, SharedJoining, SharedResult, SharedTask, Task,
};
pub use handle::{Quiet, Reported};
pub use local::{Entered, Handle, LocalExecutor, LoopClosed, Park, Remote, ThreadPark, Turn};
pub use shared::Executor;
pub use spawn::{
    Job, LocalJob, LocalSpawn, LocalSpawnGuard, Spawn, SpawnGuard, all_tasks, can_create_task,
    create_task, install_local_spawn, install_spawn, spawn, spawn_hidden,
};
pub use waitable::{Shieldable, Shielded, Waitable};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
