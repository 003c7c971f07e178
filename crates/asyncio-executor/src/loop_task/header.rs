//! What every loop task begins with, whatever its future is.

use super::foreign::Foreign;
use super::home::Home;
use super::list::Links;
use super::watch::Watch;
use crate::sync::Cell;
use asyncio_context::{Owner, Record, TaskRef};
use std::alloc::Layout;
use std::panic::Location;
use std::ptr::NonNull;

/// The part of a task that does not depend on its future's type.
#[repr(C)]
pub(crate) struct Header {
    // First, so that the address of the record is the address of the task.
    pub(super) record: Record,
    pub(super) vtable: &'static VTable,
    /// The loop. Alive as long as any of its tasks: see `Home::alive`.
    pub(super) home: NonNull<Home>,
    /// References counted by the owner: with those of `foreign`, all there are. May be negative by
    /// itself. After the loop was closed, touched under the home's lock only.
    pub(super) refs: Cell<i32>,
    /// Owner only, as all but `foreign` and `inbox_next` below.
    pub(super) state: std::cell::Cell<State>,
    pub(super) foreign: Foreign,
    /// The next in the inbox: belongs to whoever set the INBOX bit, then to the owner who takes the
    /// task out.
    pub(super) inbox_next: Cell<*mut ()>,
    pub(super) links: Links,
    pub(super) watch: Watch,
}

/// What the owner knows of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State(u8);

impl State {
    /// In the ready queue; or, while RUNNING, to be put there after the poll.
    pub(crate) const QUEUED: State = State(1);
    /// Being polled.
    pub(crate) const RUNNING: State = State(1 << 1);
    /// Over: the future is gone. Never with QUEUED.
    pub(crate) const DONE: State = State(1 << 2);
    /// The result stands in the task, unread. Only with DONE and HANDLE.
    pub(crate) const OUTPUT: State = State(1 << 3);
    /// A `Task` exists that can read the result.
    pub(crate) const HANDLE: State = State(1 << 4);

    /// Whether any bit of `other` is set.
    #[inline]
    pub(crate) fn has(self, other: State) -> bool {
        self.0 & other.0 != 0
    }

    /// With the bits of `other`.
    #[inline]
    pub(crate) const fn with(self, other: State) -> State {
        State(self.0 | other.0)
    }

    /// Without the bits of `other`.
    #[inline]
    pub(crate) const fn without(self, other: State) -> State {
        State(self.0 & !other.0)
    }
}

/// What depends on the future's type. All of it is for the owner alone.
pub(super) struct VTable {
    /// One turn. The task is RUNNING.
    pub(super) poll: unsafe fn(NonNull<Header>),
    /// Drops the future unpolled and ends the task cancelled. The task is neither DONE nor RUNNING.
    /// True says that an entry of the ready queue refers to it and will be looked at.
    pub(super) abandon: unsafe fn(NonNull<Header>, bool),
    /// Where the result stands, in bytes from the task's beginning.
    pub(super) output: usize,
    /// The task as others see it; `None` for machinery.
    pub(super) listed: unsafe fn(NonNull<Header>) -> Option<TaskRef>,
    pub(super) layout: Layout,
}

impl Header {
    /// A header with two references, one for the list of all tasks and one for the handle, if there
    /// is to be one.
    pub(super) fn new(
        vtable: &'static VTable,
        owner: &'static Owner,
        home: NonNull<Home>,
        with_handle: bool,
        at: &'static Location<'static>,
    ) -> Header {
        let state = if with_handle { State::HANDLE } else { State(0) };
        Header {
            // SAFETY: the header goes to the beginning of the memory that `cell::spawn` takes for
            // it, which is what the functions of `waker::OWNER` want.
            record: unsafe { Record::new(owner, at) },
            vtable,
            home,
            refs: Cell::new(1 + i32::from(with_handle)),
            foreign: Foreign::new(),
            inbox_next: Cell::new(std::ptr::null_mut()),
            state: std::cell::Cell::new(state),
            links: Links::new(),
            watch: Watch::new(),
        }
    }

    #[inline]
    pub(crate) fn record(&self) -> &Record {
        &self.record
    }

    #[inline]
    pub(crate) fn state(&self) -> State {
        self.state.get()
    }

    #[inline]
    pub(crate) fn set(&self, bits: State) {
        self.state.set(self.state.get().with(bits));
    }

    #[inline]
    pub(crate) fn clear(&self, bits: State) {
        self.state.set(self.state.get().without(bits));
    }

    #[inline]
    pub(crate) fn watch(&self) -> &Watch {
        &self.watch
    }

    #[inline]
    pub(crate) fn home(&self) -> &Home {
        // SAFETY: a loop's shared part outlives its tasks.
        unsafe { self.home.as_ref() }
    }
}
