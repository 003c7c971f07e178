//! A loop as its tasks know it: what the owner works with, and what others may touch.

use super::count;
use super::header::Header;
use super::inbox::{Inbox, Letter, Mail};
use super::list::List;
use super::memory::Memory;
use super::ready::Ready;
use crate::sync::{Arc, Mutex, lock};
use asyncio_context::TaskRef;
use std::cell::Cell;
use std::ptr::{self, NonNull};
use std::task::Waker;
use std::time::Duration;

/// The shared part of a loop.
pub(crate) struct Home {
    pub(super) inbox: Inbox,
    /// Wakes the loop out of its `Park`. An `Arc`, so that it is cloned under the lock without code
    /// of the user's.
    unparker: Mutex<Option<std::sync::Arc<Waker>>>,
    /// How many tasks are left in memory, once the loop is closed; its lock guards their counts
    /// then.
    pub(super) left: Mutex<usize>,
    core: Core,
}

/// The owner's part. After the close nothing of it is touched but `memory`, by the drop.
pub(crate) struct Core {
    pub(crate) ready: Ready,
    pub(super) tasks: List,
    /// Tasks in memory, moved to `left` when the loop is closed.
    pub(super) alive: Cell<usize>,
    pub(super) memory: Memory,
    /// No new tasks: those that destructors make are dropped at once.
    pub(crate) closing: Cell<bool>,
    /// A turn of this very loop is under way: being current does not tell, nor that the thread is in a turn.
    pub(crate) running: Cell<bool>,
    /// New tasks have their first turn when they are made.
    pub(crate) eager: Cell<bool>,
    /// Debug mode: what takes that long without a look at anything else is reported.
    pub(crate) slow: Cell<Option<Duration>>,
}

// SAFETY: `core` is reached through the unsafe `core()` alone, on the owner's thread, and by `drop`, in
// whose time nobody else has a reference; it holds no user's values by then. The other fields are
// atomics and locks.
unsafe impl Send for Home {}
// SAFETY: as above.
unsafe impl Sync for Home {}

#[cfg(not(loom))]
thread_local! {
    static CURRENT: Cell<*const Home> = const { Cell::new(ptr::null()) };
}
#[cfg(loom)]
crate::sync::thread_local! {
    static CURRENT: Cell<*const Home> = Cell::new(ptr::null());
}

fn current() -> *const Home {
    CURRENT.try_with(Cell::get).unwrap_or(ptr::null())
}

fn set_current(home: *const Home) {
    let _ = CURRENT.try_with(|current| current.set(home));
}

impl Home {
    /// Whether the code that runs belongs to a turn of this loop. Only then its plain fields may be
    /// touched; the loop is open.
    #[inline]
    pub(super) fn is_current(home: NonNull<Home>) -> bool {
        ptr::eq(current(), home.as_ptr())
    }

    /// The same for a share in the loop.
    pub(crate) fn is_current_share(home: &Arc<Home>) -> bool {
        ptr::eq(current(), Arc::as_ptr(home))
    }

    /// The owner's part.
    ///
    /// # Safety
    ///
    /// The caller is on the owner's thread, and the loop is not closed.
    #[inline]
    pub(crate) unsafe fn core(&self) -> &Core {
        &self.core
    }

    /// One more reference to a loop's shared part.
    ///
    /// # Safety
    ///
    /// It is alive.
    pub(super) unsafe fn reference(home: NonNull<Home>) -> Arc<Home> {
        // SAFETY: all pointers to a home come from `Arc::as_ptr`.
        unsafe {
            Arc::increment_strong_count(home.as_ptr());
            Arc::from_raw(home.as_ptr())
        }
    }

    /// Gives back the reference that stood for all tasks of a closed loop.
    ///
    /// # Safety
    ///
    /// No task is left.
    pub(super) unsafe fn unreference(home: NonNull<Home>) {
        // SAFETY: `close` leaked this reference.
        unsafe { Arc::decrement_strong_count(home.as_ptr()) };
    }

    /// Frees the memory of a task of a closed loop.
    ///
    /// # Safety
    ///
    /// No reference and no letter is left; the caller holds the lock of `left`.
    pub(super) unsafe fn release(_home: NonNull<Home>, task: NonNull<Header>) {
        // SAFETY: alive still.
        let vtable = unsafe { task.as_ref() }.vtable();
        // SAFETY: as in `free_here`.
        unsafe {
            ptr::drop_in_place(task.as_ptr());
            Memory::forget(task.cast(), vtable.class, vtable.layout);
        }
    }

    /// Wakes the loop out of its sleep: for who swapped PARKED out of the inbox.
    pub(crate) fn notify(&self) {
        let unparker = lock(&self.unparker).clone();
        if let Some(unparker) = unparker {
            unparker.wake_by_ref();
        }
    }

    /// Puts a function into the inbox.
    ///
    /// # Errors
    ///
    /// Gives the function back if the loop is closed.
    pub(crate) fn post(this: &Arc<Home>, letter: Letter) -> Result<(), Letter> {
        if let Some(home) = this.inbox.push(letter, || Arc::clone(this))? {
            home.notify();
        }
        Ok(())
    }

    /// Wakes the loop if it sleeps.
    pub(crate) fn unpark(&self) {
        if self.inbox.unpark() {
            self.notify();
        }
    }
}

/// A loop's shared part in the hands of its owner. `!Send`, as the owner is; all its methods are the
/// owner's.
pub(crate) struct Owned {
    home: Arc<Home>,
    /// The unparker in `home`, for comparison.
    unparker: Cell<Option<std::sync::Arc<Waker>>>,
    /// In a turn, or being closed.
    busy: Cell<bool>,
    closed: Cell<bool>,
    not_send: std::marker::PhantomData<*const ()>,
}

impl Owned {
    pub(crate) fn new() -> Owned {
        let home = Arc::new(Home {
            inbox: Inbox::new(),
            unparker: Mutex::new(None),
            left: Mutex::new(0),
            core: Core {
                ready: Ready::new(),
                tasks: List::new(),
                alive: Cell::new(0),
                memory: Memory::new(),
                closing: Cell::new(false),
                running: Cell::new(false),
                eager: Cell::new(false),
                slow: Cell::new(None),
            },
        });
        Owned {
            home,
            unparker: Cell::new(None),
            busy: Cell::new(false),
            closed: Cell::new(false),
            not_send: std::marker::PhantomData,
        }
    }

    pub(crate) fn share(&self) -> &Arc<Home> {
        &self.home
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// For as long as the guard lives, this loop is the thread's current one.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    #[track_caller]
    pub(crate) fn enter(&self) -> Entered<'_> {
        assert!(!self.closed.get(), "the loop is closed");
        // SAFETY: what is current is alive.
        let before =
            NonNull::new(current().cast_mut()).map(|home| unsafe { Home::reference(home) });
        set_current(Arc::as_ptr(&self.home));
        Entered { before, owned: self }
    }

    /// Whether this loop is the thread's current one.
    pub(crate) fn is_entered(&self) -> bool {
        ptr::eq(current(), Arc::as_ptr(&self.home))
    }

    /// Makes the loop busy until that is dropped; `None` where it is. Being current does not tell: the user
    /// may enter another loop inside a turn.
    pub(crate) fn occupy(&self) -> Option<Busy<'_>> {
        (!self.busy.replace(true)).then(|| Busy(&self.busy))
    }

    /// Says whether a turn is under way. A loop that is closed takes none.
    pub(crate) fn set_running(&self, running: bool) {
        if !self.closed.get() {
            // SAFETY: we are the owner, and the loop is not closed.
            unsafe { self.home.core() }.running.set(running);
        }
    }

    /// The loop is current no more, although a guard that says so was leaked.
    pub(crate) fn leave_leaked(&self) {
        if self.is_entered() {
            set_current(ptr::null());
        }
    }

    /// Says that the loop is about to sleep in a `Park` which `unparker` wakes. False: it must not,
    /// there are letters.
    pub(crate) fn park(&self, unparker: Waker) -> bool {
        self.set_unparker(unparker);
        self.home.inbox.park()
    }

    fn set_unparker(&self, unparker: Waker) {
        let before = self.unparker.take();
        if before.as_ref().is_some_and(|before| before.will_wake(&unparker)) {
            self.unparker.set(before);
            return;
        }
        let unparker = std::sync::Arc::new(unparker);
        self.unparker.set(Some(unparker.clone()));
        let shared = lock(&self.home.unparker).replace(unparker);
        drop((before, shared));
    }

    /// Ends the loop: what the owner does last. Futures, callbacks and results in the inbox have been
    /// or are dropped; tasks that are referred to stay in memory until they no longer are.
    ///
    /// `refused` gets the functions that were posted too late.
    pub(crate) fn close(&self, mut refused: impl FnMut(Box<dyn FnOnce() + Send>)) {
        debug_assert!(!self.is_entered());
        self.closed.set(true);
        let mail = {
            let mut left = lock(&self.home.left);
            // SAFETY: we are the owner, and this is the last look at the core.
            *left = unsafe { self.home.core() }.alive.get();
            if *left > 0 {
                std::mem::forget(self.home.clone());
            }
            // Under the lock, so that who finds CLOSED finds `left` set, too.
            self.home.inbox.close()
        };
        for letter in mail {
            match letter {
                // SAFETY: the letter is the task's INBOX bit, and the loop is closed.
                Letter::Task(task) => unsafe { count::settle(task) },
                Letter::Call(posted) => refused(posted.into_call()),
            }
        }
        let unparkers = (self.unparker.take(), lock(&self.home.unparker).take());
        drop(unparkers);
    }
}

/// See [`Owned::occupy`].
pub(crate) struct Busy<'a>(&'a Cell<bool>);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

/// What the owner does inside a turn.
pub(crate) struct Entered<'a> {
    /// The loop that was current. It may be closed under this guard, which does not borrow it.
    before: Option<Arc<Home>>,
    owned: &'a Owned,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let before = self.before.take().filter(|home| !home.inbox.is_closed());
        // Open, so alive beyond this reference: its owner was not dropped, and will leave it when it is.
        set_current(before.as_ref().map_or(ptr::null(), Arc::as_ptr));
    }
}

impl Entered<'_> {
    pub(crate) fn here(&self) -> Here {
        // SAFETY: not null.
        Here(unsafe { NonNull::new_unchecked(Arc::as_ptr(&self.owned.home).cast_mut()) })
    }
}

/// The thread's current loop, in the hands of code that runs in its turn: leave to do what only the
/// owner may. A value of this type does not outlive the turn it was made in.
#[derive(Clone, Copy)]
pub(crate) struct Here(NonNull<Home>);

impl Here {
    /// The loop whose turn it is on this thread.
    #[inline]
    pub(crate) fn current() -> Option<Here> {
        NonNull::new(current().cast_mut()).map(Here)
    }

    #[inline]
    pub(super) fn home(self) -> NonNull<Home> {
        self.0
    }

    /// The owner's part.
    #[inline]
    pub(crate) fn core<'a>(self) -> &'a Core {
        // SAFETY: the loop is current, so alive, open, and this is its owner's thread.
        unsafe { self.0.as_ref().core() }
    }

    /// Whether the loop takes a turn, in which it cannot be closed, rather than being only entered.
    #[inline]
    pub(crate) fn is_running(self) -> bool {
        self.core().running.get()
    }

    /// A share in the loop, for other threads.
    pub(crate) fn share(self) -> Arc<Home> {
        // SAFETY: alive, see above.
        unsafe { Home::reference(self.0) }
    }

    /// Takes the inbox's letters: looks at the tasks and gives the functions to `call`.
    #[inline]
    pub(crate) fn read_mail(self, call: impl FnMut(Box<dyn FnOnce() + Send>)) {
        // SAFETY: alive, see above.
        let inbox = unsafe { &self.0.as_ref().inbox };
        if !inbox.is_empty() {
            read(inbox.take(), call);
        }
    }

    /// The tasks of the loop, oldest first.
    pub(crate) fn tasks(self) -> Vec<TaskRef> {
        let mut all = Vec::new();
        self.core().tasks.each(|task| {
            // SAFETY: it is in the list, so alive, and this is the owner.
            all.extend(unsafe { (task.as_ref().vtable().listed)(task) });
        });
        all
    }

    /// Drops the futures of all tasks, oldest first.
    pub(crate) fn abandon_all(self) {
        while let Some(task) = self.core().tasks.first() {
            // SAFETY: it is in the list, so alive and not done, and this is the owner; nothing is
            // `Running`, since the loop is being closed, which its tasks cannot do; and the entries of
            // the ready queue are not looked at any more.
            unsafe { (task.as_ref().vtable().abandon)(task, false) };
        }
    }
}

#[cold]
fn read(mail: Mail, mut call: impl FnMut(Box<dyn FnOnce() + Send>)) {
    for letter in mail {
        match letter {
            // SAFETY: the letter is the task's INBOX bit, and the loop is current.
            Letter::Task(task) => unsafe { count::look(task) },
            Letter::Call(posted) => call(posted.into_call()),
        }
    }
}
