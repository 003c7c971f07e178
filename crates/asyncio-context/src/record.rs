//! What a task is to others.

use crate::frame;
use crate::id::TaskId;
use crate::mailbox::{Found, Mailbox};
use crate::sync::{Arc, Mutex, lock};
use crate::tree::{self, Core, Held, Root, Seat, TurnRound};
use crate::wait::{Wait, WaitKind, WaitRecord};
use crate::{Message, TaskRef};
use once_cell::race::OnceBox;
use std::borrow::Cow;
use std::panic::Location;
use std::ptr::NonNull;
use std::sync::OnceLock;

/// How the memory that a record stands in is shared, and how its task is woken: what the executor
/// that embeds the record supplies.
#[derive(Debug)]
pub struct Owner {
    /// Adds a reference to the memory. Any thread.
    ///
    /// # Safety
    ///
    /// The record is alive.
    pub clone: unsafe fn(NonNull<Record>),
    /// Gives a reference back; the last one frees memory only, never a user's value. Any thread.
    ///
    /// # Safety
    ///
    /// The caller owns a reference, and does not use the record after.
    pub drop: unsafe fn(NonNull<Record>),
    /// Makes the task's next turn happen soon. Any thread.
    ///
    /// # Safety
    ///
    /// The record is alive.
    pub wake: unsafe fn(NonNull<Record>),
}

/// A task's record: id, name, parent, spawn location, mailbox for requests, and what it waits for.
///
/// It stands in the memory of its task, whatever executor made that; others hold it by a
/// [`TaskRef`].
#[derive(Debug)]
pub struct Record {
    owner: &'static Owner,
    id: TaskId,
    parent: Option<TaskId>,
    spawned_at: &'static Location<'static>,
    wait: WaitRecord,
    rare: OnceBox<Rare>,
    mailbox: Mailbox,
    held: Held,
}

/// What most tasks never need.
#[derive(Debug, Default)]
struct Rare {
    name: Mutex<Option<Cow<'static, str>>>,
    /// Of the first of the requests that are waiting for delivery. Whoever makes, takes or
    /// withdraws a request with a message holds the lock meanwhile, so that the two go together.
    message: Mutex<Option<Message>>,
    root: OnceLock<Arc<Core>>,
    seat: Seat,
    /// Here, since a value kept across the poll would cost every turn a register.
    round: TurnRound,
}

impl Record {
    /// A record for a task spawned at `spawned_at`, child of the current task.
    ///
    /// # Safety
    ///
    /// Before the record is polled or referred to, it must have come to rest at an address for
    /// which the functions of `owner` do what [`Owner`] says.
    pub unsafe fn new(owner: &'static Owner, spawned_at: &'static Location<'static>) -> Record {
        Record {
            owner,
            id: TaskId::next(),
            parent: frame::with(|frame| frame.map(|f| f.record.id)),
            spawned_at,
            wait: WaitRecord::new(),
            rare: OnceBox::new(),
            mailbox: Mailbox::new(),
            held: Held::new(),
        }
    }

    /// A reference that keeps the memory of this record alive.
    #[inline]
    pub fn to_ref(&self) -> TaskRef {
        let record = NonNull::from(self);
        // SAFETY: the record is borrowed, so alive, and where `new` wants it to be.
        unsafe { (self.owner.clone)(record) };
        // SAFETY: the reference added in the line above goes to the new `TaskRef`.
        unsafe { TaskRef::from_raw(record) }
    }

    /// What the executor supplied: for an executor that keeps more than this beside it.
    #[inline]
    pub fn owner(&self) -> &'static Owner {
        self.owner
    }

    /// The task's number.
    pub fn id(&self) -> TaskId {
        self.id
    }

    /// The task that spawned this one.
    pub fn parent(&self) -> Option<TaskId> {
        self.parent
    }

    /// The line that spawned the task.
    pub fn location(&self) -> &'static Location<'static> {
        self.spawned_at
    }

    /// The task's name; `Task-` and its number until it was given one.
    pub fn name(&self) -> Cow<'static, str> {
        let given = self.rare.get().and_then(|rare| lock(&rare.name).clone());
        given.unwrap_or_else(|| Cow::Owned(format!("Task-{}", self.id)))
    }

    /// Gives the task a name.
    pub fn set_name(&self, name: impl Into<Cow<'static, str>>) {
        let name = name.into();
        let before = lock(&self.rare().name).replace(name);
        drop(before);
    }

    /// Whether the task had its first turn.
    pub fn has_begun(&self) -> bool {
        self.wait.has_begun()
    }

    /// What the task waits for, as its leaf futures said.
    pub fn waits_for(&self) -> Option<Wait> {
        self.wait.get()
    }

    /// [`waiting`](crate::waiting) for a leaf that knows by which task it is polled.
    #[inline]
    pub fn note_wait(&self, kind: WaitKind, resource: usize, at: &'static Location<'static>) {
        self.wait.set(kind, resource, at);
    }

    pub(crate) fn clear_wait(&self) {
        self.wait.clear();
    }

    pub(crate) fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    /// The wait for another task that the record holds outside the tree.
    #[inline]
    pub(crate) fn held(&self) -> &Held {
        &self.held
    }

    pub(crate) fn seat(&self) -> &Seat {
        &self.rare().seat
    }

    /// Notes the round in progress at the start of a turn, for [`take_round`](Record::take_round) at its
    /// end.
    pub(crate) fn set_round(&self, round: Option<u32>) {
        self.rare().round.set(round);
    }

    pub(crate) fn take_round(&self) -> Option<u32> {
        self.rare.get()?.round.take()
    }

    /// Whether the task is over.
    pub fn is_done(&self) -> bool {
        self.mailbox.is_closed()
    }

    /// Whether the task is over and ended cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.mailbox.is_cancelled()
    }

    pub(crate) fn cancel(&self, message: Option<Message>) -> bool {
        let by_itself = frame::with(|frame| frame.is_some_and(|f| std::ptr::eq(f.record, self)));
        if !self.post(by_itself, message) {
            return false;
        }
        self.wake();
        true
    }

    fn post(&self, by_itself: bool, message: Option<Message>) -> bool {
        let Some(message) = message else { return self.mailbox.post(by_itself).is_some() };
        let mut slot = lock(&self.rare().message);
        let Some(first) = self.mailbox.post(by_itself) else { return false };
        let unused = if first { slot.replace(message) } else { Some(message) };
        drop(slot);
        drop(unused);
        true
    }

    /// Takes one request back; says how many are left.
    pub(crate) fn uncancel(&self) -> usize {
        let rare = self.rare.get();
        let mut slot = rare.map(|rare| lock(&rare.message));
        let left = self.mailbox.withdraw();
        let withdrawn = match &mut slot {
            Some(slot) if left == 0 => slot.take(),
            _ => None,
        };
        drop(slot);
        drop(withdrawn);
        left + self.requests_below()
    }

    /// Requests on the record and on the timeouts and groups in it.
    pub(crate) fn cancelling(&self) -> usize {
        self.mailbox.count() + self.requests_below()
    }

    fn requests_below(&self) -> usize {
        self.root().map_or(0, tree::below)
    }

    /// Takes the request that waits for delivery, and its message.
    pub(crate) fn take_request(&self) -> Option<Option<Message>> {
        let mut slot = self.rare.get().map(|rare| lock(&rare.message));
        let taken = self.mailbox.take();
        let message = slot.as_mut().and_then(|slot| slot.take());
        drop(slot);
        taken.then_some(message)
    }

    pub(crate) fn wake(&self) {
        // SAFETY: the record is borrowed, so alive.
        unsafe { (self.owner.wake)(NonNull::from(self)) };
    }

    pub(crate) fn look(&self) -> Found {
        self.mailbox.look()
    }

    /// The root of the cancellation tree, once a boundary was entered.
    pub(crate) fn root(&self) -> Option<&Arc<Core>> {
        self.rare.get()?.root.get()
    }

    /// The root of the cancellation tree; none where the record is over.
    pub(crate) fn root_or_new(&self) -> Option<&Arc<Core>> {
        if self.is_done() {
            return None;
        }
        Some(self.rare().root.get_or_init(|| {
            self.mailbox.note_root();
            Root::make(self.to_ref())
        }))
    }

    /// The task is over: requests are refused from here on.
    #[inline]
    pub(crate) fn close(&self) {
        self.mailbox.close();
        if let Some(root) = self.root() {
            Root::close(root);
        }
    }

    fn rare(&self) -> &Rare {
        self.rare.get_or_init(Box::default)
    }
}
