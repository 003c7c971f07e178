//! The same names, confined to one loop: not `Send`, and several times as fast.
//!
//! ```
//! use asyncio::local::{Event, Lock};
//!
//! asyncio::run(async {
//!     let (lock, event) = (Lock::new(1), Event::new());
//!     *lock.lock().await += 1;
//!     event.set();
//!     event.wait().await;
//!     assert_eq!(*lock.lock().await, 2);
//! });
//! ```

pub use asyncio_sync::local::{
    Barrier, BoundedSemaphore, Condition, Event, LifoQueue, Lock, PriorityQueue, Queue, Semaphore,
};
pub use asyncio_task::local::{Child, Group, TaskGroup};
