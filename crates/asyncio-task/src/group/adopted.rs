//! A child that runs elsewhere, as a loop task or a shared task, and what its group has of it.

use super::slot::{End, Slot};
use crate::Outcome;
use asyncio_context::{JoinError, current_task, try_current_task};
use pin_project_lite::pin_project;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

pin_project! {
    /// The future of the task: the child's, and word to the group when it is over.
    pub(super) struct Adopted<F> where F: Future, F::Output: Outcome {
        #[pin]
        future: F,
        notice: Notice<<F::Output as Outcome>::Value>,
    }
}

impl<F> Adopted<F>
where
    F: Future<Output: Outcome>,
{
    pub(super) fn new(
        future: F,
        slot: &Arc<Slot<<F::Output as Outcome>::Value>>,
    ) -> (Adopted<F>, Watch) {
        let monitor = Arc::new(Monitor::default());
        let notice = Notice { slot: slot.clone(), monitor: monitor.clone() };
        (Adopted { future, notice }, Watch(monitor))
    }
}

impl<F> Future for Adopted<F>
where
    F: Future<Output: Outcome>,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        // Caught here and not by the task: the group is who reads the panic.
        let polled = catch_unwind(AssertUnwindSafe(|| this.future.poll(cx)));
        let slot = &this.notice.slot;
        let ended = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(output)) => Ok(slot.output(output.outcome())),
            Err(payload) => Err(JoinError::panic(&current_task(), payload)),
        };
        eager(slot);
        this.notice.monitor.end(slot.settle(ended));
        Poll::Ready(())
    }
}

/// A task that ends in its first step, inside the call that makes it, says by itself which one it is.
fn eager<T>(slot: &Slot<T>) {
    if let Some(task) = try_current_task() {
        slot.set_task(task);
    }
}

/// Tells of the end when the future is dropped without one: the task was cancelled.
struct Notice<T> {
    slot: Arc<Slot<T>>,
    monitor: Arc<Monitor>,
}

impl<T> Drop for Notice<T> {
    fn drop(&mut self) {
        eager(&self.slot);
        self.slot.gone();
        self.monitor.end(End::Quiet);
    }
}

/// Carries the end of a child to its group; the first one stands.
#[derive(Default)]
struct Monitor {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    over: bool,
    end: Option<End>,
    waker: Option<Waker>,
}

impl Monitor {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn end(&self, end: End) {
        let mut state = self.lock();
        if state.over {
            return;
        }
        state.over = true;
        state.end = Some(end);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// The group's side of a child that runs elsewhere.
pub(super) struct Watch(Arc<Monitor>);

impl Future for Watch {
    type Output = End;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<End> {
        // Cloned and dropped outside the lock; a group polls this once or twice.
        let waker = cx.waker().clone();
        let mut state = self.0.lock();
        if let Some(end) = state.end.take() {
            return Poll::Ready(end);
        }
        let before = state.waker.replace(waker);
        drop(state);
        drop(before);
        Poll::Pending
    }
}
