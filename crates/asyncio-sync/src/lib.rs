//! asyncio's Lock, Event, Condition, Semaphore, Barrier and queues, for tasks of any executor. A
//! wait allocates nothing, waiters are served in the order in which they began to wait, and a wait
//! that is dropped at any moment loses nothing that others need.
//!
//! ```
//! use asyncio_sync::Queue;
//! use futures_lite::future::{block_on, zip};
//!
//! let queue = Queue::new(1);
//! let produce = async {
//!     for item in ["tea", "milk", "sugar"] {
//!         queue.put(item).await.unwrap();
//!     }
//!     queue.shutdown(false);
//! };
//! let consume = async {
//!     let mut list = Vec::new();
//!     while let Ok(item) = queue.get().await {
//!         list.push(item);
//!     }
//!     list.join(", ")
//! };
//! let ((), list) = block_on(zip(produce, consume));
//! assert_eq!(list, "tea, milk, sugar");
//! ```
//!
//! # What there is
//!
//! | | waits for | gives |
//! |---|---|---|
//! | [`Lock`] | its release | a guard, through which the value inside is reached |
//! | [`Semaphore`], [`BoundedSemaphore`] | one of a number of permits | a guard |
//! | [`Event`] | being set | |
//! | [`Condition`] | a notification, with a [`Lock`] released meanwhile | the guard again |
//! | [`Barrier`] | a number of tasks being there | the task's number |
//! | [`Queue`], [`LifoQueue`], [`PriorityQueue`] | an item, or room for one | the item |
//!
//! The names at the root may be used from every thread, in a `static` too. Those of [`local`] belong
//! to the thread they are on and cost no atomic operation; choose them for what stays in one loop.
//! Both are one type with a parameter, which [`confined`] has for code that is written for both.
//!
//! Every wait is a named future of [`futures`], `Send` where the primitive is thread-safe, and tells
//! the record of the task that polls it what it waits for, by the primitive's address, and from which
//! line (`asyncio_context::Wait`). Under an executor without such records that costs nothing and does
//! nothing.
//!
//! # Who is next
//!
//! A lock or a permit is *handed over*: from the release on it belongs to the task that has waited
//! longest, and nobody barges in. An item of a queue is not: a waiting task is woken when there is
//! one, and finds it gone if another came first. In both cases a task that was chosen and goes away
//! before it runs is replaced by the next. Where many are woken and the waker of one panics, the
//! others are woken all the same, and the panic goes on then.
//!
//! # What this is not
//!
//! Where no task waits while it holds the lock, a `std::sync::Mutex` or a `RefCell` is the better
//! choice. A thread that is not polling futures cannot wait here, except in a `block_on`; for what
//! threads and tasks wait for together there is the `event-listener` crate. There is no lock for
//! many readers, no acquiring of several permits at once, and no channel whose end is told by
//! dropping the other: asyncio has none.
//!
//! # Differences from asyncio
//!
//! - Guards in place of `async with`; a [`Lock`] has its value inside and only its guard releases
//!   it. [`SemaphorePermit::forget`] and `release` make asyncio's two separate calls.
//! - A [`Condition`] has no lock inside: its waits take a guard and give it back.
//! - A cancelled wait is a dropped future. A condition does not take the lock again for that, and
//!   wakes another waiter only if a notification would be lost.
//! - A permit belongs to a waiter from the release on, not from its resumption: a newcomer can take
//!   a second free one before the waiter runs.
//! - What is `ValueError` there, and can only be a mistake in the program, panics.
//! - `reset` and `abort` of a [`Barrier`] do not wait. A barrier that was reset is empty at once.
//! - The priority queue needs `T: Ord`.

mod barrier;
mod condition;
mod confine;
mod event;
pub mod local;
mod lock;
#[cfg(all(test, loom))]
mod loom_models;
mod permits;
mod queue;
mod semaphore;
mod waiters;

/// The types behind the names, with the parameter that says where they may be used.
pub mod confined {
    pub use crate::barrier::Barrier;
    pub use crate::condition::Condition;
    pub use crate::confine::{Confinement, LoopLocal, ThreadSafe};
    pub use crate::event::Event;
    pub use crate::lock::Lock;
    pub use crate::queue::{Fifo, Lifo, Order, Queue, Smallest};
    pub use crate::semaphore::{BoundedSemaphore, Semaphore};
}

/// The futures that the waits are.
// `tests/it/dropping.rs` reads this list, and drops each of them at each moment.
pub mod futures {
    pub use crate::barrier::BarrierFuture;
    pub use crate::condition::{ConditionFuture, ConditionWaitFor};
    pub use crate::event::EventFuture;
    pub use crate::lock::{LockFuture, OwnedLockFuture};
    pub use crate::queue::{GetFuture, JoinFuture, PutFuture};
    pub use crate::semaphore::{AcquireFuture, OwnedAcquireFuture};
}

pub use barrier::BrokenBarrierError;
pub use lock::{LockGuard, OwnedLockGuard};
pub use queue::{GetNowaitError, PutNowaitError, QueueShutDown};
// asyncio's names of the two errors, for patterns: `Err(QueueEmpty)`.
pub use queue::{GetNowaitError::QueueEmpty, PutNowaitError::QueueFull};
pub use semaphore::{OwnedSemaphorePermit, SemaphorePermit};

/// [`confined::Lock`], thread-safe.
pub type Lock<T = ()> = confined::Lock<T>;
/// [`confined::Event`], thread-safe.
pub type Event = confined::Event;
/// [`confined::Semaphore`], thread-safe.
pub type Semaphore = confined::Semaphore;
/// [`confined::BoundedSemaphore`], thread-safe.
pub type BoundedSemaphore = confined::BoundedSemaphore;
/// [`confined::Condition`], thread-safe.
pub type Condition = confined::Condition;
/// [`confined::Barrier`], thread-safe.
pub type Barrier = confined::Barrier;
/// [`confined::Queue`], thread-safe.
pub type Queue<T> = confined::Queue<T>;
/// [`confined::Queue`], thread-safe, last in first out.
pub type LifoQueue<T> = confined::Queue<T, confined::ThreadSafe, confined::Lifo>;
/// [`confined::Queue`], thread-safe, smallest first.
pub type PriorityQueue<T> = confined::Queue<T, confined::ThreadSafe, confined::Smallest>;
