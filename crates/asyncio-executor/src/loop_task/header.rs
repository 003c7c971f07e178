//! What every loop task begins with, whatever its future is.

use super::foreign::Foreign;
use super::home::Home;
use super::list::Links;
use super::memory::Class;
use super::watch::Watch;
use crate::sync::Cell;
use asyncio_context::{Owner, Record, TaskRef};
use std::alloc::Layout;
use std::panic::Location;
use std::ptr::{self, NonNull};

/// The part of a task that does not depend on its future's type.
#[repr(C)]
pub(crate) struct Header {
    // First, so that the address of the record is the address of the task.
    pub(super) record: Record,
    /// The loop. Alive as long as any of its tasks: see `Home::alive`.
    pub(super) home: NonNull<Home>,
    /// References counted by the owner: with those of `foreign`, all there are. May be negative by
    /// itself. After the loop was closed, touched under the home's lock only.
    pub(super) refs: Cell<i32>,
    /// Owner only, as all but `foreign` and `inbox_next` below. With `claim` and `refs` it fills a word:
    /// with padding between its fields a header is put together on the stack and copied.
    pub(super) phase: std::cell::Cell<Phase>,
    pub(super) claim: std::cell::Cell<Claim>,
    pub(super) foreign: Foreign,
    /// The next in the inbox: belongs to whoever set the INBOX bit, then to the owner who takes the
    /// task out.
    pub(super) inbox_next: Cell<*mut ()>,
    pub(super) links: Links,
    pub(super) watch: Watch,
}

/// Where a task is on its way.
///
/// Apart from the bits of [`Claim`], so that each step stores a constant and edits nothing: ten
/// instructions less per self-wake, and 5.2 ns where it was 6.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Phase {
    /// Waits to be woken.
    Idle,
    /// In the ready queue.
    Queued,
    /// Being polled, or abandoned.
    Running,
    /// Being polled, and woken meanwhile: to be queued after the poll.
    Woken,
    /// Over: the future is gone.
    Done,
}

/// Who may read a task's result, and whether it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claim(u16);

impl Claim {
    /// Nobody may.
    pub(crate) const NONE: Claim = Claim(0);
    /// A `Task` exists that can read the result.
    pub(crate) const HANDLE: Claim = Claim(1);
    /// The result stands in the task, unread. Only once it is `Done`, and with HANDLE.
    pub(crate) const OUTPUT: Claim = Claim(1 << 1);

    /// Whether any bit of `other` is set.
    #[inline]
    pub(crate) fn has(self, other: Claim) -> bool {
        self.0 & other.0 != 0
    }

    /// With the bits of `other`.
    #[inline]
    pub(crate) const fn with(self, other: Claim) -> Claim {
        Claim(self.0 | other.0)
    }

    /// Without the bits of `other`.
    #[inline]
    pub(crate) const fn without(self, other: Claim) -> Claim {
        Claim(self.0 & !other.0)
    }
}

/// What depends on the future's type. All of it but `owner` is for the owner alone.
#[repr(C)]
pub(super) struct VTable {
    /// What the record knows of its task. First: its address is that of the whole, which saves every
    /// task a word.
    pub(super) owner: Owner,
    /// One turn. The task is `Running`.
    pub(super) poll: unsafe fn(NonNull<Header>),
    /// Drops the future unpolled and ends the task cancelled. The task is `Idle` or `Queued`.
    /// True says that an entry of the ready queue refers to it and will be looked at.
    pub(super) abandon: unsafe fn(NonNull<Header>, bool),
    /// Where the result stands, in bytes from the task's beginning.
    pub(super) output: usize,
    /// The task as others see it; `None` for machinery.
    pub(super) listed: unsafe fn(NonNull<Header>) -> Option<TaskRef>,
    pub(super) layout: Layout,
    /// Which list of the loop's memory serves the layout.
    pub(super) class: Class,
}

impl Header {
    /// A header in the ready queue, with two references: one for the list of all tasks and one for the
    /// handle, if there is to be one.
    pub(super) fn new(
        vtable: &'static VTable,
        home: NonNull<Home>,
        with_handle: bool,
        at: &'static Location<'static>,
    ) -> Header {
        let claim = if with_handle { Claim::HANDLE } else { Claim::NONE };
        // For `vtable`.
        let _address = ptr::from_ref(vtable).expose_provenance();
        Header {
            // SAFETY: the header goes to the beginning of the memory that `cell::spawn` takes for
            // it, which is what the functions of `waker::OWNER` want.
            record: unsafe { Record::new(&vtable.owner, at) },
            home,
            refs: Cell::new(1 + i32::from(with_handle)),
            foreign: Foreign::new(),
            inbox_next: Cell::new(std::ptr::null_mut()),
            phase: std::cell::Cell::new(Phase::Queued),
            claim: std::cell::Cell::new(claim),
            links: Links::new(),
            watch: Watch::new(),
        }
    }

    #[inline]
    pub(crate) fn record(&self) -> &Record {
        &self.record
    }

    /// What depends on the future's type.
    #[inline]
    pub(super) fn vtable(&self) -> &'static VTable {
        let address = ptr::from_ref(self.record.owner()).addr();
        // SAFETY: `new` took the record's owner from the beginning of a table, whose provenance it
        // exposed: a pointer made of a reference to the owner may not be used beyond it.
        unsafe { &*ptr::with_exposed_provenance(address) }
    }

    #[inline]
    pub(crate) fn phase(&self) -> Phase {
        self.phase.get()
    }

    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        self.phase.get() == Phase::Done
    }

    /// Whether the result is there to be taken.
    #[inline]
    pub(crate) fn has_output(&self) -> bool {
        self.claim.get().has(Claim::OUTPUT)
    }

    /// The handle is gone.
    #[inline]
    pub(crate) fn drop_handle(&self) {
        self.claim.set(self.claim.get().without(Claim::HANDLE));
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
