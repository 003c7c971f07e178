//! Our loop, with what is confined to it.

pub use super::stage::*;
pub use asyncio::local::{
    Barrier, BoundedSemaphore, Condition, Event, LifoQueue, Lock, PriorityQueue, Queue, Semaphore,
};
use asyncio::sync::OwnedLockGuard;
pub use std::rc::Rc as Shared;

#[path = "bodies.rs"]
mod bodies;

/// Whether tasks run on several threads at once.
pub const THREADS: bool = false;

/// The lock, with a guard that may go anywhere.
pub async fn own(lock: &Shared<Lock>) -> OwnedLockGuard<Shared<Lock>> {
    lock.lock_rc().await
}

pub fn run<T>(main: impl Future<Output = T>) -> T {
    asyncio::run_virtual(main)
}

pub fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> Child<T> {
    let task = asyncio::create_task(future);
    Child::new(task.task_ref(), async move { task.await })
}
