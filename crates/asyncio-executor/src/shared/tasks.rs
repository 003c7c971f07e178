//! The tasks of an executor, to be cancelled when it is dropped.

use crate::sync::ConcurrentQueue;
use asyncio_context::TaskRef;
use std::cell::{Cell, RefCell};

/// Tasks made by threads that are no workers, and by workers that have left.
pub(super) struct Tasks(ConcurrentQueue<TaskRef>);

impl Tasks {
    pub(super) fn new() -> Tasks {
        Tasks(ConcurrentQueue::unbounded())
    }

    pub(super) fn add(&self, task: TaskRef) {
        drop(self.0.push(task));
    }

    /// Lets go of a few that are over.
    pub(super) fn sweep(&self) {
        for _ in 0..self.0.len().min(64) {
            match self.0.pop() {
                Ok(task) if !task.done() => drop(self.0.push(task)),
                _ => {}
            }
        }
    }

    pub(super) fn cancel_all(&self) {
        while let Ok(task) = self.0.pop() {
            task.cancel();
        }
    }
}

/// The tasks that one worker made: a plain list, since the executor asks for it only when no thread
/// runs any more. So a spawn takes no lock and touches no line that another thread writes.
pub(super) struct OwnTasks {
    list: RefCell<Vec<TaskRef>>,
    sweep_at: Cell<usize>,
}

const SWEEP: usize = 256;

impl OwnTasks {
    pub(super) fn new() -> OwnTasks {
        OwnTasks { list: RefCell::new(Vec::new()), sweep_at: Cell::new(SWEEP) }
    }

    pub(super) fn add(&self, task: TaskRef) {
        // Dropping a `TaskRef` runs no code of the user's, so the borrow may be held.
        let mut list = self.list.borrow_mut();
        if list.len() >= self.sweep_at.get() {
            list.retain(|task| !task.done());
            // At least as many again before the next time: the work stays constant per task.
            self.sweep_at.set(list.len() * 2 + SWEEP);
        }
        list.push(task);
    }

    pub(super) fn leave(&self, tasks: &Tasks) {
        for task in self.list.take() {
            if !task.done() {
                tasks.add(task);
            }
        }
    }
}
