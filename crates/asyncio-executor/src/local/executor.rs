use super::callback::{self, Handle};
use super::remote::Remote;
use crate::handle::Task;
use crate::loop_task::{self, Entry, Here, HiddenBody, Owned};
use asyncio_context::{Context, TaskRef, ThreadGuard, copy_context, enter_thread, without_task};
use std::cell::OnceCell;
use std::fmt;
use std::panic::Location;
use std::time::Duration;

/// A loop: the tasks and callbacks of one thread, in the order in which they became ready.
///
/// It stays on its thread, as its tasks do; a [`Remote`] is its side for other threads. It is *current*,
/// so that [`create_task`](crate::create_task) finds it, only while it takes a turn or is
/// [entered](LocalExecutor::enter).
///
/// Dropping it [closes](LocalExecutor::close) it.
///
/// ```
/// use asyncio_executor::{LocalExecutor, ThreadPark, create_task};
///
/// let executor = LocalExecutor::new();
/// let sum = executor.run_until(async {
///     let one = create_task(async { 1 });
///     let two = create_task(async { 2 });
///     one.await.unwrap() + two.await.unwrap()
/// }, &mut ThreadPark::new());
/// assert_eq!(sum.unwrap(), 3);
/// ```
pub struct LocalExecutor {
    pub(super) owned: Owned,
    hooks: OnceCell<ThreadGuard>,
}

impl LocalExecutor {
    /// A loop of this thread, with nothing to do.
    pub fn new() -> LocalExecutor {
        LocalExecutor { owned: Owned::new(), hooks: OnceCell::new() }
    }

    /// Makes a task of `future`; it starts in a later turn. asyncio: `loop.create_task`.
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
        let at = Location::caller();
        self.with(|here| Task::on_loop(here, future, at))
    }

    /// Runs `future` without making a task of it that others could see: no record, no current task,
    /// no place in [`all_tasks`](LocalExecutor::all_tasks). For machinery. A panic in it is reported.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn spawn_hidden(&self, future: impl Future<Output = ()> + 'static) {
        let at = Location::caller();
        self.with(|here| hide(here, future, None, at));
    }

    /// [`spawn_hidden`](LocalExecutor::spawn_hidden), polled a first time here and now where the loop is running, outside any task:
    /// for what is to be registered somewhere in the order of the calls.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn spawn_hidden_now(&self, future: impl Future<Output = ()> + 'static) {
        let at = Location::caller();
        self.with(|here| {
            if here.is_running() {
                without_task(|| hide_now(here, future, at));
            } else {
                hide(here, future, None, at);
            }
        });
    }

    /// Calls `callback` after what is ready now. asyncio: `loop.call_soon`.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn call_soon(&self, callback: impl FnOnce() + 'static) -> Handle {
        let at = Location::caller();
        self.with(|_| callback::schedule(copy_context().inherited(), Box::new(callback), at))
    }

    /// [`call_soon`](LocalExecutor::call_soon) with these context variables instead of a copy of the current ones. asyncio:
    /// `call_soon(.., context=)`.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn call_soon_in(&self, context: Context, callback: impl FnOnce() + 'static) -> Handle {
        let at = Location::caller();
        self.with(|_| callback::schedule(context, Box::new(callback), at))
    }

    /// Gives new tasks their first turn when they are made, inside the turn of their maker: what asyncio's
    /// `eager_task_factory` does. A task that is made while the loop does not run starts in a later turn all the same.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn set_eager_tasks(&self, eager: bool) {
        self.look(|here| here.core().eager.set(eager));
    }

    /// Has what takes `limit` or longer without a look at anything else reported: a poll, a call, or a turn with many of
    /// them. `None`, the default: nothing is measured.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn report_slow(&self, limit: Option<Duration>) {
        self.look(|here| here.core().slow.set(limit));
    }

    /// The tasks that are not over, oldest first: loop tasks, and shared tasks that run on this loop.
    pub fn all_tasks(&self) -> Vec<TaskRef> {
        if self.owned.is_closed() { Vec::new() } else { self.look(Here::tasks) }
    }

    /// Whether something is ready: then a turn does not wait.
    pub fn is_ready(&self) -> bool {
        !self.owned.is_closed() && self.look(|here| !here.core().ready.is_empty())
    }

    /// The loop's side for other threads.
    pub fn remote(&self) -> Remote {
        Remote::new(self.owned.share().clone())
    }

    /// Makes this the thread's current loop until the guard is dropped, so that tasks can be created
    /// before the first turn.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub fn enter(&self) -> Entered<'_> {
        Entered { _inner: self.owned.enter() }
    }

    /// Ends the loop: drops the futures of all its tasks, which end cancelled without a chance to
    /// clean up, and the callbacks that were not called. Handles and wakers stay valid; waking does
    /// nothing any more. A second call does nothing.
    ///
    /// # Panics
    ///
    /// Inside the loop's own turn or closing, and while it is [entered](LocalExecutor::enter).
    pub fn close(&self) {
        if self.owned.is_closed() {
            return;
        }
        let busy = self.owned.occupy();
        assert!(
            busy.is_some() && !self.owned.is_entered(),
            "a loop cannot be closed from within its own turn, nor amid its closing"
        );
        {
            let entered = self.owned.enter();
            let here = entered.here();
            here.core().closing.set(true);
            for entry in here.core().ready.clear() {
                match entry {
                    // SAFETY: from the queue of the current loop, and no future was dropped yet.
                    Entry::Task(task) => unsafe { loop_task::unqueue(task) },
                    Entry::Call(call) => callback::discard(&call),
                }
            }
            here.abandon_all();
            // Those that came in by the inbox, and what was woken meanwhile: tasks that may be gone.
            here.read_mail(drop_posted);
            for entry in here.core().ready.clear() {
                if let Entry::Call(call) = entry {
                    callback::discard(&call);
                }
            }
        }
        self.owned.close(drop_posted);
    }

    /// Enters the program's hooks, once for the thread's life with this loop.
    pub(super) fn enter_hooks(&self) {
        self.hooks.get_or_init(enter_thread);
    }

    /// Runs `f` as the owner; a loop that sleeps between two turns of a host is told of it.
    #[track_caller]
    fn with<R>(&self, f: impl FnOnce(Here) -> R) -> R {
        let done = self.look(f);
        if !self.owned.is_entered() {
            self.owned.share().unpark();
        }
        done
    }

    /// Runs `f`, which changes nothing, as the owner. A host that asks whether a turn is due must not
    /// be told to take one because it asked.
    #[track_caller]
    fn look<R>(&self, f: impl FnOnce(Here) -> R) -> R {
        if self.owned.is_entered() {
            return f(Here::current().expect("this loop is current"));
        }
        let entered = self.owned.enter();
        f(entered.here())
    }
}

/// Spawns a future that is no task of its own.
pub(crate) fn hide(
    here: Here,
    future: impl Future<Output = ()> + 'static,
    task: Option<TaskRef>,
    at: &'static Location<'static>,
) {
    fn of<F: Future + 'static>(here: Here, body: HiddenBody<F>, at: &'static Location<'static>) {
        // SAFETY: the future and its output are `'static`.
        unsafe { loop_task::spawn::<F, loop_task::Hidden>(here, body, false, at) };
    }
    of(here, HiddenBody::new(future, task), at);
}

fn hide_now(
    here: Here,
    future: impl Future<Output = ()> + 'static,
    at: &'static Location<'static>,
) {
    fn of<F: Future + 'static>(here: Here, body: HiddenBody<F>, at: &'static Location<'static>) {
        // SAFETY: the future and its output are `'static`.
        let task =
            unsafe { loop_task::spawn_unqueued::<F, loop_task::Hidden>(here, body, false, at) };
        if !here.core().closing.get() {
            // SAFETY: in the list, which has a reference, since the loop is not being closed; not queued; the
            // loop is running, says the caller.
            unsafe { loop_task::run_unqueued(task) };
        }
    }
    of(here, HiddenBody::new(future, None), at);
}

fn drop_posted(call: Box<dyn FnOnce() + Send>) {
    if let Some(payload) = loop_task::caught(|| drop(call)) {
        callback::panicked("a posted function panicked when it was dropped", payload, None);
    }
}

impl Drop for LocalExecutor {
    fn drop(&mut self) {
        self.owned.leave_leaked();
        self.close();
    }
}

impl Default for LocalExecutor {
    fn default() -> LocalExecutor {
        LocalExecutor::new()
    }
}

impl fmt::Debug for LocalExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalExecutor").field("tasks", &self.all_tasks()).finish()
    }
}

/// See [`LocalExecutor::enter`].
pub struct Entered<'a> {
    _inner: loop_task::Entered<'a>,
}

impl fmt::Debug for Entered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entered")
    }
}
