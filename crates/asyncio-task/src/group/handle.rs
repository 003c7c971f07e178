//! What the body and the children hold of their group.

use super::adopted::Adopted;
use super::confinement::Confinement;
use super::inline::Inline;
use super::slot::Slot;
use super::{Child, LoopLocal, ThreadSafe};
use crate::Outcome;
use crate::woken::Woken;
use asyncio_context::TaskRef;
use asyncio_executor::Task;
use std::collections::VecDeque;
use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// The key of the body among the parts of a group.
pub(super) const BODY: usize = usize::MAX;
/// The key of a child that the group's future has not taken in yet; one each.
pub(super) const NEWCOMER: usize = usize::MAX - 1;
/// The key of a word to the group itself.
const KNOCK: usize = usize::MAX - 2;

/// A group of tasks, as its body and its children see it: it makes more of them.
///
/// Handed to the body by [`TaskGroup::run`](crate::TaskGroup::run). Clones are the same group; a
/// child that adds others takes one with it. `Send` and `Sync`, unless it is a
/// [`local::Group`](crate::local::Group).
///
/// asyncio: `TaskGroup`, inside its block.
///
/// ```
/// use asyncio_task::TaskGroup;
///
/// # futures_lite::future::block_on(async {
/// let words = ["to".to_string(), "be".to_string()];
/// let lengths = TaskGroup::run(async |g| {
///     words.each_ref().map(|word| g.create_task(async { word.len() }))
/// }).await?;
/// assert_eq!(lengths[0].result()? + lengths[1].result()?, 4);
/// # Ok::<_, asyncio_task::BoxError>(()) }).unwrap();
/// ```
pub struct Group<'e, C: Confinement = ThreadSafe> {
    pub(super) shared: Arc<Shared<'e, C>>,
}

impl<C: Confinement> Clone for Group<'_, C> {
    fn clone(&self) -> Self {
        Group { shared: self.shared.clone() }
    }
}

impl<C: Confinement> fmt::Debug for Group<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared = &self.shared;
        let entered = {
            let state = shared.lock();
            state.open && !state.cancelled
        };
        let state = if entered { "entered" } else { "ending" };
        f.debug_struct("Group")
            .field("tasks", &shared.tasks.load(Ordering::Relaxed))
            .field("errors", &shared.errors.load(Ordering::Relaxed))
            .field("state", &format_args!("{state}"))
            .finish()
    }
}

/// What the handles share with the group's future, which owns the children.
pub(super) struct Shared<'e, C: Confinement> {
    state: Mutex<State<'e, C>>,
    pub(super) woken: Arc<Woken>,
    // For the group's text only.
    tasks: AtomicUsize,
    errors: AtomicUsize,
}

struct State<'e, C: Confinement> {
    /// Children are taken in; not so from an abort on, and after the end.
    open: bool,
    cancelled: bool,
    newcomers: VecDeque<Newcomer<'e, C>>,
}

/// A child between its creation and its first turn.
pub(super) struct Newcomer<'e, C: Confinement> {
    pub(super) task: TaskRef,
    pub(super) future: C::Boxed<'e>,
    /// It runs elsewhere, and would go on without the group.
    pub(super) adopted: bool,
}

impl<'e, C: Confinement> Shared<'e, C> {
    pub(super) fn new() -> Shared<'e, C> {
        let state = State { open: true, cancelled: false, newcomers: VecDeque::new() };
        Shared {
            state: Mutex::new(state),
            woken: Arc::default(),
            tasks: AtomicUsize::new(0),
            errors: AtomicUsize::new(0),
        }
    }

    /// A child that was taken in is over.
    pub(super) fn leave(&self, failed: bool) {
        self.tasks.fetch_sub(1, Ordering::Relaxed);
        if failed {
            self.errors.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<'e, C>> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Takes a child in. One that comes too late is cancelled instead: no line of it runs.
    fn admit(&self, newcomer: Newcomer<'e, C>) {
        let mut state = self.lock();
        if !state.open {
            drop(state);
            // Says so to a task elsewhere; an inline child ends with its future.
            newcomer.task.cancel();
            return;
        }
        state.newcomers.push_back(newcomer);
        drop(state);
        self.tasks.fetch_add(1, Ordering::Relaxed);
        self.woken.push(NEWCOMER);
    }

    fn is_open(&self) -> bool {
        self.lock().open
    }

    pub(super) fn next_newcomer(&self) -> Option<Newcomer<'e, C>> {
        self.lock().newcomers.pop_front()
    }

    /// Refuses children from now on, and names those who were not taken in.
    pub(super) fn close(&self) -> Vec<TaskRef> {
        let mut state = self.lock();
        state.open = false;
        state.newcomers.iter().map(|newcomer| newcomer.task.clone()).collect()
    }

    /// Closes if nobody is waiting to be taken in.
    pub(super) fn close_if_empty(&self) -> bool {
        let mut state = self.lock();
        let empty = state.newcomers.is_empty();
        state.open &= !empty;
        empty
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.lock().cancelled
    }
}

impl<'e, C: Confinement> Group<'e, C> {
    pub(super) fn new() -> Group<'e, C> {
        Group { shared: Arc::new(Shared::new()) }
    }

    /// Ends the group without an error: the children and the body are cancelled, and
    /// [`run`](crate::TaskGroup::run) returns when they are over, with the body's value if it
    /// returned one, else with an [empty](crate::ExceptionGroup::is_empty) error.
    ///
    /// A body that calls it goes on to its next suspension (TGX-3). Calling it again does nothing,
    /// nor does it after the group's end.
    ///
    /// asyncio: `TaskGroup.cancel`.
    pub fn cancel(&self) {
        self.shared.lock().cancelled = true;
        self.shared.woken.push(KNOCK);
    }

    fn admit<T>(&self, slot: Arc<Slot<T>>, future: C::Boxed<'e>, adopted: bool) -> Child<T> {
        let task = slot.task().clone();
        self.shared.admit(Newcomer { task, future, adopted });
        Child::new(slot)
    }

    #[track_caller]
    fn adopt_loop_task<F>(
        &self,
        future: F,
        watch: impl FnOnce(super::adopted::Watch) -> C::Boxed<'e>,
    ) -> Child<<F::Output as Outcome>::Value>
    where
        F: Future<Output: Outcome> + 'static,
        <F::Output as Outcome>::Value: 'static,
    {
        let slot = Arc::new(Slot::new());
        let (adopted, end) = Adopted::new(future, &slot);
        // In a group that is ending no line of it runs, also where tasks are eager.
        let task = if self.shared.is_open() {
            asyncio_executor::create_task(adopted)
        } else {
            Task::builder().eager_start(false).spawn(adopted)
        };
        slot.set_task(task.task_ref());
        self.admit(slot, watch(end), true)
    }

    #[track_caller]
    fn adopt_shared<F>(
        &self,
        future: F,
        watch: impl FnOnce(super::adopted::Watch) -> C::Boxed<'e>,
    ) -> Child<<F::Output as Outcome>::Value>
    where
        F: Future<Output: Outcome> + Send + 'static,
        <F::Output as Outcome>::Value: Send + 'static,
    {
        let slot = Arc::new(Slot::new());
        let (adopted, end) = Adopted::new(future, &slot);
        let task = asyncio_executor::spawn(adopted);
        slot.set_task(task.task_ref());
        self.admit(slot, watch(end), true)
    }
}

impl<'e> Group<'e, ThreadSafe> {
    /// Makes a task of `future` that the group polls itself, so that it may borrow whatever stood
    /// before the group. Its first turn is the next one.
    ///
    /// It is a task with a record of its own. What it returns says whether it failed: see
    /// [`Outcome`]. In a group that is ending (a child failed, or it was cancelled) and in one that
    /// is over, the future is dropped unpolled and the child is cancelled from the start.
    ///
    /// asyncio: `TaskGroup.create_task`.
    #[track_caller]
    pub fn create_task<F>(&self, future: F) -> Child<<F::Output as Outcome>::Value>
    where
        F: Future<Output: Outcome> + Send + 'e,
        <F::Output as Outcome>::Value: Send,
    {
        let slot = Arc::new(Slot::new());
        let child = Inline::new(future, &slot, Location::caller());
        self.admit(slot, Box::pin(child), false)
    }

    /// Makes a loop task of `future` and has the group wait for it: a task that the loop polls on
    /// its own, that may be `!Send` and borrows nothing.
    ///
    /// It survives a group that foreign code drops, cancelled, to clean up under the loop.
    ///
    /// # Panics
    ///
    /// Where [`create_task`](asyncio_executor::create_task) does: without a loop on this thread.
    #[track_caller]
    pub fn create_static<F>(&self, future: F) -> Child<<F::Output as Outcome>::Value>
    where
        F: Future<Output: Outcome> + 'static,
        <F::Output as Outcome>::Value: 'static,
    {
        self.adopt_loop_task(future, |watch| Box::pin(watch))
    }

    /// Makes a shared task of `future` and has the group wait for it: it runs on whatever executor
    /// is installed, so perhaps on another thread.
    ///
    /// # Panics
    ///
    /// Where [`spawn`](asyncio_executor::spawn) does.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Child<<F::Output as Outcome>::Value>
    where
        F: Future<Output: Outcome> + Send + 'static,
        <F::Output as Outcome>::Value: Send + 'static,
    {
        self.adopt_shared(future, |watch| Box::pin(watch))
    }
}

impl<'e> Group<'e, LoopLocal> {
    /// Makes a task of `future` that the group polls itself, so that it may borrow whatever stood
    /// before the group, and may be `!Send`. See [`Group::create_task`].
    #[track_caller]
    pub fn create_task<F>(&self, future: F) -> Child<<F::Output as Outcome>::Value>
    where
        F: Future<Output: Outcome> + 'e,
    {
        let slot = Arc::new(Slot::new());
        let child = Inline::new(future, &slot, Location::caller());
        self.admit(slot, Box::pin(child), false)
    }

    /// Makes a loop task of `future` and has the group wait for it. See
    /// [`Group::create_static`].
    ///
    /// # Panics
    ///
    /// Without a loop on this thread.
    #[track_caller]
    pub fn create_static<F>(&self, future: F) -> Child<<F::Output as Outcome>::Value>
    where
        F: Future<Output: Outcome> + 'static,
        <F::Output as Outcome>::Value: 'static,
    {
        self.adopt_loop_task(future, |watch| Box::pin(watch))
    }

    /// Makes a shared task of `future` and has the group wait for it. See [`Group::spawn`].
    ///
    /// # Panics
    ///
    /// Where [`spawn`](asyncio_executor::spawn) does.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Child<<F::Output as Outcome>::Value>
    where
        F: Future<Output: Outcome> + Send + 'static,
        <F::Output as Outcome>::Value: Send + 'static,
    {
        self.adopt_shared(future, |watch| Box::pin(watch))
    }
}
