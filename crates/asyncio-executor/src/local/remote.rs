use super::callback;
use crate::loop_task::{Here, Home, Letter, Posted};
use crate::sync::Arc;
use asyncio_context::Context;
use std::error::Error;
use std::fmt;
use std::panic::Location;

/// A loop's side for other threads.
///
/// ```
/// use asyncio_executor::{LocalExecutor, ThreadPark, create_task};
/// use std::cell::Cell;
/// use std::rc::Rc;
///
/// let executor = LocalExecutor::new();
/// let remote = executor.remote();
/// let answer = Rc::new(Cell::new(0));
/// thread_local!(static ANSWER: Cell<u32> = const { Cell::new(0) });
/// std::thread::spawn(move || remote.post(|| ANSWER.set(42))).join().unwrap().unwrap();
/// executor.run_until(async { assert_eq!(ANSWER.get(), 42) }, &mut ThreadPark::new()).unwrap();
/// ```
#[derive(Clone)]
pub struct Remote(Arc<Home>);

impl Remote {
    pub(crate) fn new(home: Arc<Home>) -> Remote {
        Remote(home)
    }

    /// The side for other threads of the loop whose turn it is here.
    pub fn current() -> Option<Remote> {
        Here::current().map(|here| Remote(here.share()))
    }

    /// Has the loop call `f` in its next turn, on its thread. In the order of the calls, as far as one
    /// thread makes them.
    ///
    /// # Errors
    ///
    /// If the loop is closed; `f` has been dropped here.
    pub fn post(&self, f: impl FnOnce() + Send + 'static) -> Result<(), LoopClosed> {
        match Home::post(&self.0, Letter::Call(Posted::new(f))) {
            Ok(()) => Ok(()),
            Err(letter) => {
                drop(letter);
                Err(LoopClosed(()))
            }
        }
    }

    /// Wakes the loop if it waits in its `Park`.
    pub fn unpark(&self) {
        self.0.unpark();
    }

    /// Whether the code that asks runs in a turn of this loop.
    pub fn is_current(&self) -> bool {
        Home::is_current_share(&self.0)
    }

    /// Has the loop call `callback` with `context`: in its ready queue, behind what stands there, also where
    /// the calling thread is the loop's own.
    ///
    /// # Errors
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn call_soon(
        &self,
        context: Context,
        callback: impl FnOnce() + Send + 'static,
    ) -> Result<(), LoopClosed> {
        let at = Location::caller();
        if self.is_current() {
            callback::schedule(context, Box::new(callback), at);
            return Ok(());
        }
        self.post(move || _ = callback::schedule(context, Box::new(callback), at))
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Remote")
    }
}

/// The loop that something was posted to is closed.
#[derive(Debug)]
pub struct LoopClosed(());

impl fmt::Display for LoopClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the event loop is closed")
    }
}

impl Error for LoopClosed {}
