//! The executors of a thread.

use super::{Job, LocalJob};
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

/// An executor of one thread that can take tasks: what [`create_task`](crate::create_task) uses where
/// no loop of ours runs.
pub trait LocalSpawn: 'static {
    /// Takes a task. It must not be polled before this returns.
    fn spawn_local(&self, task: LocalJob);
}

/// An executor that can take tasks of any thread: what [`spawn`](crate::spawn) uses.
pub trait Spawn: Send + Sync + 'static {
    /// Takes a task.
    fn spawn(&self, task: Job);
}

impl<F: Fn(LocalJob) + 'static> LocalSpawn for F {
    fn spawn_local(&self, task: LocalJob) {
        self(task);
    }
}

impl<F: Fn(Job) + Send + Sync + 'static> Spawn for F {
    fn spawn(&self, task: Job) {
        self(task);
    }
}

thread_local! {
    static LOCAL: RefCell<Option<Rc<dyn LocalSpawn>>> = const { RefCell::new(None) };
    static SHARED: RefCell<Option<Arc<dyn Spawn>>> = const { RefCell::new(None) };
}

pub(super) fn local() -> Option<Rc<dyn LocalSpawn>> {
    LOCAL.try_with(|installed| installed.borrow().clone()).ok().flatten()
}

pub(super) fn shared() -> Option<Arc<dyn Spawn>> {
    SHARED.try_with(|installed| installed.borrow().clone()).ok().flatten()
}

/// Makes `executor` the one that takes this thread's loop tasks, where no loop of ours runs, until the
/// guard is dropped.
///
/// ```
/// use asyncio_executor::{LocalJob, create_task, install_local_spawn};
/// use std::cell::RefCell;
/// use std::rc::Rc;
///
/// let jobs = Rc::new(RefCell::new(Vec::new()));
/// let queue = jobs.clone();
/// let _guard = install_local_spawn(Rc::new(move |job: LocalJob| queue.borrow_mut().push(job)));
/// let task = create_task(async { 1 });
/// assert_eq!(jobs.borrow()[0].task().name(), task.name());
/// ```
pub fn install_local_spawn(executor: Rc<dyn LocalSpawn>) -> LocalSpawnGuard {
    LocalSpawnGuard { before: LOCAL.replace(Some(executor)) }
}

/// Makes `executor` the one that takes this thread's shared tasks, until the guard is dropped. An
/// executor enters itself on its threads for as long as it polls there.
///
/// ```
/// use asyncio_executor::{Executor, install_spawn, spawn};
/// use std::sync::Arc;
///
/// let executor = Arc::new(Executor::new());
/// let _guard = install_spawn(executor.clone());
/// let task = spawn(async { 1 });
/// assert_eq!(executor.run(async { task.await.unwrap() }), 1);
/// ```
pub fn install_spawn(executor: Arc<dyn Spawn>) -> SpawnGuard {
    SpawnGuard { before: SHARED.replace(Some(executor)), not_send: PhantomData }
}

/// Puts the former executor back when dropped.
pub struct LocalSpawnGuard {
    before: Option<Rc<dyn LocalSpawn>>,
}

/// Puts the former executor back when dropped.
pub struct SpawnGuard {
    before: Option<Arc<dyn Spawn>>,
    not_send: PhantomData<*const ()>,
}

impl Drop for LocalSpawnGuard {
    fn drop(&mut self) {
        // Dropped after the borrow: an executor's destructor is somebody else's code.
        let replaced = LOCAL.try_with(|installed| installed.replace(self.before.take()));
        drop(replaced);
    }
}

impl Drop for SpawnGuard {
    fn drop(&mut self) {
        let replaced = SHARED.try_with(|installed| installed.replace(self.before.take()));
        drop(replaced);
    }
}

impl fmt::Debug for LocalSpawnGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalSpawnGuard")
    }
}

impl fmt::Debug for SpawnGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpawnGuard")
    }
}
