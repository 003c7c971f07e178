//! tokio's runtime of several threads.

pub use super::stage::*;
use asyncio::recorded;
use asyncio::sync::OwnedLockGuard;
pub use asyncio::{
    Barrier, BoundedSemaphore, Condition, Event, LifoQueue, Lock, PriorityQueue, Queue, Semaphore,
};
pub use std::sync::Arc as Shared;

#[path = "bodies.rs"]
mod bodies;

/// Whether tasks run on several threads at once.
pub const THREADS: bool = true;

/// The lock, with a guard that may go anywhere.
pub async fn own(lock: &Shared<Lock>) -> OwnedLockGuard<Shared<Lock>> {
    lock.lock_arc().await
}

pub fn run<T>(main: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(recorded("main", main)).unwrap()
}

pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Child<T> {
    let future = recorded("child", future);
    let task = future.task();
    let handle = tokio::spawn(future);
    Child::new(task, async move { handle.await.unwrap() })
}
