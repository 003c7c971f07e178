use super::state::State;
use super::{LoopHandle, TimerHandle, log, timer_handle};
use asyncio_blocking::{
    CallsFinished, RunInExecutor, ThreadPoolExecutor, default_executor, run_in_executor,
};
use asyncio_context::clock;
use asyncio_context::report::Report;
use asyncio_context::{Context, TaskRef, copy_context};
use asyncio_executor::{Handle, SharedTask, Task};
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// The loop as its own tasks and callbacks see it: what [`get_running_loop`](crate::get_running_loop) gives.
///
/// It cannot leave the loop's thread; [`handle`](LoopRef::handle) gives what can.
///
/// ```
/// use asyncio::get_running_loop;
///
/// asyncio::run(async {
///     let event_loop = get_running_loop();
///     event_loop.call_soon(|| println!("soon"));
///     assert!(event_loop.is_running());
/// });
/// ```
#[derive(Clone)]
pub struct LoopRef {
    state: Rc<State>,
}

impl LoopRef {
    pub(super) fn new(state: Rc<State>) -> LoopRef {
        LoopRef { state }
    }

    /// The loop's side for other threads.
    pub fn handle(&self) -> LoopHandle {
        self.state.handle()
    }

    /// Makes a task of `future`; it starts in the next turn. asyncio: `loop.create_task`.
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

    /// Runs `future` without a record: for what is part of the loop rather than of the program.
    #[track_caller]
    pub(super) fn spawn_hidden(&self, future: impl Future<Output = ()> + 'static) {
        self.state.executor.spawn_hidden(future);
    }

    /// [`spawn_hidden`](LoopRef::spawn_hidden), polled at once where the loop runs.
    #[track_caller]
    pub(super) fn spawn_hidden_now(&self, future: impl Future<Output = ()> + 'static) {
        self.state.executor.spawn_hidden_now(future);
    }

    /// The tasks that are not over, oldest first. asyncio: `all_tasks`.
    pub fn all_tasks(&self) -> Vec<TaskRef> {
        self.state.executor.all_tasks()
    }

    /// Calls `callback` in the next turn, in the order of the calls (LL17-1), with a copy of the context variables as they are
    /// here and now (LL17-4). A panic in it goes to the exception handler.
    ///
    /// # Panics
    ///
    /// If the loop is closed (LL17-6).
    #[track_caller]
    pub fn call_soon(&self, callback: impl FnOnce() + 'static) -> Handle {
        self.state.executor.call_soon(callback)
    }

    /// [`call_soon`](LoopRef::call_soon) with these context variables. asyncio: `call_soon(.., context=)`.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn call_soon_in(&self, context: Context, callback: impl FnOnce() + 'static) -> Handle {
        self.state.executor.call_soon_in(context, callback)
    }

    /// Calls `callback` when `delay` is over. A delay too long for the clock never ends (LL19-3).
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn call_later(&self, delay: Duration, callback: impl FnOnce() + 'static) -> TimerHandle {
        timer_handle::schedule(self, here(), clock::now().checked_add(delay), callback)
    }

    /// Calls `callback` at `when`, on the scale of [`time`](LoopRef::time); in the next turn if that is past (LL20-1).
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn call_at(&self, when: Instant, callback: impl FnOnce() + 'static) -> TimerHandle {
        timer_handle::schedule(self, here(), Some(when), callback)
    }

    /// [`call_later`](LoopRef::call_later) with these context variables.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn call_later_in(
        &self,
        context: Context,
        delay: Duration,
        callback: impl FnOnce() + 'static,
    ) -> TimerHandle {
        timer_handle::schedule(self, context, clock::now().checked_add(delay), callback)
    }

    /// [`call_at`](LoopRef::call_at) with these context variables.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn call_at_in(
        &self,
        context: Context,
        when: Instant,
        callback: impl FnOnce() + 'static,
    ) -> TimerHandle {
        timer_handle::schedule(self, context, Some(when), callback)
    }

    /// The time on the loop's clock.
    pub fn time(&self) -> Instant {
        clock::now()
    }

    /// Calls `f` on a thread of `executor`, of the default one for `None`. `f` is handed in by this call, awaited or not
    /// (LL42-1).
    ///
    /// # Errors
    ///
    /// The future's: see [`CallError`](crate::CallError).
    ///
    /// # Panics
    ///
    /// If the loop is closed (LL42-6).
    #[track_caller]
    pub fn run_in_executor<F, T>(
        &self,
        executor: Option<&ThreadPoolExecutor>,
        f: F,
    ) -> RunInExecutor<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        assert!(!self.is_closed(), "run_in_executor(): the event loop is closed");
        match executor {
            Some(executor) => run_in_executor(executor, f),
            None => {
                // It may be called between two runs.
                let _calls = self.state.calls.enter();
                run_in_executor(&default_executor(), f)
            }
        }
    }

    /// Makes `executor` the default one of this loop, for [`to_thread`](crate::to_thread) among others. The one that was
    /// set before is returned, and not shut down while a handle of it is kept (LL43-2). Without this it is one for all loops
    /// of the process: see [`set_default_executor`](crate::set_default_executor).
    pub fn set_default_executor(&self, executor: ThreadPoolExecutor) -> Option<ThreadPoolExecutor> {
        self.state.calls.set_executor(executor)
    }

    /// Refuses calls of this loop into the default executor from now on, and waits for those that it has made. What
    /// [`run`](crate::run) does at its end, with a limit of five minutes; for another limit wrap it in
    /// [`timeout`](crate::timeout).
    ///
    /// The threads are not ended: they may be those of other loops, and end by themselves when they have nothing to do.
    ///
    /// # Cancel safety
    ///
    /// Calls are refused all the same. Nothing else is lost.
    #[track_caller]
    pub fn shutdown_default_executor(&self) -> CallsFinished {
        self.state.calls.refuse();
        self.state.calls.finished()
    }

    /// Ends `run_forever` after the present batch; in a `run_until_complete`, cancels its task. asyncio: `loop.stop`.
    pub fn stop(&self) {
        if !self.state.stop_main() {
            self.state.stop.set(true);
        }
    }

    /// Whether the loop is inside a run or a turn.
    pub fn is_running(&self) -> bool {
        self.state.flags.is_running()
    }

    /// Whether the loop is closed.
    pub fn is_closed(&self) -> bool {
        self.state.flags.is_closed()
    }

    /// The debug flag. asyncio: `get_debug`.
    pub fn debug(&self) -> bool {
        self.state.debug.get()
    }

    /// Sets the debug flag, for the turns to come (LL133-1). In debug mode [slow](LoopRef::set_slow_callback_duration) polls
    /// and calls are reported, and tasks that a loop drops when it is closed.
    pub fn set_debug(&self, debug: bool) {
        self.state.debug.set(debug);
        self.state.note_debug();
    }

    /// From how long on a poll or a call is slow. asyncio: `slow_callback_duration`.
    pub fn slow_callback_duration(&self) -> Duration {
        self.state.slow.get()
    }

    /// In debug mode, reports as a warning what takes that long without letting anything else run: a task's poll, a
    /// callback, or a whole turn with many of them. 100 ms where nothing was set; zero reports everything. It is
    /// measured in real time, also in a virtual one.
    pub fn set_slow_callback_duration(&self, limit: Duration) {
        self.state.slow.set(limit);
        self.state.note_debug();
    }

    /// Gives the tasks that are made from now on their first turn inside the call that makes them: see
    /// [`TaskBuilder::eager_start`](crate::TaskBuilder::eager_start), which decides it for one task. asyncio:
    /// `set_task_factory(eager_task_factory)`.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn set_eager_tasks(&self, eager: bool) {
        self.state.executor.set_eager_tasks(eager);
    }

    /// Has failures that nobody can be handed go to `handler`; `None` brings back the [default
    /// one](LoopRef::default_exception_handler). It is called with the context variables of the callback that failed. asyncio:
    /// `set_exception_handler`.
    ///
    /// ```
    /// use asyncio::{LoopRef, Report, get_running_loop};
    ///
    /// asyncio::run_virtual(async {
    ///     get_running_loop().set_exception_handler(|event_loop: &LoopRef, mut report: Report| {
    ///         report.message.insert_str(0, "passed on: ");
    ///         event_loop.default_exception_handler(report);
    ///     });
    ///     get_running_loop().set_exception_handler::<fn(&LoopRef, Report)>(None);
    /// });
    /// ```
    pub fn set_exception_handler<H>(&self, handler: impl Into<Option<H>>)
    where
        H: Fn(&LoopRef, Report) + 'static,
    {
        let handler = handler.into().map(|handler| Rc::new(handler) as _);
        let before = self.state.handler.replace(handler);
        drop(before);
    }

    /// Hands a failure to the exception handler.
    pub fn call_exception_handler(&self, report: Report) {
        self.state.clone().receive(report);
    }

    /// The handler, if one is set.
    #[allow(clippy::type_complexity, reason = "a name would only hide what can be done with it")]
    pub fn get_exception_handler(&self) -> Option<Rc<dyn Fn(&LoopRef, Report)>> {
        self.state.handler.borrow().clone()
    }

    /// What there is without a handler: prints to standard error, or with the feature `log` hands the text to that facade,
    /// target `asyncio`.
    pub fn default_exception_handler(&self, report: Report) {
        log::say(&report);
    }
}

/// What a callback that is made here and now is called with.
fn here() -> Context {
    copy_context().inherited()
}

impl PartialEq for LoopRef {
    fn eq(&self, other: &LoopRef) -> bool {
        Rc::ptr_eq(&self.state, &other.state)
    }
}

impl Eq for LoopRef {}

impl fmt::Debug for LoopRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopRef")
            .field("running", &self.is_running())
            .field("closed", &self.is_closed())
            .field("debug", &self.debug())
            .finish()
    }
}
