//! Our executor of shared tasks, on three threads.

pub use super::stage::*;
use asyncio::sync::OwnedLockGuard;
pub use asyncio::{
    Barrier, BoundedSemaphore, Condition, Event, LifoQueue, Lock, PriorityQueue, Queue, Semaphore,
};
use asyncio::{Executor, recorded};
use std::cell::RefCell;
pub use std::sync::Arc as Shared;

#[path = "bodies.rs"]
mod bodies;

/// Whether tasks run on several threads at once.
pub const THREADS: bool = true;

/// The lock, with a guard that may go anywhere.
pub async fn own(lock: &Shared<Lock>) -> OwnedLockGuard<Shared<Lock>> {
    lock.lock_arc().await
}

thread_local! {
    static EXECUTOR: RefCell<Option<Executor>> = const { RefCell::new(None) };
}

pub fn run<T>(main: impl Future<Output = T>) -> T {
    let executor = Executor::new();
    let over = asyncio::Event::new();
    std::thread::scope(|scope| {
        // Also where `main` panics: the others are waited for.
        let _over = SetOnDrop(&over);
        for _ in 0..2 {
            scope.spawn(|| executor.run(over.wait()));
        }
        EXECUTOR.set(Some(executor.clone()));
        let value = executor.run(recorded("main", main)).unwrap();
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
    let executor = EXECUTOR.with_borrow(|executor| executor.clone()).unwrap();
    let task = executor.spawn(future);
    Child::new(task.task_ref(), async move { task.await })
}
