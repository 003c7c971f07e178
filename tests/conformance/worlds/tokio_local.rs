//! tokio's `LocalSet`, with what is confined to its thread.

pub use super::stage::*;
pub use asyncio::local::{
    Barrier, BoundedSemaphore, Condition, Event, LifoQueue, Lock, PriorityQueue, Queue, Semaphore,
};
use asyncio::recorded;
use asyncio::sync::OwnedLockGuard;
pub use std::rc::Rc as Shared;
use tokio::task::{LocalSet, spawn_local};

#[path = "bodies.rs"]
mod bodies;

/// Whether tasks run on several threads at once.
pub const THREADS: bool = false;

/// The lock, with a guard that may go anywhere.
pub async fn own(lock: &Shared<Lock>) -> OwnedLockGuard<Shared<Lock>> {
    lock.lock_rc().await
}

pub fn run<T>(main: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    LocalSet::new().block_on(&runtime, recorded("main", main)).unwrap()
}

pub fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> Child<T> {
    let future = recorded("child", future);
    let task = future.task();
    let handle = spawn_local(future);
    Child::new(task, async move { handle.await.unwrap() })
}
