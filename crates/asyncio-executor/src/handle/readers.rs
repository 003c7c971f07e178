use super::Task;
use asyncio_context::{JoinError, TaskRef};
use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

/// The result of a task, for many readers: clones wait for the same task, each gets a clone of its
/// value. Made by [`Task::shared`]; asyncio's tasks are all like this (EXE-7).
///
/// # Cancel safety
///
/// It passes no cancellation on, and can be awaited again.
///
/// ```
/// use asyncio_executor::{LocalExecutor, ThreadPark, create_task};
///
/// LocalExecutor::new().run_until(async {
///     let one = create_task(async { 42 }).shared();
///     let two = one.clone();
///     assert_eq!(one.await.unwrap() + two.await.unwrap(), 84);
/// }, &mut ThreadPark::new()).unwrap();
/// ```
#[must_use = "futures do nothing unless polled"]
pub struct SharedResult<T> {
    inner: Rc<Inner<T>>,
    /// Our place among the wakers, once we wait.
    place: Option<usize>,
}

struct Inner<T> {
    task: RefCell<Task<T>>,
    result: OnceCell<Result<T, Arc<JoinError>>>,
    readers: Arc<Readers>,
}

/// Wakes all that wait, in the order in which they began to.
#[derive(Default)]
struct Readers(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    next: usize,
    wakers: Vec<(usize, Waker)>,
}

impl Readers {
    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl Wake for Readers {
    fn wake(self: Arc<Self>) {
        let wakers = std::mem::take(&mut self.lock().wakers);
        for (_, waker) in wakers {
            waker.wake();
        }
    }
}

impl<T: Clone + 'static> SharedResult<T> {
    pub(super) fn new(task: Task<T>) -> SharedResult<T> {
        let task = RefCell::new(task);
        let inner = Inner { task, result: OnceCell::new(), readers: Arc::default() };
        SharedResult { inner: Rc::new(inner), place: None }
    }

    /// The result, if the task is over.
    pub fn peek(&self) -> Option<Result<T, Arc<JoinError>>> {
        if self.inner.result.get().is_none() {
            let taken = self.inner.task.borrow_mut().result()?;
            let _ = self.inner.result.set(taken.map_err(Arc::new));
        }
        self.inner.result.get().cloned()
    }
}

impl<T> SharedResult<T> {
    /// The task.
    pub fn task_ref(&self) -> TaskRef {
        self.inner.task.borrow().task_ref()
    }

    fn leave(&mut self) {
        if let Some(place) = self.place.take() {
            let mut waiting = self.inner.readers.lock();
            let at = waiting.wakers.iter().position(|(other, _)| *other == place);
            let waker = at.map(|at| waiting.wakers.remove(at));
            drop(waiting);
            drop(waker);
        }
    }
}

impl<T: Clone + 'static> Future for SharedResult<T> {
    type Output = Result<T, Arc<JoinError>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(result) = self.peek() {
            self.leave();
            return Poll::Ready(result);
        }
        let new = cx.waker().clone();
        let place = self.place;
        let mut waiting = self.inner.readers.lock();
        let known = place.and_then(|p| waiting.wakers.iter().position(|(other, _)| *other == p));
        let (place, before) = match known {
            Some(at) => {
                (waiting.wakers[at].0, Some(std::mem::replace(&mut waiting.wakers[at].1, new)))
            }
            None => {
                waiting.next += 1;
                let place = waiting.next;
                waiting.wakers.push((place, new));
                (place, None)
            }
        };
        drop(waiting);
        drop(before);
        self.place = Some(place);
        let all = Waker::from(self.inner.readers.clone());
        let polled =
            Pin::new(&mut &mut *self.inner.task.borrow_mut()).poll(&mut Context::from_waker(&all));
        debug_assert!(polled.is_pending(), "looked at just above, on the task's own thread");
        Poll::Pending
    }
}

impl<T> Clone for SharedResult<T> {
    fn clone(&self) -> SharedResult<T> {
        SharedResult { inner: self.inner.clone(), place: None }
    }
}

impl<T> Drop for SharedResult<T> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl<T> fmt::Debug for SharedResult<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedResult").field(&self.task_ref()).finish()
    }
}
