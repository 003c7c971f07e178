//! What a task waits for: a hint for people who look inside, never read by the program itself.

use crate::{clock, frame};
use std::panic::Location;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// What kind of thing a task waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
#[allow(missing_docs, reason = "the names say it")]
pub enum WaitKind {
    Unknown = 0,
    Sleep,
    Lock,
    Event,
    Condition,
    Semaphore,
    Barrier,
    QueueGet,
    QueuePut,
    QueueJoin,
    Task,
    Group,
    Gather,
    Deferred,
    Readable,
    Writable,
    Thread,
    Process,
    Signal,
}

const KINDS: [WaitKind; 19] = {
    use WaitKind::*;
    [
        Unknown, Sleep, Lock, Event, Condition, Semaphore, Barrier, QueueGet, QueuePut, QueueJoin,
        Task, Group, Gather, Deferred, Readable, Writable, Thread, Process, Signal,
    ]
};

/// What a task waited for when it was last left pending.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    /// The kind of resource.
    pub kind: WaitKind,
    /// Which one: the address of the primitive, a descriptor or a task number, by kind. Zero where
    /// there is none.
    pub resource: usize,
    /// Since when, by the loop's time of the turn.
    pub since: Instant,
    /// The line that waits.
    pub at: &'static Location<'static>,
}

/// Bits of `since` below the kind.
const SINCE_BITS: u32 = 56;

/// Stands for the line of the wait until the first turn: a task that never began can be told from
/// one that waits for something nobody noted.
static UNPOLLED: &Location<'static> = Location::caller();

/// The place in a record where leaves write; relaxed stores only, so a reader on another thread
/// may see a mixture of two waits.
#[derive(Debug)]
pub(crate) struct WaitRecord {
    since_and_kind: AtomicU64,
    resource: AtomicUsize,
    at: AtomicPtr<Location<'static>>,
}

impl WaitRecord {
    pub(crate) const fn new() -> WaitRecord {
        WaitRecord {
            since_and_kind: AtomicU64::new(0),
            resource: AtomicUsize::new(0),
            at: AtomicPtr::new(ptr::from_ref(UNPOLLED).cast_mut()),
        }
    }

    pub(crate) fn set(&self, kind: WaitKind, resource: usize, at: &'static Location<'static>) {
        let since = clock::turn_nanos() & ((1 << SINCE_BITS) - 1);
        self.since_and_kind.store(since | (kind as u64) << SINCE_BITS, Relaxed);
        self.resource.store(resource, Relaxed);
        self.at.store(ptr::from_ref(at).cast_mut(), Relaxed);
    }

    pub(crate) fn clear(&self) {
        self.at.store(ptr::null_mut(), Relaxed);
    }

    /// Whether the task had a turn, each of which begins with `clear`.
    pub(crate) fn has_begun(&self) -> bool {
        !ptr::eq(self.at.load(Relaxed), UNPOLLED)
    }

    pub(crate) fn get(&self) -> Option<Wait> {
        let at = self.at.load(Relaxed);
        // SAFETY: only `set` and `clear` store here, so the pointer is null or comes from a
        // `&'static Location`, which is never mutated nor freed.
        let at = unsafe { at.as_ref() }?;
        if ptr::eq(at, UNPOLLED) {
            return None;
        }
        let word = self.since_and_kind.load(Relaxed);
        let since = Duration::from_nanos(word & ((1 << SINCE_BITS) - 1));
        let kind = KINDS.get((word >> SINCE_BITS) as usize).copied().unwrap_or(WaitKind::Unknown);
        Some(Wait {
            kind,
            resource: self.resource.load(Relaxed),
            since: clock::epoch() + since,
            at,
        })
    }
}

/// Notes in the current task's record what it is about to wait for. A leaf future calls this when
/// it returns `Pending`; the note is gone at the task's next turn. Without a current task this
/// does nothing.
#[inline]
pub fn waiting(kind: WaitKind, resource: usize, at: &'static Location<'static>) {
    frame::with(|frame| {
        if let Some(frame) = frame {
            frame.record.note_wait(kind, resource, at);
        }
    });
}
