//! A flag to wait for.

use crate::confine::{Confinement, ThreadSafe, Word};
use crate::waiters::{Lists, Owed, Role, Standing, WaitCell, Waiter};
use asyncio_context::{TaskId, WaitKind};
use pin_project_lite::pin_project;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A flag that tasks wait for. asyncio: `Event`.
///
/// [`set`](Event::set) releases all who wait, in the order in which they began to, even if
/// [`clear`](Event::clear) follows at once.
///
/// ```
/// use asyncio_sync::Event;
///
/// static READY: Event = Event::new();
///
/// std::thread::spawn(|| READY.set());
/// futures_lite::future::block_on(READY.wait());
/// assert!(READY.is_set());
/// ```
// The cell's address is the event's: `Anchor::address`.
#[repr(C)]
pub struct Event<R: Confinement = ThreadSafe> {
    /// How often the event was set: a waiter with a lower number was there when it was set.
    cell: WaitCell<usize, R, 1>,
    set: R::Word,
}

impl<R: Confinement> Event<R> {
    /// An event that is not set.
    pub const fn new() -> Event<R> {
        Event { set: R::Word::ZERO, cell: WaitCell::new(0) }
    }

    /// Whether the event is set.
    #[inline]
    pub fn is_set(&self) -> bool {
        self.set.load() != 0
    }

    /// Sets the event and releases all who wait. What was done before is seen by those released.
    pub fn set(&self) {
        let epoch = self.cell.with(|epoch, _| {
            if self.set.peek() == 0 {
                self.set.store(1);
                *epoch += 1;
            }
            *epoch
        });
        // Who begins to wait while these are woken, after a `clear`, has this epoch and stays.
        Owed::Before { list: 0, tag: epoch, count: usize::MAX }.pay(&&self.cell);
    }

    /// Clears the event; wakes nobody.
    pub fn clear(&self) {
        self.cell.with(|_, _| self.set.store(0));
    }

    /// Waits until the event is set; returns at once, without suspending, if it is.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    #[track_caller]
    #[inline]
    pub fn wait(&self) -> EventFuture<'_, R> {
        let at = Location::caller();
        EventFuture { event: self, wait: Waiter::new(&self.cell, Watcher { since: 0 }, at) }
    }

    /// The tasks that wait, in order; `None` stands for a future outside any task.
    pub fn waiting_tasks(&self) -> Vec<Option<TaskId>> {
        self.cell.tasks(0)
    }
}

/// One who waits for an event.
struct Watcher {
    since: usize,
}

impl<R: Confinement> Role<&WaitCell<usize, R, 1>> for Watcher {
    const LIST: usize = 0;

    fn kind(&self) -> WaitKind {
        WaitKind::Event
    }

    fn tag(&mut self, epoch: &mut usize) -> usize {
        self.since = *epoch;
        self.since
    }

    fn gone(
        &mut self,
        _: &&WaitCell<usize, R, 1>,
        _: &mut usize,
        _: &mut Lists<'_, R>,
        _: bool,
    ) -> Owed {
        // Everybody was told, so there is nothing to hand on.
        Owed::Nobody
    }
}

pin_project! {
    /// The future of [`Event::wait`].
    #[must_use = "futures do nothing unless polled"]
    pub struct EventFuture<'a, R = ThreadSafe>
    where
        R: Confinement,
    {
        event: &'a Event<R>,
        #[pin]
        wait: Waiter<&'a WaitCell<usize, R, 1>, Watcher>,
    }
}

impl<R: Confinement> Future for EventFuture<'_, R> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if this.wait.accept() || this.wait.is_idle() && this.event.is_set() {
            return Poll::Ready(());
        }
        let event = *this.event;
        this.wait.poll(cx, |(_, watcher, standing), epoch, _| {
            // The second: it was set since, whether or not this waiter was told already, and even
            // if it is clear again.
            let waited = standing != Standing::Idle;
            (event.set.peek() != 0 || waited && watcher.since < *epoch).then_some(())
        })
    }
}

impl<R: Confinement> Default for Event<R> {
    fn default() -> Event<R> {
        Event::new()
    }
}

impl<R: Confinement> fmt::Debug for Event<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.is_set() { "set" } else { "unset" };
        let waiters = self.cell.tasks(0).len();
        f.debug_struct("Event").field("state", &state).field("waiters", &waiters).finish()
    }
}
