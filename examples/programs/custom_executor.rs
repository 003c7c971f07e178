//! An executor of this program's own below asyncio's API: it gets the shared tasks that
//! are spawned, and polls the urgent ones first.
//!
//! `cargo run --release --example custom_executor`

use async_task::Runnable;
use asyncio::{BoxError, Job, JoinError, SharedTask, Spawn, Task};
use asyncio::{context_var, copy_context, current_task};
use asyncio::{enter_thread, gather, install_spawn, yield_now};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

/// The lower, the sooner.
#[derive(Clone, Copy, Debug)]
enum Priority {
    Urgent,
    Normal,
    Background,
}

context_var! {
    /// With which priority tasks are spawned here. As a context variable it goes from a task to
    /// those that the task spawns.
    static PRIORITY: Priority = Priority::Normal;
}

/// Threads, and a queue for each priority.
#[derive(Clone, Default)]
struct PriorityExecutor {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    ready: Mutex<Ready>,
    changed: Condvar,
}

#[derive(Default)]
struct Ready {
    queues: [VecDeque<Runnable>; 3],
    closed: bool,
}

impl Spawn for PriorityExecutor {
    fn spawn(&self, job: Job) {
        // Called by `asyncio::spawn`, so the variable is the spawner's.
        let (priority, shared) = (PRIORITY.get(), self.shared.clone());
        let schedule = move |runnable| shared.push(priority, runnable);
        let (runnable, task) = async_task::spawn(job, schedule);
        task.detach();
        runnable.schedule();
    }
}

impl PriorityExecutor {
    /// Polls tasks until the executor is closed.
    fn work(&self) {
        // Whatever the program wants set up on each thread that polls tasks, and itself for tasks
        // that spawn others.
        let _hooks = enter_thread();
        let _installed = install_spawn(Arc::new(self.clone()));
        while let Some(runnable) = self.shared.pop() {
            runnable.run();
        }
    }

    fn close(&self) {
        let mut ready = self.shared.lock();
        ready.closed = true;
        let left = std::mem::take(&mut ready.queues);
        drop(ready);
        self.shared.changed.notify_all();
        // A task that is dropped here ends cancelled, and may wake others: not under the lock.
        drop(left);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Ready> {
        self.ready.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn push(&self, priority: Priority, runnable: Runnable) {
        let mut ready = self.lock();
        if ready.closed {
            drop(ready);
            return drop(runnable);
        }
        ready.queues[priority as usize].push_back(runnable);
        drop(ready);
        self.changed.notify_one();
    }

    /// Waits for a task; `None` when the executor is closed.
    fn pop(&self) -> Option<Runnable> {
        let mut ready = self.lock();
        loop {
            if ready.closed {
                return None;
            }
            if let Some(runnable) = ready.queues.iter_mut().find_map(VecDeque::pop_front) {
                return Some(runnable);
            }
            ready = self.changed.wait(ready).unwrap_or_else(|e| e.into_inner());
        }
    }
}

/// [`spawn`](asyncio::spawn) with a name and a priority.
fn spawn_at<F>(priority: Priority, name: &'static str, future: F) -> SharedTask<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    copy_context().run(|| {
        PRIORITY.set(priority);
        Task::builder().name(name).spawn_shared(future)
    })
}

/// A piece of work, after which others go first.
async fn step(what: &str) {
    println!("{:<11} {:<8} {what}", format!("{:?}", PRIORITY.get()), current_task().name());
    yield_now().await;
}

async fn page() {
    step("1 of 2").await;
    step("2 of 2").await;
}

async fn payment() -> Result<(), JoinError> {
    step("1 of 2").await;
    step("2 of 2").await;
    // Urgent as well: the variable is inherited.
    Task::builder().name("receipt").spawn_shared(step("1 of 1")).await
}

async fn backup() -> Result<(), JoinError> {
    step("1 of 3").await;
    step("2 of 3, and something burns").await;
    let alarm = spawn_at(Priority::Urgent, "alarm", step("1 of 1"));
    yield_now().await;
    step("3 of 3").await;
    alarm.await
}

#[asyncio::main]
async fn main() -> Result<(), BoxError> {
    let executor = PriorityExecutor::default();
    let _installed = install_spawn(Arc::new(executor.clone()));

    let backup = spawn_at(Priority::Background, "backup", backup());
    let page = spawn_at(Priority::Normal, "page", page());
    let payment = spawn_at(Priority::Urgent, "payment", payment());

    // The thread starts when all are spawned, so that the order is the executor's doing alone.
    let worker = thread::spawn({
        let executor = executor.clone();
        move || executor.work()
    });
    // The loop goes on meanwhile, on the main thread, and waits for what runs elsewhere.
    let (backup, page, payment) = gather!(backup, page, payment).await;
    executor.close();
    worker.join().map_err(|_| "the worker panicked")?;
    backup??;
    page?;
    payment??;
    Ok(())
}
