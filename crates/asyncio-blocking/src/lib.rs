//! A pool of threads for calls that block: files, name look-ups, computations. The task that makes
//! one waits for it, its loop goes on with the others.
//!
//! ```
//! use asyncio_blocking::to_thread;
//! # use futures_lite::future::block_on;
//!
//! # block_on(async {
//! let text = to_thread(|| std::fs::read_to_string("Cargo.toml")).await.unwrap();
//! assert!(text.unwrap().contains("asyncio-blocking"));
//! # });
//! ```
//!
//! # The nouns
//!
//! - [`to_thread`] calls a function on the default pool, with the caller's context variables.
//! - [`ThreadPoolExecutor`] is a pool of one's own: so many threads, so long a queue.
//!   [`run_in_executor`] calls a function on it, [`submit`](ThreadPoolExecutor::submit) waits for
//!   room in a bounded queue, [`shutdown`](ThreadPoolExecutor::shutdown) ends it by a deadline.
//! - [`CallError`] is what a call gives that has no value: a panic with its payload, or the reason
//!   why it was not made.
//! - [`Calls`] is the default pool as one loop sees it: the calls that it waits for at its end.
//!
//! Any executor can poll these futures; they need no loop. All of them are `Send`.
//!
//! # The hidden threads
//!
//! No thread is started before there is work. The default pool is one for the process, with four
//! more threads than there are processors and 32 at most, as in asyncio; each ends when it had
//! nothing to do for 10 seconds. To do without it, [`set_default_executor`]. A pool grows when its
//! queue stands still, not when there is merely something in it: thousands of functions of a
//! microsecond are done by one thread, two that wait for each other get two.
//!
//! # What it does not do
//!
//! A function that runs cannot be stopped. There is no pool of processes. For a computation that
//! should use all processors at once, take rayon.

#![forbid(unsafe_code)]

mod admission;
mod builder;
mod call;
mod calls;
mod default_executor;
mod error;
mod executor;
#[cfg(test)]
mod interleavings;
mod job;
mod pool;
mod shutdown;
mod to_thread;
mod worker;

pub use builder::{Builder, WorkerMain};
pub use call::{RunInExecutor, Submit, run_in_executor};
pub use calls::{Calls, CallsFinished, CallsGuard};
pub use default_executor::{default_executor, set_default_executor};
pub use error::{CallError, ShutdownTimeoutError, TrySubmitError};
pub use executor::ThreadPoolExecutor;
pub use shutdown::{Queued, Shutdown};
pub use to_thread::{ToThread, to_thread};

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;
