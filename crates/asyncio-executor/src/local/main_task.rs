//! Running a loop until a future is done.

use super::executor::LocalExecutor;
use super::turn::TurnGuard;
use super::{Park, callback};
use crate::loop_task::{self, Header, Listed};
use asyncio_context::{Body, JoinError, copy_context};
use std::io;
use std::marker::PhantomData;
use std::panic::Location;
use std::ptr::NonNull;

/// The main task. It may borrow, so it is over, and its result taken or dropped, before `run_until`
/// returns or unwinds.
struct Main<T> {
    task: NonNull<Header>,
    output: PhantomData<T>,
}

impl<T> Main<T> {
    fn header(&self) -> &Header {
        // SAFETY: this value owns a reference.
        unsafe { self.task.as_ref() }
    }

    fn is_done(&self) -> bool {
        self.header().is_done()
    }

    fn take(&self) -> Result<T, JoinError> {
        debug_assert!(self.header().has_output());
        // SAFETY: done with a handle, which this is, and not taken yet: `take` is called once, or by
        // `drop` after a look.
        unsafe { loop_task::take_output::<T>(self.task) }
    }
}

impl<T> Drop for Main<T> {
    fn drop(&mut self) {
        // SAFETY: a reference of ours; the loop is current, since the guard for that is dropped after
        // this value; and the turn is over or has unwound.
        unsafe { loop_task::abandon_now(self.task) };
        if self.header().has_output() {
            let result = self.take();
            if let Some(payload) = loop_task::caught(|| drop(result)) {
                callback::panicked("a result panicked when it was dropped", payload, None);
            }
        }
        self.header().drop_handle();
        // SAFETY: this value's reference.
        unsafe { loop_task::drop_ref(self.task) };
    }
}

impl LocalExecutor {
    /// Runs the loop until `future` is done, which runs as a task like any other. It may borrow and
    /// need not be `Send`.
    ///
    /// As in asyncio, what became ready by then still has its turn; after that tasks that are not over
    /// stay where they are, until the loop runs again or is closed. See also
    /// [`cancel_all`](LocalExecutor::cancel_all).
    ///
    /// # Errors
    ///
    /// If the main task was cancelled or panicked.
    ///
    /// # Panics
    ///
    /// Inside a turn of this or another loop (RUN-5), if the loop is closed or being closed, and if `park`
    /// fails: a loop that cannot wait cannot go on.
    #[track_caller]
    pub fn run_until<F, P>(&self, future: F, park: &mut P) -> Result<F::Output, JoinError>
    where
        F: Future,
        P: Park + ?Sized,
    {
        self.run_until_from(Location::caller(), future, park)
    }

    /// [`run_until`](LocalExecutor::run_until) for those who run it for somebody else: the main task
    /// counts as spawned at `at`.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// As there.
    #[track_caller]
    pub fn run_until_from<F, P>(
        &self,
        at: &'static Location<'static>,
        future: F,
        park: &mut P,
    ) -> Result<F::Output, JoinError>
    where
        F: Future,
        P: Park + ?Sized,
    {
        let _guard = TurnGuard::new(self, "run()");
        self.enter_hooks();
        let entered = self.owned.enter();
        let here = entered.here();
        let body = Body::new(copy_context(), future);
        // SAFETY: `main` is dropped at the end of this function however that is reached, which ends
        // the task and takes its result.
        let task = unsafe { loop_task::spawn::<F, Listed>(here, body, true, at) };
        let main = Main::<F::Output> { task, output: PhantomData };
        while !main.is_done() {
            waited(self.one_turn(here, park, None, || main.is_done()));
        }
        // What was ready when main ended runs: the rest of its batch, and the one after.
        while here.core().ready.in_batch() {
            waited(self.one_turn(here, park, None, || true));
        }
        if !here.core().ready.is_empty() {
            waited(self.one_turn(here, park, None, || true));
            while here.core().ready.in_batch() {
                waited(self.one_turn(here, park, None, || true));
            }
        }
        main.take()
    }

    /// Cancels every task that is not over and runs the loop until those have ended: what
    /// `asyncio.run` does when main is done (RUN-10 to RUN-14). A task that swallows the request is
    /// waited for; tasks made meanwhile are neither cancelled nor waited for. Failures go to the
    /// report of the thread.
    ///
    /// # Errors
    ///
    /// What `park` returns.
    ///
    /// # Panics
    ///
    /// As [`run_until`](LocalExecutor::run_until).
    #[track_caller]
    pub fn cancel_all<P: Park + ?Sized>(&self, park: &mut P) -> io::Result<()> {
        let _guard = TurnGuard::new(self, "cancel_all()");
        self.enter_hooks();
        let entered = self.owned.enter();
        let here = entered.here();
        let mut left = here.tasks();
        for task in &left {
            task.cancel();
        }
        while let Some(last) = left.last() {
            if last.done() {
                left.pop();
            } else {
                self.one_turn(here, park, None, || true)?;
            }
        }
        Ok(())
    }
}

#[track_caller]
fn waited(parked: io::Result<()>) {
    if let Err(error) = parked {
        panic!("the event loop cannot wait for events: {error}");
    }
}
