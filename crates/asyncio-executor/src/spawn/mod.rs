//! Where tasks go: to the loop whose turn it is, or to an executor installed for the thread.

mod install;
mod job;

pub use install::{
    LocalSpawn, LocalSpawnGuard, Spawn, SpawnGuard, install_local_spawn, install_spawn,
};
pub use job::{Job, LocalJob};

use crate::handle::{Carried, SharedTask, Task};
use crate::local::hide;
use crate::loop_task::Here;
use asyncio_context::{Context, TaskRef, copy_context};
use std::borrow::Cow;
use std::panic::Location;

/// Makes a task of `future` on the loop of this thread, or on the executor installed here by
/// [`install_local_spawn`]. It starts in a later turn. asyncio: `asyncio.create_task`.
///
/// # Panics
///
/// Where neither is there.
///
/// ```
/// use asyncio_executor::{LocalExecutor, ThreadPark, create_task};
///
/// LocalExecutor::new().run_until(async {
///     let task = create_task(async { "done" });
///     assert_eq!(task.await.unwrap(), "done");
/// }, &mut ThreadPark::new()).unwrap();
/// ```
#[track_caller]
pub fn create_task<F>(future: F) -> Task<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let at = Location::caller();
    match Here::current() {
        Some(here) => Task::on_loop(here, future, at),
        None => create_task_with(None, None, None, future, at),
    }
}

/// Makes a shared task of `future`: on the executor installed for this thread by [`install_spawn`], or
/// else on the loop of this thread. It starts in a later turn.
///
/// # Panics
///
/// Where neither is there.
///
/// ```
/// use asyncio_executor::{LocalExecutor, ThreadPark, spawn};
///
/// LocalExecutor::new().run_until(async {
///     let task = spawn(async { "done" });
///     let elsewhere = std::thread::spawn(move || task.name().into_owned());
///     assert!(elsewhere.join().unwrap().starts_with("Task-"));
/// }, &mut ThreadPark::new()).unwrap();
/// ```
#[track_caller]
pub fn spawn<F>(future: F) -> SharedTask<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    spawn_with(None, None, future, Location::caller())
}

/// The tasks of this thread's loop that are not over, oldest first; none where no loop runs. asyncio:
/// `asyncio.all_tasks`.
///
/// ```
/// use asyncio_executor::{LocalExecutor, Task, ThreadPark, all_tasks};
///
/// LocalExecutor::new().run_until(async {
///     let _other = Task::builder().name("other").spawn(std::future::pending::<()>());
///     assert_eq!(all_tasks()[1].name(), "other");
/// }, &mut ThreadPark::new()).unwrap();
/// ```
pub fn all_tasks() -> Vec<TaskRef> {
    Here::current().map(Here::tasks).unwrap_or_default()
}

/// Whether [`create_task`] finds a loop or an executor on this thread. For destructors, which must not
/// panic where neither is there any more.
pub fn can_create_task() -> bool {
    Here::current().is_some() || install::local().is_some()
}

/// Runs `future` on the loop of this thread without making a task of it that others could see: no
/// record, no current task, no place in [`all_tasks`], so that those who cancel all tasks do not
/// reach it. For machinery, as asyncio's own callbacks are. A panic in it is reported.
///
/// Without a loop it is an ordinary task of the executor installed here.
///
/// # Panics
///
/// Where neither is there.
#[track_caller]
pub fn spawn_hidden(future: impl Future<Output = ()> + 'static) {
    match Here::current() {
        Some(here) => hide(here, future, None, Location::caller()),
        None => drop(create_task(future)),
    }
}

#[track_caller]
pub(crate) fn create_task_with<F>(
    context: Option<Context>,
    name: Option<Cow<'static, str>>,
    eager: Option<bool>,
    future: F,
    at: &'static Location<'static>,
) -> Task<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    if let Some(here) = Here::current() {
        let context = context.unwrap_or_else(copy_context);
        if eager.unwrap_or_else(|| here.core().eager.get()) && here.is_running() {
            return Task::eager(here, context, name, future, at);
        }
        let task = Task::later(here, context, future, at);
        if let Some(name) = name {
            task.set_name(name);
        }
        return task;
    }
    let Some(spawner) = install::local() else {
        panic!("create_task() was called with no running loop and no executor installed");
    };
    let (future, state) = Carried::new(context, future, at);
    if let Some(name) = name {
        state.task().set_name(name);
    }
    spawner.spawn_local(LocalJob::new(Box::pin(future), state.task().clone()));
    Task::elsewhere(state)
}

#[track_caller]
pub(crate) fn spawn_with<F>(
    context: Option<Context>,
    name: Option<Cow<'static, str>>,
    future: F,
    at: &'static Location<'static>,
) -> SharedTask<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let installed = install::shared();
    let here = Here::current();
    assert!(
        installed.is_some() || here.is_some(),
        "spawn() was called with no running loop and no executor installed"
    );
    let (future, state) = Carried::new(context, future, at);
    let task = state.task().clone();
    if let Some(name) = name {
        task.set_name(name);
    }
    match (installed, here) {
        (Some(spawner), _) => spawner.spawn(Job::new(Box::pin(future), task)),
        (None, Some(here)) => hide(here, future, Some(task), at),
        (None, None) => unreachable!("asserted above"),
    }
    SharedTask::new(state)
}
