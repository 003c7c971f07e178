//! The queues of an executor: one for all, and one per worker from which others steal.

use super::idle::Idle;
use super::tasks::Tasks;
use super::worker;
use crate::sync::{Arc, AtomicBool, ConcurrentQueue, Ordering, RwLock, RwLockReadGuard, fence};
use async_task::Runnable;

/// The places in a worker's queue. What does not fit goes to the common one.
const LOCAL: usize = 512;

/// What the threads of an executor share.
pub(super) struct Queues {
    common: ConcurrentQueue<Runnable>,
    /// Changes when a thread begins or ends to run; read when a worker steals.
    locals: RwLock<Vec<Arc<ConcurrentQueue<Runnable>>>>,
    closed: AtomicBool,
    pub(super) idle: Idle,
    pub(super) tasks: Tasks,
}

impl Queues {
    pub(super) fn new() -> Queues {
        Queues {
            common: ConcurrentQueue::unbounded(),
            locals: RwLock::new(Vec::new()),
            closed: AtomicBool::new(false),
            idle: Idle::new(),
            tasks: Tasks::new(),
        }
    }

    /// Queues what is ready: with the worker it becomes ready on, if that is one of ours.
    pub(super) fn schedule(this: &Arc<Queues>, runnable: Runnable) {
        if let Err(runnable) = worker::push(this, runnable) {
            this.push_common(runnable);
        }
        this.idle.notify();
    }

    pub(super) fn push_common(&self, runnable: Runnable) {
        // The queue is unbounded and never closed.
        drop(self.common.push(runnable));
        // A push may have come between the closing and its clearing; one of the two sees the other.
        fence(Ordering::SeqCst);
        if self.closed.load(Ordering::Relaxed) {
            self.clear();
        }
    }

    pub(super) fn pop_common(&self) -> Option<Runnable> {
        self.common.pop().ok()
    }

    /// Whether anything is ready anywhere.
    pub(super) fn any(&self) -> bool {
        !self.common.is_empty() || self.read().iter().any(|local| !local.is_empty())
    }

    /// Moves about half of the common queue, beside one that is returned, to a worker's.
    pub(super) fn refill(&self, local: &ConcurrentQueue<Runnable>) -> Option<Runnable> {
        let first = self.pop_common()?;
        move_some(&self.common, local);
        Some(first)
    }

    /// Takes about half of another worker's queue, from a random one on.
    pub(super) fn steal(&self, local: &Arc<ConcurrentQueue<Runnable>>) -> Option<Runnable> {
        let locals = self.read();
        let start = asyncio_context::random::random_below(locals.len().max(1));
        let others = locals.iter().cycle().skip(start).take(locals.len());
        for other in others.filter(|other| !Arc::ptr_eq(other, local)) {
            if let Ok(first) = other.pop() {
                move_some(other, local);
                return Some(first);
            }
        }
        None
    }

    pub(super) fn add_local(&self) -> Arc<ConcurrentQueue<Runnable>> {
        let local = Arc::new(ConcurrentQueue::bounded(LOCAL));
        self.locals.write().unwrap_or_else(|e| e.into_inner()).push(local.clone());
        local
    }

    /// Removes a worker's queue; what is in it goes to all.
    pub(super) fn remove_local(&self, local: &Arc<ConcurrentQueue<Runnable>>) {
        let mut locals = self.locals.write().unwrap_or_else(|e| e.into_inner());
        locals.retain(|other| !Arc::ptr_eq(other, local));
        drop(locals);
        while let Ok(runnable) = local.pop() {
            self.push_common(runnable);
            self.idle.notify();
        }
    }

    /// No thread runs any more, and none will. Tasks that are ready are dropped; so is each other when
    /// it is woken, which `tasks` sees to.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        self.clear();
        self.tasks.cancel_all();
        self.clear();
    }

    fn clear(&self) {
        while let Some(runnable) = self.pop_common() {
            drop(runnable);
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<Arc<ConcurrentQueue<Runnable>>>> {
        self.locals.read().unwrap_or_else(|e| e.into_inner())
    }
}

fn move_some(from: &ConcurrentQueue<Runnable>, to: &ConcurrentQueue<Runnable>) {
    let free = to.capacity().map_or(usize::MAX, |capacity| capacity - to.len());
    for _ in 0..(from.len() / 2).min(free) {
        let Ok(runnable) = from.pop() else { return };
        if let Err(error) = to.push(runnable) {
            // Another thread filled it meanwhile: back to where it came from, at the end.
            drop(from.push(error.into_inner()));
            return;
        }
    }
}
