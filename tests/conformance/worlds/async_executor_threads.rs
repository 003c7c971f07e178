//! async-executor on three threads.

pub use super::stage::*;
use async_executor::Executor;
use asyncio::recorded;
use asyncio::sync::OwnedLockGuard;
pub use asyncio::{
    Barrier, BoundedSemaphore, Condition, Event, LifoQueue, Lock, PriorityQueue, Queue, Semaphore,
};
use std::cell::RefCell;
pub use std::sync::Arc as Shared;
use std::sync::Arc;

#[path = "bodies.rs"]
mod bodies;

/// Whether tasks run on several threads at once.
pub const THREADS: bool = true;

/// The lock, with a guard that may go anywhere.
pub async fn own(lock: &Shared<Lock>) -> OwnedLockGuard<Shared<Lock>> {
    lock.lock_arc().await
}

thread_local! {
    static EXECUTOR: RefCell<Option<Arc<Executor<'static>>>> = const { RefCell::new(None) };
}

pub fn run<T>(main: impl Future<Output = T>) -> T {
    let executor = Arc::new(Executor::new());
    let over = asyncio::Event::new();
    std::thread::scope(|scope| {
        let _over = SetOnDrop(&over);
        for _ in 0..2 {
            scope.spawn(|| futures_lite::future::block_on(executor.run(over.wait())));
        }
        EXECUTOR.set(Some(executor.clone()));
        let main = executor.run(recorded("main", main));
        let value = futures_lite::future::block_on(main).unwrap();
        EXECUTOR.take();
        value
    })
}

struct SetOnDrop<'a>(&'a asyncio::Event);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.set();
    }
}

pub fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Child<T> {
    let future = recorded("child", future);
    let task = future.task();
    let executor = EXECUTOR.with_borrow(|executor| executor.clone()).unwrap();
    Child::new(task, executor.spawn(future))
}
