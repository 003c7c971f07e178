use crate::error::ShutdownTimeoutError;
use crate::pool::Pool;
use asyncio_context::{WaitKind, waiting};
use event_listener::{EventListener, Listener};
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

/// What becomes of the functions that are queued when an executor is shut down. asyncio:
/// `shutdown(cancel_futures=..)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queued {
    /// They are run before the threads end.
    Run,
    /// They are cancelled: their futures give an error that
    /// [`is_cancelled`](crate::CallError::is_cancelled).
    Cancel,
}

/// The wait for the end of an executor's threads: for a task as a future, for a thread by
/// [`wait`](Shutdown::wait). Made by [`ThreadPoolExecutor::shutdown`].
///
/// # Cancel safety
///
/// Dropping it loses nothing, the shutdown takes its course.
///
/// [`ThreadPoolExecutor::shutdown`]: crate::ThreadPoolExecutor::shutdown
pub struct Shutdown {
    pool: Arc<Pool>,
    listener: Option<EventListener>,
    location: &'static Location<'static>,
}

impl Shutdown {
    #[track_caller]
    pub(crate) fn new(pool: Arc<Pool>) -> Shutdown {
        Shutdown { pool, listener: None, location: Location::caller() }
    }

    /// Blocks this thread until all threads of the executor have ended, for `timeout` at most.
    ///
    /// # Errors
    ///
    /// The time was up. The threads go on, and end when their functions return.
    pub fn wait(self, timeout: Duration) -> Result<(), ShutdownTimeoutError> {
        // Listening comes before the look: an end in between is not missed.
        let listener = self.pool.gone.listen();
        if self.pool.is_gone() || listener.wait_timeout(timeout).is_some() || self.pool.is_gone() {
            return Ok(());
        }
        Err(ShutdownTimeoutError { workers: self.pool.workers() })
    }
}

impl Future for Shutdown {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        loop {
            if this.pool.is_gone() {
                return Poll::Ready(());
            }
            match &mut this.listener {
                None => this.listener = Some(this.pool.gone.listen()),
                Some(listener) => match Pin::new(listener).poll(cx) {
                    Poll::Ready(()) => this.listener = None,
                    Poll::Pending => {
                        let pool = Arc::as_ptr(&this.pool) as usize;
                        waiting(WaitKind::Thread, pool, this.location);
                        return Poll::Pending;
                    }
                },
            }
        }
    }
}

impl fmt::Debug for Shutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shutdown").field("over", &self.pool.is_gone()).finish()
    }
}
