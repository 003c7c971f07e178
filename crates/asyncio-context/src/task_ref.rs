use crate::{Message, Record, TaskId, Wait};
use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::panic::Location;
use std::ptr::NonNull;

/// A task, untyped: what `current_task` and `all_tasks` give. Cloneable, and usable on any thread.
///
/// asyncio: `asyncio.Task`, less its result.
pub struct TaskRef(NonNull<Record>);

// SAFETY: a `Record` is `Sync` (atomics, mutexes and values that never change), and the functions
// of its `Owner` may be called on any thread.
unsafe impl Send for TaskRef {}
// SAFETY: as above.
unsafe impl Sync for TaskRef {}

impl TaskRef {
    /// Takes over one reference to the record's memory.
    ///
    /// # Safety
    ///
    /// The caller owns that reference.
    pub unsafe fn from_raw(record: NonNull<Record>) -> TaskRef {
        TaskRef(record)
    }

    /// The record itself.
    pub fn record(&self) -> &Record {
        // SAFETY: this reference keeps the memory alive, and a record is only ever shared.
        unsafe { self.0.as_ref() }
    }

    pub(crate) fn wake(&self) {
        self.record().wake();
    }

    /// The task's number.
    pub fn id(&self) -> TaskId {
        self.record().id()
    }

    /// The task's name. asyncio: `get_name`.
    pub fn name(&self) -> Cow<'static, str> {
        self.record().name()
    }

    /// Gives the task a name.
    pub fn set_name(&self, name: impl Into<Cow<'static, str>>) {
        self.record().set_name(name);
    }

    /// The task that spawned this one.
    pub fn parent(&self) -> Option<TaskId> {
        self.record().parent()
    }

    /// The line that spawned the task.
    pub fn location(&self) -> &'static Location<'static> {
        self.record().location()
    }

    /// What the task waits for: a hint, see [`Wait`].
    pub fn waits_for(&self) -> Option<Wait> {
        self.record().waits_for()
    }

    /// Whether the task had its first turn.
    pub fn has_begun(&self) -> bool {
        self.record().has_begun()
    }

    /// Whether the task is over.
    pub fn done(&self) -> bool {
        self.record().is_done()
    }

    /// Whether the task is over and ended cancelled. A task that was asked and goes on is not (CLD-1).
    /// asyncio: `cancelled`.
    pub fn cancelled(&self) -> bool {
        self.record().is_cancelled()
    }

    /// One of asyncio's words for a task: pending, cancelling, cancelled, finished.
    fn state(&self) -> &'static str {
        match (self.done(), self.cancelled()) {
            (true, true) => "cancelled",
            (true, false) => "finished",
            (false, _) if self.cancelling() > 0 => "cancelling",
            (false, _) => "pending",
        }
    }

    /// Asks the task to stop: see the crate's page on cancellation. False if it is over (CAN-1).
    pub fn cancel(&self) -> bool {
        self.record().cancel(None)
    }

    /// [`cancel`](TaskRef::cancel) with a text for those who catch it.
    pub fn cancel_with(&self, message: impl Into<Message>) -> bool {
        self.record().cancel(Some(message.into()))
    }

    /// How many requests are in force: those made by [`cancel`](TaskRef::cancel), and those of
    /// timeouts and groups in the task. asyncio: `cancelling`.
    pub fn cancelling(&self) -> usize {
        self.record().cancelling()
    }

    /// Takes one request made by [`cancel`](TaskRef::cancel) back and says how many are left.
    ///
    /// A request that was not delivered yet is withdrawn when none is left.
    pub fn uncancel(&self) -> usize {
        self.record().uncancel()
    }
}

impl Clone for TaskRef {
    fn clone(&self) -> TaskRef {
        self.record().to_ref()
    }
}

impl Drop for TaskRef {
    fn drop(&mut self) {
        let owner = self.record().owner();
        // SAFETY: the reference is this value's own, and this is its last use.
        unsafe { (owner.drop)(self.0) };
    }
}

impl PartialEq for TaskRef {
    fn eq(&self, other: &TaskRef) -> bool {
        self.0 == other.0
    }
}

impl Eq for TaskRef {}

impl Hash for TaskRef {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

impl fmt::Debug for TaskRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Task");
        shown
            .field("state", &format_args!("{}", self.state()))
            .field("name", &self.name())
            .field("at", &format_args!("{}", self.location()));
        if let Some(wait) = self.waits_for().filter(|_| !self.done()) {
            shown.field("waits_for", &wait);
        }
        shown.finish()
    }
}
