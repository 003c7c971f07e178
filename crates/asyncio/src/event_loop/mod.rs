//! The event loop: an executor and a driver, joined.

mod builder;
mod current;
mod log;
mod loop_handle;
mod loop_ref;
mod park;
mod remote_task;
mod state;
mod timer_handle;

pub use builder::LoopBuilder;
pub use current::{get_running_loop, try_get_running_loop};
pub use loop_handle::{LoopHandle, ThreadsafeHandle};
pub use loop_ref::LoopRef;
pub use remote_task::{RemoteError, RemoteTask};
pub use timer_handle::TimerHandle;

use crate::runner::Interrupt;
use asyncio_context::clock;
use asyncio_context::report::{Report, report};
use asyncio_context::{Context, JoinError, TaskRef};
use asyncio_executor::{Handle, SharedTask, Task, Turn};
use asyncio_reactor::Driver;
use park::{HostWaker, LoopPark};
use state::State;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::panic::Location;
use std::rc::Rc;
use std::task::Waker;
use std::time::{Duration, Instant};

/// The owner of a loop: its tasks, its callbacks, its driver.
///
/// Most programs never name it, [`run`](crate::run) makes one. It is for those who keep a loop over several runs, or
/// turn it from a loop of their own. It stays on its thread; [`LoopHandle`] is its side for others. It is *current*, so
/// that [`create_task`](crate::create_task) and [`get_running_loop`] find it, only inside a run or a turn.
///
/// Dropping it [closes](EventLoop::close) it. asyncio: `asyncio.EventLoop`, `new_event_loop`.
///
/// ```
/// use asyncio::EventLoop;
///
/// let mut event_loop = EventLoop::new()?;
/// let answer = event_loop.create_task(async { 42 });
/// assert_eq!(event_loop.run_until_complete(answer).unwrap().unwrap(), 42);
/// # std::io::Result::Ok(())
/// ```
pub struct EventLoop {
    state: Rc<State>,
    /// Gone when the loop is closed.
    driver: Option<Driver>,
    /// What a host that turns this loop wants to be woken by.
    host: Option<HostWaker>,
    /// A host has taken a turn, so the loop may sleep between turns.
    hosted: bool,
}

impl EventLoop {
    /// A loop of this thread, in real time, on the driver of this system. asyncio: `new_event_loop`.
    ///
    /// # Errors
    ///
    /// Those of the system when descriptors run out (it takes two).
    pub fn new() -> io::Result<EventLoop> {
        EventLoop::builder().build()
    }

    /// A loop with other properties.
    pub fn builder() -> LoopBuilder {
        LoopBuilder::default()
    }

    fn with(driver: Driver, debug: bool) -> EventLoop {
        EventLoop { state: State::new(debug), driver: Some(driver), host: None, hosted: false }
    }

    /// What [`get_running_loop`] gives inside.
    pub fn loop_ref(&self) -> LoopRef {
        LoopRef::new(self.state.clone())
    }

    /// The loop's side for other threads.
    pub fn handle(&self) -> LoopHandle {
        self.state.handle()
    }

    /// Makes a task of `future`; it starts in the next turn.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn create_task<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.state.executor.create_task(future)
    }

    /// Makes a shared task of `future` that runs on this loop.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> SharedTask<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let _entered = self.state.executor.enter();
        asyncio_executor::spawn(future)
    }

    /// Calls `callback` in the next turn.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn call_soon(&self, callback: impl FnOnce() + 'static) -> Handle {
        self.state.executor.call_soon(callback)
    }

    /// [`call_soon`](EventLoop::call_soon) with these context variables instead of a copy of the current ones.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn call_soon_in(&self, context: Context, callback: impl FnOnce() + 'static) -> Handle {
        self.state.executor.call_soon_in(context, callback)
    }

    /// The tasks that are not over, oldest first.
    pub fn all_tasks(&self) -> Vec<TaskRef> {
        self.state.executor.all_tasks()
    }

    /// Runs the loop until `future` is done, which may borrow and need not be `Send`. Other tasks stay where they are and
    /// go on in the next run. asyncio: `run_until_complete`.
    ///
    /// # Errors
    ///
    /// If the future's task was cancelled (by [`LoopRef::stop`], among others) or panicked.
    ///
    /// # Panics
    ///
    /// Inside a running loop (LL8-3), and if the loop is closed (LL8-2).
    #[track_caller]
    pub fn run_until_complete<F: IntoFuture>(&mut self, future: F) -> Result<F::Output, JoinError> {
        self.run_main(Location::caller(), future, false).0
    }

    /// [`run_until_complete`](EventLoop::run_until_complete), and whether Ctrl-C is what ended it.
    #[track_caller]
    pub(crate) fn run_main<F: IntoFuture>(
        &mut self,
        at: &'static Location<'static>,
        future: F,
        interruptible: bool,
    ) -> (Result<F::Output, JoinError>, bool) {
        let (state, mut park) = self.parts("run_until_complete()");
        let notifier = park.notifier();
        let shared = state.clone();
        let main = async move {
            let task = asyncio_context::current_task();
            if interruptible {
                shared.interrupt.replace(Interrupt::take(task.clone(), notifier));
            }
            shared.main.replace(Some(task));
            if shared.stop.take() {
                // Stopped between the call and main's first turn.
                shared.stop_main();
            }
            future.await
        };
        let (result, interrupted) = {
            let _running = state.running();
            let result = state.executor.run_until_from(at, main, &mut park);
            let interrupt = state.interrupt.take();
            (result, interrupt.is_some_and(|interrupt| interrupt.main_is_done()))
        };
        state.main.take();
        // A stop that came when main was over was for this run, which has ended.
        state.stop.set(false);
        (result, interrupted)
    }

    /// Runs the loop until [`LoopRef::stop`] is called; where it was called before, for one turn (LL8-5).
    ///
    /// # Panics
    ///
    /// Inside a running loop (LL8-3), if the loop is closed (LL8-2), and if the driver cannot wait for events.
    #[track_caller]
    pub fn run_forever(&mut self) {
        let (state, mut park) = self.parts("run_forever()");
        let _running = state.running();
        loop {
            let timeout = state.stop.get().then_some(Duration::ZERO);
            if let Err(error) = state.executor.turn(&mut park, timeout) {
                panic!("the event loop cannot wait for events: {error}");
            }
            if state.stop.take() {
                return;
            }
        }
    }

    /// Cancels every task that is not over and runs until those have ended: what [`run`](crate::run) does when main is
    /// done (RUN-10 to RUN-14).
    ///
    /// # Errors
    ///
    /// Those of the driver.
    ///
    /// # Panics
    ///
    /// Inside a running loop, and if the loop is closed.
    #[track_caller]
    pub fn cancel_all_tasks(&mut self) -> io::Result<()> {
        let (state, mut park) = self.parts("cancel_all_tasks()");
        let _running = state.running();
        state.executor.cancel_all(&mut park)
    }

    /// One turn, for a host that owns the thread: waits up to `timeout` (`None`: without end) if nothing is ready, then
    /// runs what is ready.
    ///
    /// Between two turns the host sleeps until [the descriptor](EventLoop::as_fd) is readable or
    /// [`next_deadline`](EventLoop::next_deadline) has come, unless the turn said that there is [more](Turn::more).
    ///
    /// # Errors
    ///
    /// Those of the driver.
    ///
    /// # Panics
    ///
    /// Inside a running loop, and if the loop is closed.
    #[track_caller]
    pub fn turn(&mut self, timeout: Option<Duration>) -> io::Result<Turn> {
        self.hosted = true;
        let (state, mut park) = self.parts("turn()");
        park.set_hosted()?;
        let _running = state.running();
        state.executor.turn(&mut park, timeout)
    }

    /// When a turn is due at the latest; `None` if only an event can bring work.
    pub fn next_deadline(&self) -> Option<Instant> {
        let driver = self.driver.as_ref()?;
        if self.state.executor.is_ready() {
            let _clock = driver.enter();
            return Some(clock::now());
        }
        driver.next_deadline()
    }

    /// Has `waker` woken whenever a task or a call makes a turn due that was not before, from whatever thread: for hosts that
    /// wait for more than [the descriptor](EventLoop::as_fd), which alone tells of I/O. Where turns were taken before, it is
    /// woken at once: from the turn it takes then on it misses nothing.
    pub fn set_waker(&mut self, waker: Waker) {
        let Some(driver) = &self.driver else { return };
        self.host = Some(HostWaker::new(driver.notifier(), waker.clone()));
        if self.hosted {
            waker.wake();
        }
    }

    /// Whether the loop is closed.
    pub fn is_closed(&self) -> bool {
        self.driver.is_none()
    }

    /// Ends the loop: drops the futures of the tasks that are left, which run their destructors only, and the callbacks
    /// that were not called. To let tasks clean up first, [`cancel_all_tasks`](EventLoop::cancel_all_tasks). A second call
    /// does nothing. Inside its own run it cannot be called (LL13-1), for the run borrows the loop.
    pub fn close(&mut self) {
        let Some(driver) = self.driver.take() else { return };
        let _driver = driver.enter();
        let _running = self.state.running();
        if self.state.debug.get() {
            self.state.executor.all_tasks().into_iter().for_each(report_pending);
        }
        self.state.executor.close();
        self.state.flags.close();
        // It may hold a reference to the loop, as tasks and callbacks may, which are gone.
        let handler = self.state.handler.take();
        drop(handler);
    }

    /// How many calls of this loop into the default executor have not ended.
    pub(crate) fn open_calls(&self) -> usize {
        self.state.calls.count()
    }

    #[track_caller]
    fn parts(&mut self, what: &str) -> (Rc<State>, LoopPark<'_>) {
        assert!(
            try_get_running_loop().is_none(),
            "{what} cannot be called from a running event loop: the thread is inside one already"
        );
        let Some(driver) = &mut self.driver else { panic!("{what}: the event loop is closed") };
        (self.state.clone(), LoopPark::new(&self.state, driver, self.host.as_ref()))
    }
}

/// Debug mode: asyncio's "Task was destroyed but it is pending" and "was never awaited".
fn report_pending(task: TaskRef) {
    let what = match (task.has_begun(), task.waits_for()) {
        (false, _) => "a task is dropped with its loop that was never polled".to_owned(),
        (true, None) => "a task is dropped with its loop that is not over".to_owned(),
        (true, Some(wait)) => {
            format!("a task is dropped with its loop that waits for {:?} at {}", wait.kind, wait.at)
        }
    };
    report(Report::warning(what).task(task));
}

impl AsFd for EventLoop {
    /// A descriptor that is readable when a turn has something to do.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.driver.as_ref().expect("a closed event loop has no descriptor").as_fd()
    }
}

impl Drop for EventLoop {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for EventLoop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLoop")
            .field("closed", &self.is_closed())
            .field("tasks", &self.all_tasks())
            .finish()
    }
}
