//! Python's asyncio as a Rust runtime: its names, its single-threaded event loop and its semantics, with Rust's types
//! and speed.
//!
//! ```
//! use asyncio::{create_task, gather, sleep};
//! use std::time::Duration;
//!
//! async fn say(seconds: u64, what: &str) -> usize {
//!     sleep(Duration::from_secs(seconds)).await;
//!     println!("{what}");
//!     what.len()
//! }
//!
//! # let run = asyncio::run_virtual::<std::pin::Pin<Box<dyn Future<Output = usize>>>>;
//! // `asyncio::run`, or `#[asyncio::main]` above `async fn main`.
//! let letters = run(Box::pin(async {
//!     let greeting = create_task(say(1, "hello")); // runs beside
//!     let (big, world) = gather!(say(2, "big"), say(2, "world")).await;
//!     greeting.await.unwrap() + big + world
//! }));
//! assert_eq!(letters, 13);
//! ```
//!
//! ```text
//! hello
//! big
//! world
//! ```
//!
//! # The nouns
//!
//! A *task* is a future that runs beside others. [`create_task`] makes a *loop task*: it may hold an `Rc`, it stays on its thread,
//! and switching to it costs a few nanoseconds. [`spawn`] makes a *shared task*: `Send`, on whatever
//! executor is installed, or else on the loop. A [`TaskGroup`]'s children may borrow.
//!
//! The *loop* runs what is ready, first in first out, and sleeps where the driver waits for descriptors and timers.
//! [`run`] makes one; [`get_running_loop`] is it, inside; an [`EventLoop`] can be turned by a loop of somebody else's.
//!
//! A *cancellation* is delivered, not just a drop: clean-up may await. See [`catch_cancel`], [`with_cleanup`], [`scoped`].
//!
//! # By asyncio's chapters
//!
//! | chapter | here |
//! |---|---|
//! | Runners | [`run`], [`Runner`], [`main`], [`test`], [`run_virtual`] |
//! | Coroutines and tasks | [`create_task`], [`spawn`], [`Task`], [`gather!`], [`TaskGroup`], [`sleep`], [`timeout`], [`wait_for`], [`wait`], [`as_completed`], [`staggered_race`], [`shield`], [`current_task`], [`all_tasks`] |
//! | Threads | [`to_thread`], [`run_in_executor`], [`ThreadPoolExecutor`], [`LoopHandle::run_coroutine_threadsafe`] |
//! | Synchronisation | [`Lock`], [`Event`], [`Condition`], [`Semaphore`], [`BoundedSemaphore`], [`Barrier`], and the same in [`local`] |
//! | Queues | [`Queue`], [`LifoQueue`], [`PriorityQueue`], and the same in [`local`] |
//! | Streams | [`open_connection`], [`start_server`], [`StreamReader`], [`StreamWriter`]; sockets in [`net`] |
//! | Event loop | [`get_running_loop`], [`LoopRef`], [`EventLoop`], [`LoopHandle`], [`TimerHandle`] |
//! | Futures | [`create_future`], [`Deferred`] |
//! | Context variables | [`context_var!`], [`ContextVar`], [`copy_context`], [`Context`] |
//! | Tests | [`run_virtual`], [`test`] with `virtual_time`, and [`testing`], which drops a future at each moment at which it can be |
//!
//! # What it does not do
//!
//! No work stealing between loops: one loop is one thread. For CPU-bound work there is [`Executor`] with as many threads as
//! you give it, or rayon. TLS, files, subprocesses, signal handlers, transports and
//! protocols, and readers of bare descriptors on the loop are not here yet ([`reactor::Async`] watches any descriptor). Each crate below this one can be used alone: see the
//! [repository](https://github.com/asyncio-rs/asyncio).

#![deny(unsafe_code)]

mod event_loop;
mod runner;

pub mod local;

// Runners
pub use asyncio_macros::{main, test};
pub use runner::{CancelledError, Runner, RunnerBuilder, run, run_virtual};

// Coroutines and tasks
pub use asyncio_context::{
    Cancelled, CatchCancel, JoinError, Message, Recorded, TaskId, TaskRef, Wait as WaitNote,
    WaitKind, catch_cancel, current_task, recorded, scoped, try_current_task, with_cleanup,
};
pub use asyncio_executor::{
    AbortOnDrop, Builder as TaskBuilder, DoneCallback, Joining, SharedResult, SharedTask,
    Shieldable, Task, Waitable, all_tasks, create_task, spawn,
};
pub use asyncio_reactor::{Interval, MissedTick, Sleep, interval, interval_at, sleep, sleep_until};
pub use asyncio_task::{
    AsCompleted, AsCompletedWithin, AttemptError, BoxError, Child, ChildError, Deadline, Exception,
    ExceptionGroup, Finished, Gather, GatherResults, Group, Race, ReturnWhen, StaggeredRace,
    TaskGroup, Timeout, TimeoutError, TryGather, Wait, YieldNow, as_completed, as_completed_tasks,
    gather, shield, staggered_race, timeout, timeout_at, try_gather, wait, wait_for, yield_now,
};

// Threads
pub use asyncio_blocking::{
    CallError, CallsFinished, Queued, RunInExecutor, Shutdown, ShutdownTimeoutError, Submit,
    ThreadPoolExecutor, ToThread, TrySubmitError, default_executor, run_in_executor,
    set_default_executor, to_thread,
};

// Synchronisation
pub use asyncio_sync::{Barrier, BoundedSemaphore, Condition, Event, Lock, Semaphore};

// Queues
pub use asyncio_sync::{
    GetNowaitError, LifoQueue, PriorityQueue, PutNowaitError, Queue, QueueShutDown,
};

// Streams
pub use asyncio_net::{
    IncompleteReadError, LimitOverrunError, ReadError, Server, StreamReader, StreamWriter,
    open_connection, open_unix_connection, start_server, start_unix_server,
};

// Event loop
pub use asyncio_context::clock::now;
pub use asyncio_context::report::{Level as ReportLevel, Report};
pub use asyncio_executor::{Handle, LoopClosed, Turn};
pub use asyncio_reactor::Backend;
pub use event_loop::{
    EventLoop, LoopBuilder, LoopHandle, LoopRef, RemoteError, RemoteTask, ThreadsafeHandle,
    TimerHandle, get_running_loop, try_get_running_loop,
};

// Executors of one's own
pub use asyncio_context::{ThreadGuard, ThreadHook, enter_thread, install_thread_hook};
pub use asyncio_executor::{
    Executor, Job, LocalJob, LocalSpawn, LocalSpawnGuard, Spawn, SpawnGuard, install_local_spawn,
    install_spawn,
};

// Futures
pub use asyncio_task::{Deferred, DeferredError, create_future};

// Context variables
pub use asyncio_context::{Context, ContextVar, context_var, copy_context};

// Tests
pub use asyncio_context::testing;

pub use asyncio_net as net;
pub use asyncio_reactor as reactor;
pub use asyncio_sync as sync;

#[cfg(doctest)]
mod pages;
