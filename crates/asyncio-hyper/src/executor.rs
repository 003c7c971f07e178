use asyncio_executor::{create_task, spawn};
use hyper::rt::Executor;

/// Runs hyper's futures as tasks of the running loop. They may be `!Send`.
///
/// ```
/// use asyncio_hyper::LoopExecutor;
/// # use asyncio_executor::{LocalExecutor, ThreadPark};
/// use hyper::rt::Executor;
/// use std::rc::Rc;
///
/// # LocalExecutor::new().run_until(async {
/// let shared = Rc::new(1);
/// LoopExecutor.execute({ let shared = shared.clone(); async move { drop(shared) } });
/// # }, &mut ThreadPark::new()).unwrap();
/// ```
///
/// # Panics
///
/// `execute` where there is no loop and no executor installed.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoopExecutor;

impl<F> Executor<F> for LoopExecutor
where
    F: Future + 'static,
    F::Output: 'static,
{
    #[track_caller]
    fn execute(&self, future: F) {
        drop(create_task(future));
    }
}

/// Runs hyper's futures as shared tasks, on whatever executor is installed. They are `Send`.
///
/// ```
/// use asyncio_hyper::SharedExecutor;
/// # use asyncio_executor::{LocalExecutor, ThreadPark};
/// use hyper::rt::Executor;
///
/// # LocalExecutor::new().run_until(async {
/// SharedExecutor.execute(async {});
/// # }, &mut ThreadPark::new()).unwrap();
/// ```
///
/// # Panics
///
/// `execute` where there is no loop and no executor installed.
#[derive(Clone, Copy, Debug, Default)]
pub struct SharedExecutor;

impl<F> Executor<F> for SharedExecutor
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    #[track_caller]
    fn execute(&self, future: F) {
        drop(spawn(future));
    }
}
