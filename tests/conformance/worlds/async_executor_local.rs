//! async-executor on one thread, with what is confined to it.

pub use super::stage::*;
use async_executor::LocalExecutor;
pub use asyncio::local::{
    Barrier, BoundedSemaphore, Condition, Event, LifoQueue, Lock, PriorityQueue, Queue, Semaphore,
};
use asyncio::recorded;
use asyncio::sync::OwnedLockGuard;
pub use std::rc::Rc as Shared;
use std::rc::Rc;

#[path = "bodies.rs"]
mod bodies;

/// Whether tasks run on several threads at once.
pub const THREADS: bool = false;

/// The lock, with a guard that may go anywhere.
pub async fn own(lock: &Shared<Lock>) -> OwnedLockGuard<Shared<Lock>> {
    lock.lock_rc().await
}

thread_local! {
    static EXECUTOR: Rc<LocalExecutor<'static>> = Rc::new(LocalExecutor::new());
}

pub fn run<T>(main: impl Future<Output = T>) -> T {
    let executor = EXECUTOR.with(Rc::clone);
    futures_lite::future::block_on(executor.run(recorded("main", main))).unwrap()
}

pub fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> Child<T> {
    let future = recorded("child", future);
    let task = future.task();
    Child::new(task, EXECUTOR.with(|executor| executor.spawn(future)))
}
