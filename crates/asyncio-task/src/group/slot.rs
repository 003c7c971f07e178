//! Where a child of a group leaves its value, and who waits for it.

use super::ChildError;
use crate::BoxError;
use crate::waiters::{Place, Waiters, wake_all};
use asyncio_context::{JoinError, TaskRef};
use std::borrow::Cow;
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::task::Waker;

/// Shared by a child and its handle.
pub(super) struct Slot<T> {
    state: Mutex<State<T>>,
    task: OnceLock<TaskRef>,
}

struct State<T> {
    result: Option<Result<Option<T>, ChildError>>,
    // Kept apart from the task's result: the error of a child counts even where a request to
    // itself makes it end cancelled.
    failure: Option<BoxError>,
    waiters: Waiters,
}

impl<T> Slot<T> {
    pub(super) fn new() -> Slot<T> {
        let state = State { result: None, failure: None, waiters: Waiters::default() };
        Slot { state: Mutex::new(state), task: OnceLock::new() }
    }

    /// Before the child is handed out, and before its end; the first one stands.
    pub(super) fn set_task(&self, task: TaskRef) {
        let _ = self.task.set(task);
    }

    pub(super) fn task(&self) -> &TaskRef {
        self.task.get().expect("set when the child was made")
    }

    fn name(&self) -> Cow<'static, str> {
        self.task.get().map_or(Cow::Borrowed("task"), TaskRef::name)
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    pub(super) fn is_done(&self) -> bool {
        self.lock().result.is_some()
    }

    pub(super) fn is_cancelled(&self) -> bool {
        matches!(&self.lock().result, Some(Err(error)) if error.is_cancelled())
    }

    /// The first result stands.
    fn finish(&self, result: Result<T, ChildError>) {
        let mut state = self.lock();
        let mut result = Some(result.map(Some));
        if state.result.is_none() {
            state.result = result.take();
        }
        let woken = state.waiters.take();
        drop(state);
        // Outside the lock: a value may be dropped here, and wakers are others' code.
        drop(result);
        wake_all(woken);
    }

    /// What the child's future yields to the task around it; an error stays here.
    pub(super) fn output(&self, outcome: Result<T, BoxError>) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(error) => {
                let before = self.lock().failure.replace(error);
                drop(before);
                None
            }
        }
    }

    /// Sorts the ways in which a child ends, and tells those who wait for it.
    pub(super) fn settle(&self, ended: Result<Option<T>, JoinError>) -> End {
        let failure = self.lock().failure.take();
        let error = match (failure, ended) {
            (Some(error), _ended) => {
                self.finish(Err(ChildError::failed(&self.name(), &*error)));
                error
            }
            (None, Ok(value)) => {
                self.finish(value.ok_or_else(|| ChildError::taken(&self.name())));
                return End::Quiet;
            }
            (None, Err(join)) => {
                self.finish(Err(ChildError::joined(&join)));
                if join.is_cancelled() {
                    return End::Quiet;
                }
                join.into()
            }
        };
        End::Failed(self.name().into(), error)
    }

    /// The child's future is gone; without a result, it was cancelled.
    pub(super) fn gone(&self) {
        if !self.is_done() {
            self.finish(Err(ChildError::cancelled(&self.name())));
        }
    }

    /// Takes the value out, or `None` when there is no result yet.
    pub(super) fn take(&self) -> Option<Result<T, ChildError>> {
        let taken = match self.lock().result.as_mut()? {
            Ok(value) => value.take().map(Ok),
            Err(error) => Some(Err(error.clone())),
        };
        Some(taken.unwrap_or_else(|| Err(ChildError::taken(&self.name()))))
    }

    pub(super) fn pending(&self) -> ChildError {
        ChildError::pending(&self.name())
    }

    /// Leaves `waker` at `place` unless there is a result; says whether it did.
    pub(super) fn wait(&self, place: &mut Place, waker: &Waker) -> bool {
        {
            let state = self.lock();
            if state.result.is_some() {
                return false;
            }
            if state.waiters.knows(place, waker) {
                return true;
            }
        }
        let new = waker.clone();
        let mut state = self.lock();
        if state.result.is_some() {
            drop(state);
            return false;
        }
        let before = state.waiters.put(place, new);
        drop(state);
        drop(before);
        true
    }

    pub(super) fn leave(&self, place: &mut Place) {
        let left = self.lock().waiters.leave(place);
        drop(left);
    }
}

/// How a child ended, as far as its group cares.
#[derive(Debug)]
pub enum End {
    /// With a value, or cancelled: no error (TGR-4).
    Quiet,
    /// The task of this name, with an error or a panic.
    Failed(Box<str>, BoxError),
}
