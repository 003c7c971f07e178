use super::AsCompleted;
use crate::wait::Finished;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// [`as_completed`](super::as_completed()) that gives the handles back: each task as it ends,
/// with its result.
///
/// It takes what [`wait`](crate::wait()) takes: [`Task`](asyncio_executor::Task),
/// [`SharedTask`](asyncio_executor::SharedTask), [`Child`](crate::Child), and `&mut` of them.
///
/// asyncio: `async for task in as_completed(tasks)`.
///
/// # Cancel safety
///
/// Waiting for the next one loses nothing.
///
/// ```
/// use asyncio_executor::{LocalExecutor, Task, ThreadPark};
/// use asyncio_task::as_completed_tasks;
///
/// LocalExecutor::new().run_until(async {
///     let pages = ["a", "b"].map(|name| Task::builder().name(name).spawn(async { name.len() }));
///     let mut done = as_completed_tasks(pages);
///     while let Some(page) = done.next().await {
///         println!("{}: {} bytes", page.task.name(), page.result.unwrap());
///     }
/// }, &mut ThreadPark::new()).unwrap();
/// ```
#[track_caller]
pub fn as_completed_tasks<I, R>(tasks: I) -> AsCompleted<Handed<I::Item>>
where
    I: IntoIterator,
    for<'a> &'a mut I::Item: Future<Output = R> + Unpin,
{
    AsCompleted::new(tasks.into_iter().map(|task| Handed { task: Some(task) }))
}

/// Waits for a task, leaves it alone, and gives the handle back with the result.
///
/// # Cancel safety
///
/// Dropped, it drops the handle: the task goes on, detached.
#[must_use = "futures do nothing unless awaited"]
pub struct Handed<H> {
    task: Option<H>,
}

impl<H> Unpin for Handed<H> {}

impl<H, R> Future for Handed<H>
where
    for<'a> &'a mut H: Future<Output = R> + Unpin,
{
    type Output = Finished<H, R>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut task = self.task.as_mut().expect("not polled after its end");
        match Pin::new(&mut task).poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(result) => {
                let task = self.task.take().expect("it was there for the poll");
                Poll::Ready(Finished { task, result })
            }
        }
    }
}

impl<H> fmt::Debug for Handed<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handed").field("over", &self.task.is_none()).finish()
    }
}
