use asyncio_executor::Shieldable;

/// Waits for work without passing a cancellation on: the waiting is interrupted, the work goes on.
///
/// It takes a task, or makes one of a future that owns all it uses; a request that reaches the
/// waiting code drops the wait and detaches the task (SHD-3). It does not protect the task from a
/// `cancel` of its own, nor from the end of the loop (SHD-11).
///
/// asyncio: `shield`.
///
/// # Panics
///
/// With a future: where [`create_task`](asyncio_executor::create_task) does.
///
/// # Cancel safety
///
/// Dropped, it detaches the task.
///
/// ```
/// use asyncio_executor::{LocalExecutor, ThreadPark, create_task};
/// use asyncio_task::{shield, yield_now};
/// use std::{cell::Cell, rc::Rc};
///
/// LocalExecutor::new().run_until(async {
///     let saved = Rc::new(Cell::new(false));
///     let inner = saved.clone();
///     let request = create_task(shield(async move {
///         yield_now().await;
///         inner.set(true);
///     }));
///     yield_now().await;
///     request.cancel();
///     assert!(request.await.unwrap_err().is_cancelled());
///     yield_now().await;
///     assert!(saved.get());
/// }, &mut ThreadPark::new()).unwrap();
/// ```
#[track_caller]
pub fn shield<S: Shieldable>(work: S) -> S::Shielded {
    work.shield()
}
