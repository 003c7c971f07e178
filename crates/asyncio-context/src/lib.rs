//! The current task, for any executor: what it is called, how it is asked to stop and cleans up
//! before it does, which variables it sees, what it waits for, and what time it is.
//!
//! ```
//! use asyncio_context::{current_task, recorded, with_cleanup};
//! use futures_lite::future::{block_on, pending, zip};
//!
//! let fetch = recorded("fetch", with_cleanup(pending::<()>(), async || {
//!     println!("{} closes its socket", current_task().name());
//! }));
//! let task = fetch.task();
//!
//! let (end, asked) = block_on(zip(fetch, async { task.cancel_with("too late") }));
//! println!("{}", end.unwrap_err());
//! # assert!(asked);
//! ```
//!
//! ```text
//! fetch closes its socket
//! task "fetch" was cancelled: too late
//! ```
//!
//! # The nouns
//!
//! - A **task** is a future with a [`Record`]: number, name, the line that spawned it, a mailbox for
//!   requests, and what it waits for. [`recorded`] makes one for anybody's executor; an executor of
//!   its own embeds a `Record` and a [`Body`]. Others hold a [`TaskRef`]; inside, [`current_task`].
//! - A **request** to stop ([`TaskRef::cancel`]) runs no code of the task. It is delivered in the
//!   task's next turn: the future is dropped where it stands, from the inside out.
//! - A **boundary** stops that on its way: [`catch_cancel`] yields a [`Cancelled`], and the code after
//!   it may await what it needs; [`with_cleanup`] and [`scoped`] are `finally` and `async with`.
//! - **Context variables** ([`context_var!`]) go with a task and are copied when it spawns another.
//! - [`clock`] and [`random`] are the only places where the crates of this family read the time and
//!   roll dice, so that a test can hold both still. [`report`] takes failures that nobody reads, and
//!   [`ThreadHook`] sets up what a thread needs before it polls.
//! - [`testing`] drops a future at each moment at which it can be, to see what is lost.
//! - [`tree`] is for those who write timeouts, groups and other waits that a request must get
//!   through.
//!
//! # What a request does
//!
//! | the task | |
//! |---|---|
//! | has not begun | no line of it runs |
//! | waits, without a boundary | its future is dropped, unpolled, and destructors run |
//! | waits in a boundary | what is inside is dropped; the code after the boundary runs on |
//! | is in a clean-up | that is interrupted, as any code |
//! | is running (it asked itself) | goes on to its next suspension |
//! | is over | `cancel` is false |
//!
//! Requests merge until they are delivered, each counts in [`TaskRef::cancelling`], and
//! [`TaskRef::uncancel`] to zero withdraws one that was not delivered. A future that is dropped by
//! foreign code, as the loser of a `select!`, runs destructors only.
//!
//! # What it costs
//!
//! A task that meets no boundary: one relaxed load per turn. A boundary: 45 ns to enter and leave,
//! 5 ns per further poll, and 6 ns more in the outermost of a task (`examples/costs.rs`; an
//! uncontended atomic operation takes about 5 ns on that machine). No timer, no walk, no allocation
//! for what may never come, but for the node that a boundary is.
//!
//! # What it does not do
//!
//! It runs nothing: executors do. It has no sleep, no timeout and no task group; they are written
//! with [`tree`] in the crates above. `JoinError` is all that is said of an end: results are handed
//! over by executors.

mod body;
mod catch;
mod cleanup;
pub mod clock;
mod error;
mod frame;
mod hook;
mod id;
mod mailbox;
pub mod random;
mod record;
mod recorded;
pub mod report;
mod sync;
mod task_ref;
pub mod testing;
pub mod tree;
mod vars;
mod wait;

pub use body::{Body, Ended};
pub use catch::{CatchCancel, catch_cancel};
pub use cleanup::{scoped, with_cleanup};
pub use error::{JoinError, Message, panic_text};
pub use frame::{current_task, current_task_id, try_current_task, without_task};
pub use hook::{ThreadGuard, ThreadHook, enter_thread, install_thread_hook};
pub use id::TaskId;
pub use record::{Owner, Record};
pub use recorded::{Recorded, recorded};
pub use task_ref::TaskRef;
pub use tree::Cancelled;
pub use vars::{Context, ContextVar, VarToken, copy_context};
pub use wait::{Wait, WaitKind, waiting};

#[cfg(all(test, loom))]
mod models;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
