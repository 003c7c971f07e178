//! What other threads put on a loop: tasks to look at and functions to call. One word and links
//! that stand in what is put there; see the chapter's page for the protocol.

use super::header::Header;
use crate::sync::{AtomicPtr, Cell, Ordering};
use std::ptr::{self, NonNull};

/// Nothing there, and the loop is awake.
const EMPTY: *mut () = ptr::null_mut();
/// Nothing there, and the loop waits for events: it has to be notified.
const PARKED: *mut () = ptr::without_provenance_mut(2);
/// The loop is gone.
const CLOSED: *mut () = ptr::without_provenance_mut(4);
/// Marks a pointer to a `Posted`; a pointer without it is one to a `Header`.
const CALL: usize = 1;

/// A function for the loop to call, with its link.
pub(crate) struct Posted {
    next: Cell<*mut ()>,
    call: Box<dyn FnOnce() + Send>,
}

/// What stands in the inbox.
pub(crate) enum Letter {
    /// A task whose foreign word wants to be looked at. Its INBOX bit is set and belongs to the
    /// letter.
    Task(NonNull<Header>),
    /// A function to be called.
    Call(Box<Posted>),
}

impl Posted {
    pub(crate) fn new(call: impl FnOnce() + Send + 'static) -> Box<Posted> {
        Box::new(Posted { next: Cell::new(EMPTY), call: Box::new(call) })
    }

    pub(crate) fn into_call(self) -> Box<dyn FnOnce() + Send> {
        self.call
    }
}

impl Letter {
    fn into_raw(self) -> *mut () {
        match self {
            Letter::Task(task) => task.as_ptr().cast(),
            Letter::Call(posted) => Box::into_raw(posted).cast::<()>().map_addr(|a| a | CALL),
        }
    }

    /// # Safety
    ///
    /// `raw` comes from `into_raw`, and each only once.
    unsafe fn from_raw(raw: *mut ()) -> Letter {
        if raw.addr() & CALL == 0 {
            // SAFETY: a `Task` gave this pointer, which is not null.
            Letter::Task(unsafe { NonNull::new_unchecked(raw.cast()) })
        } else {
            // SAFETY: a `Call` gave this pointer, and nobody else has it, says the caller.
            Letter::Call(unsafe { Box::from_raw(raw.map_addr(|a| a & !CALL).cast()) })
        }
    }

    /// The link of a letter in its raw form.
    ///
    /// # Safety
    ///
    /// `raw` comes from `into_raw`, and its letter is in nobody else's hands.
    unsafe fn link<'a>(raw: *mut ()) -> &'a Cell<*mut ()> {
        if raw.addr() & CALL == 0 {
            // SAFETY: a task in a letter is alive, for its INBOX bit is set.
            unsafe { &(*raw.cast::<Header>()).inbox_next }
        } else {
            // SAFETY: the box was leaked by `into_raw`.
            unsafe { &(*raw.map_addr(|a| a & !CALL).cast::<Posted>()).next }
        }
    }
}

/// The head of the inbox.
#[derive(Debug)]
pub(crate) struct Inbox(AtomicPtr<()>);

/// Letters taken out, to be iterated in the order in which they came.
pub(crate) struct Mail(*mut ());

impl Inbox {
    pub(super) fn new() -> Inbox {
        Inbox(AtomicPtr::new(EMPTY))
    }

    /// Puts a letter in. With the success of the exchange the letter, and with it what kept the loop
    /// alive, is the owner's: `before_notify` runs ahead of it whenever the loop might have to be
    /// notified, and its result is given back if that is so.
    ///
    /// # Errors
    ///
    /// Gives the letter back if the loop is closed.
    pub(super) fn push<R>(
        &self,
        letter: Letter,
        mut before_notify: impl FnMut() -> R,
    ) -> Result<Option<R>, Letter> {
        let raw = letter.into_raw();
        let mut kept = None;
        let mut head = self.0.load(Ordering::Acquire);
        loop {
            if head == CLOSED {
                // SAFETY: the letter was not put in.
                return Err(unsafe { Letter::from_raw(raw) });
            }
            let next = if head == PARKED { EMPTY } else { head };
            // SAFETY: the letter was not put in yet.
            unsafe { Letter::link(raw) }.set(next);
            if head == PARKED && kept.is_none() {
                kept = Some(before_notify());
            }
            // Release: the link, and what the poster did before, for the owner's `take`. Acquire
            // where it fails: a CLOSED must show what was done before closing.
            match self.0.compare_exchange_weak(head, raw, Ordering::Release, Ordering::Acquire) {
                Ok(_) => return Ok(if head == PARKED { kept } else { None }),
                Err(now) => head = now,
            }
        }
    }

    /// Whether `take` would find something. The loop looks once per batch.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.load(Ordering::Relaxed) == EMPTY
    }

    /// Owner: whether it was closed.
    pub(super) fn is_closed(&self) -> bool {
        self.0.load(Ordering::Relaxed) == CLOSED
    }

    /// Owner: takes all letters out; the loop counts as awake from here on.
    pub(super) fn take(&self) -> Mail {
        // Acquire, for the Release of the pushes.
        Mail::of(self.0.swap(EMPTY, Ordering::Acquire))
    }

    /// Owner: says that the loop goes to sleep. False: there are letters, and it must not.
    pub(super) fn park(&self) -> bool {
        // Nothing is handed over by this exchange: a poster that finds PARKED reads the unparker
        // under its lock.
        self.0.compare_exchange(EMPTY, PARKED, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Makes the loop count as awake if it is parked. True: the caller has to notify it.
    pub(super) fn unpark(&self) -> bool {
        self.0.compare_exchange(PARKED, EMPTY, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Owner: refuses letters from now on, and takes those that are there. Release: what was done
    /// before closing, for those who find CLOSED.
    pub(super) fn close(&self) -> Mail {
        Mail::of(self.0.swap(CLOSED, Ordering::AcqRel))
    }
}

impl Mail {
    /// Turns the list round: letters are put in at the head.
    fn of(mut head: *mut ()) -> Mail {
        if head == PARKED || head == CLOSED {
            return Mail(EMPTY);
        }
        let mut turned = EMPTY;
        while head != EMPTY {
            // SAFETY: the list was taken out, so all its letters are ours.
            let link = unsafe { Letter::link(head) };
            let next = link.get();
            link.set(turned);
            turned = head;
            head = next;
        }
        Mail(turned)
    }
}

impl Iterator for Mail {
    type Item = Letter;

    fn next(&mut self) -> Option<Letter> {
        if self.0 == EMPTY {
            return None;
        }
        let raw = self.0;
        // SAFETY: this letter is ours; the link is read before it is given away.
        self.0 = unsafe { Letter::link(raw) }.get();
        // SAFETY: as above; it is given away once, since the link was followed.
        Some(unsafe { Letter::from_raw(raw) })
    }
}

impl Drop for Mail {
    fn drop(&mut self) {
        // A panic cannot come from here: letters to tasks own nothing that is dropped, and the loop
        // takes functions out one by one.
        for letter in self {
            drop(letter);
        }
    }
}
