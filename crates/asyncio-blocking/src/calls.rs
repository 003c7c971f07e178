//! The default executor as one loop sees it: the calls that it has made there, whether it may make
//! more, and which executor that is.

use crate::ThreadPoolExecutor;
use asyncio_context::{WaitKind, clock, waiting};
use event_listener::{Event, EventListener, Listener};
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

thread_local! {
    static CURRENT: RefCell<Calls> = RefCell::new(Calls::new());
}

/// The calls that a loop has made into the default executor, by [`to_thread`](crate::to_thread) or
/// [`run_in_executor`](crate::run_in_executor): what it waits for at its end.
///
/// The default executor serves all loops of the process, so a loop that ends does not shut it
/// down; it waits for its own calls instead (RUN-16, THR-9), those whose futures were dropped
/// while the function ran among them. A loop [enters](Calls::enter) its calls while it runs; what
/// is called on a thread outside of all loops counts as the thread's.
///
/// ```
/// use asyncio_blocking::{Calls, run_in_executor, default_executor};
/// use std::time::Duration;
///
/// let calls = Calls::new();
/// let entered = calls.enter();
/// run_in_executor(&default_executor(), || println!("on a thread")).detach();
/// drop(entered);
/// assert!(calls.wait(Duration::from_secs(10)));
/// ```
#[derive(Clone)]
pub struct Calls {
    side: Arc<Side>,
}

#[derive(Default)]
struct Side {
    open: AtomicUsize,
    none_left: Event,
    refused: AtomicBool,
    /// In place of the default executor of the process.
    executor: Mutex<Option<ThreadPoolExecutor>>,
}

/// One open call.
pub(crate) struct CallGuard {
    side: Arc<Side>,
}

impl Calls {
    /// Those of a loop, none so far.
    pub fn new() -> Calls {
        Calls { side: Arc::default() }
    }

    /// The calls that those made on this thread now belong to. Usable from every thread.
    pub fn of_this_thread() -> Calls {
        // A thread at its end has destroyed its variable; a loop may go even later.
        CURRENT.try_with(|calls| calls.borrow().clone()).unwrap_or_default()
    }

    /// Makes these the calls of the thread until the guard is dropped.
    pub fn enter(&self) -> CallsGuard {
        let before = CURRENT.try_with(|calls| calls.replace(self.clone())).ok();
        CallsGuard { before, not_send: PhantomData }
    }

    pub(crate) fn open() -> CallGuard {
        let side = Calls::of_this_thread().side;
        side.open.fetch_add(1, Ordering::Relaxed);
        CallGuard { side }
    }

    /// Whether the calls of this thread are refused.
    pub(crate) fn are_refused() -> bool {
        Calls::of_this_thread().side.refused.load(Ordering::Relaxed)
    }

    /// Refuses the calls that come from now on, as an executor does that was shut down: their
    /// error [says so](crate::CallError::is_shut_down). Those that were made go on.
    ///
    /// asyncio: what `loop.shutdown_default_executor()` means for later calls (LL42-6).
    pub fn refuse(&self) {
        self.side.refused.store(true, Ordering::Relaxed);
    }

    /// Makes `executor` the default one for these calls, in place of the one of the process. The
    /// one that was set before is returned and not shut down (LL43-2), except by being dropped, if
    /// that was its last handle.
    ///
    /// asyncio: `loop.set_default_executor`.
    pub fn set_executor(&self, executor: ThreadPoolExecutor) -> Option<ThreadPoolExecutor> {
        executor.pool().may_be_default.store(true, Ordering::Relaxed);
        self.executor_set().replace(executor)
    }

    /// What was set by [`set_executor`](Calls::set_executor).
    pub(crate) fn executor(&self) -> Option<ThreadPoolExecutor> {
        self.executor_set().clone()
    }

    fn executor_set(&self) -> MutexGuard<'_, Option<ThreadPoolExecutor>> {
        self.side.executor.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// How many there are, queued or running.
    pub fn count(&self) -> usize {
        self.side.open.load(Ordering::Acquire)
    }

    /// Waits until there is none.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    #[track_caller]
    pub fn finished(&self) -> CallsFinished {
        CallsFinished { side: self.side.clone(), listener: None, location: Location::caller() }
    }

    /// Blocks the thread until there is none, for `timeout` at most. False if the time was up.
    pub fn wait(&self, timeout: Duration) -> bool {
        let deadline = clock::real_now().checked_add(timeout);
        loop {
            // Listening comes before the look: an end in between is not missed.
            let listener = self.side.none_left.listen();
            if self.count() == 0 {
                return true;
            }
            // A notification is no proof: it may be late, and meant for calls before these.
            let in_time = match deadline {
                Some(deadline) => listener.wait_deadline(deadline).is_some(),
                None => {
                    listener.wait();
                    true
                }
            };
            if !in_time {
                return self.count() == 0;
            }
        }
    }
}

impl Default for Calls {
    fn default() -> Calls {
        Calls::new()
    }
}

/// Gives the thread its former calls back when dropped. Made by [`Calls::enter`].
#[derive(Debug)]
pub struct CallsGuard {
    before: Option<Calls>,
    not_send: PhantomData<*const ()>,
}

impl Drop for CallsGuard {
    fn drop(&mut self) {
        // Dropped outside of the borrow: an executor may go with it.
        let before = self.before.take();
        let entered = before.map(|before| CURRENT.try_with(|calls| calls.replace(before)));
        drop(entered);
    }
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        if self.side.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.side.none_left.notify(usize::MAX);
        }
    }
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls").field("count", &self.count()).finish()
    }
}

/// See [`Calls::finished`].
///
/// # Cancel safety
///
/// Dropped, it loses nothing: the calls go on, and others who wait for them are told.
#[must_use = "futures do nothing unless awaited"]
pub struct CallsFinished {
    side: Arc<Side>,
    listener: Option<EventListener>,
    location: &'static Location<'static>,
}

impl Future for CallsFinished {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        loop {
            if this.side.open.load(Ordering::Acquire) == 0 {
                return Poll::Ready(());
            }
            match &mut this.listener {
                // Listening comes before the second look: an end in between is not missed.
                None => this.listener = Some(this.side.none_left.listen()),
                Some(listener) => match Pin::new(listener).poll(cx) {
                    Poll::Ready(()) => this.listener = None,
                    Poll::Pending => {
                        let side = Arc::as_ptr(&this.side) as usize;
                        waiting(WaitKind::Thread, side, this.location);
                        return Poll::Pending;
                    }
                },
            }
        }
    }
}

impl fmt::Debug for CallsFinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallsFinished")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn a_late_notification_does_not_end_the_wait_for_later_calls() {
        let calls = Calls::of_this_thread();
        let open = Calls::open();
        thread::scope(|scope| {
            let waiter = scope.spawn(|| (calls.wait(Duration::from_secs(60)), calls.count()));
            while calls.side.none_left.notify(1) == 0 {
                thread::yield_now();
            }
            // It listens again (or is gone, and has seen the open call).
            while calls.side.none_left.total_listeners() == 0 && !waiter.is_finished() {
                thread::yield_now();
            }
            drop(open);
            assert_eq!(waiter.join().unwrap(), (true, 0));
        });
    }
}
