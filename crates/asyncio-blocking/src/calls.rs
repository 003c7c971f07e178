//! How many calls a thread has made into the default executor that have not ended.

use asyncio_context::{WaitKind, clock, waiting};
use event_listener::{Event, EventListener, Listener};
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

thread_local! {
    static CALLS: Calls = Calls { count: Arc::default() };
}

/// The calls that this thread has made into the default executor, by
/// [`to_thread`](crate::to_thread) or [`run_in_executor`](crate::run_in_executor): what a loop
/// waits for at its end.
///
/// The default executor serves all loops of the process, so a loop that ends does not shut it
/// down; it waits for its own calls instead (RUN-16, THR-9), those whose futures were dropped
/// while the function ran among them.
#[derive(Clone)]
pub struct Calls {
    count: Arc<Count>,
}

#[derive(Default)]
struct Count {
    open: AtomicUsize,
    none_left: Event,
}

/// One open call.
pub(crate) struct CallGuard {
    count: Arc<Count>,
}

impl Calls {
    /// The calls of the thread this is called on. Usable from every thread.
    pub fn of_this_thread() -> Calls {
        CALLS.with(Calls::clone)
    }

    pub(crate) fn open() -> CallGuard {
        let count = CALLS.with(|calls| calls.count.clone());
        count.open.fetch_add(1, Ordering::Relaxed);
        CallGuard { count }
    }

    /// How many there are, queued or running.
    pub fn count(&self) -> usize {
        self.count.open.load(Ordering::Acquire)
    }

    /// Waits until there is none.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    #[track_caller]
    pub fn finished(&self) -> CallsFinished {
        CallsFinished { count: self.count.clone(), listener: None, location: Location::caller() }
    }

    /// Blocks the thread until there is none, for `timeout` at most. False if the time was up.
    pub fn wait(&self, timeout: Duration) -> bool {
        let deadline = clock::real_now().checked_add(timeout);
        loop {
            // Listening comes before the look: an end in between is not missed.
            let listener = self.count.none_left.listen();
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

impl Drop for CallGuard {
    fn drop(&mut self) {
        if self.count.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.count.none_left.notify(usize::MAX);
        }
    }
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls").field("count", &self.count()).finish()
    }
}

/// See [`Calls::finished`].
#[must_use = "futures do nothing unless awaited"]
pub struct CallsFinished {
    count: Arc<Count>,
    listener: Option<EventListener>,
    location: &'static Location<'static>,
}

impl Future for CallsFinished {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        loop {
            if this.count.open.load(Ordering::Acquire) == 0 {
                return Poll::Ready(());
            }
            match &mut this.listener {
                // Listening comes before the second look: an end in between is not missed.
                None => this.listener = Some(this.count.none_left.listen()),
                Some(listener) => match Pin::new(listener).poll(cx) {
                    Poll::Ready(()) => this.listener = None,
                    Poll::Pending => {
                        let count = Arc::as_ptr(&this.count) as usize;
                        waiting(WaitKind::Thread, count, this.location);
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
            while calls.count.none_left.notify(1) == 0 {
                thread::yield_now();
            }
            // It listens again (or is gone, and has seen the open call).
            while calls.count.none_left.total_listeners() == 0 && !waiter.is_finished() {
                thread::yield_now();
            }
            drop(open);
            assert_eq!(waiter.join().unwrap(), (true, 0));
        });
    }
}
