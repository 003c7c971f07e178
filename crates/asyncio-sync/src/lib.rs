//! asyncio's Lock, Event, Condition, Semaphore, Barrier and queues, under any executor.

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
