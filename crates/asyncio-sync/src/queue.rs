//! Items handed from task to task.

mod error;
mod get;
mod join;
mod order;
mod put;
mod state;

pub use error::{GetNowaitError, PutNowaitError, QueueShutDown};
pub use get::GetFuture;
pub use join::JoinFuture;
pub use order::{Fifo, Lifo, Order, Smallest};
pub use put::PutFuture;

use crate::confine::{Confinement, ThreadSafe, Word};
use crate::waiters::{Anchor, Lists, Owed, WaitCell};
use state::{Closed, State, Turn};
use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::panic::Location;

const GETTERS: usize = 0;
const PUTTERS: usize = 1;
const JOINERS: usize = 2;

/// A queue of items, for any number of producers and consumers. asyncio: `Queue`, and with another
/// order `LifoQueue` and `PriorityQueue`.
///
/// A task that waits is woken when there is an item, or room, but that is not kept for it: who comes
/// first takes it, and a woken task that finds nothing waits again. Items come out in the queue's
/// order whatever the order of the tasks.
///
/// ```
/// use asyncio_sync::Queue;
///
/// let queue = Queue::new(2);
/// futures_lite::future::block_on(async {
///     queue.put("a").await.unwrap();
///     queue.put_nowait("b").unwrap();
///     assert!(queue.full());
///
///     queue.shutdown(false);
///     while let Ok(item) = queue.get().await {
///         print!("{item} ");
///         queue.task_done();
///     }
///     queue.join().await;
/// });
/// ```
// The cell's address is the queue's: `Anchor::address`.
#[repr(C)]
pub struct Queue<T, R: Confinement = ThreadSafe, O: Order<T> = Fifo> {
    cell: WaitCell<State<O::Items>, R, 3>,
    maxsize: usize,
    /// The number of items, written under exclusion. Read outside it to see whether a wait is
    /// likely, and for `qsize`.
    len: R::Word,
    _item: PhantomData<fn() -> T>,
}

// SAFETY: a reference to the queue, which has the cell for a field.
unsafe impl<T, R: Confinement, O: Order<T>> Anchor for &Queue<T, R, O> {
    type State = State<O::Items>;
    type R = R;

    #[inline(always)]
    fn with<U>(&self, f: impl FnOnce(&mut Self::State, &mut Lists<'_, R>) -> U) -> U {
        self.cell.with(f)
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(*self).addr()
    }
}

impl<T, R: Confinement, O: Order<T>> Queue<T, R, O> {
    /// An empty queue for at most `maxsize` items; any number if that is zero.
    pub const fn new(maxsize: usize) -> Queue<T, R, O> {
        let state = State { items: O::EMPTY, unfinished: 0, finished: 0, shut_down: false };
        let cell = WaitCell::new(state);
        Queue { maxsize, len: R::Word::ZERO, cell, _item: PhantomData }
    }

    /// Waits for room and adds an item; does not suspend if there is room.
    ///
    /// # Errors
    ///
    /// [`QueueShutDown`] with the item, if the queue is shut down, before or during the wait.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped has not added its item, which is dropped with it. If it had been
    /// woken, another is woken in its place.
    #[track_caller]
    #[inline]
    pub fn put(&self, item: T) -> PutFuture<'_, T, R, O> {
        PutFuture::new(self, item, Location::caller())
    }

    /// Adds an item if there is room.
    ///
    /// # Errors
    ///
    /// With the item, if the queue is full or shut down.
    #[inline]
    pub fn put_nowait(&self, item: T) -> Result<(), PutNowaitError<T>> {
        let (mut turn, mut item) = (Turn::default(), Some(item));
        let added = self.cell.with(|state, lists| self.add(state, lists, &mut item, &mut turn));
        match (added, item) {
            (Some(Err(Closed)), Some(item)) => Err(PutNowaitError::QueueShutDown(item)),
            (_, Some(item)) => Err(PutNowaitError::QueueFull(item)),
            (_, None) => Ok(()),
        }
    }

    /// Waits for an item and takes it; does not suspend if there is one.
    ///
    /// # Errors
    ///
    /// [`QueueShutDown`], if the queue is shut down and empty.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped has taken nothing. If it had been woken, another is woken in its
    /// place.
    #[track_caller]
    #[inline]
    pub fn get(&self) -> GetFuture<'_, T, R, O> {
        GetFuture::new(self, Location::caller())
    }

    /// Takes an item if there is one.
    ///
    /// # Errors
    ///
    /// If there is none; if there will never be one, as `QueueShutDown`.
    #[inline]
    pub fn get_nowait(&self) -> Result<T, GetNowaitError> {
        match self.take_now() {
            Some(Ok(item)) => Ok(item),
            Some(Err(Closed)) => Err(GetNowaitError::QueueShutDown),
            None => Err(GetNowaitError::QueueEmpty),
        }
    }

    /// How many items the queue holds.
    #[inline]
    pub fn qsize(&self) -> usize {
        self.len.load()
    }

    /// Whether it holds none.
    pub fn empty(&self) -> bool {
        self.qsize() == 0
    }

    /// Whether it has no room; never, if `maxsize` is zero.
    pub fn full(&self) -> bool {
        self.is_full(self.qsize())
    }

    /// The number given to [`new`](Queue::new).
    pub fn maxsize(&self) -> usize {
        self.maxsize
    }

    /// Says that the work on one item that was taken is done. Releases those who
    /// [`join`](Queue::join) if it was the last.
    ///
    /// # Panics
    ///
    /// If it is called more often than items were put (asyncio: `ValueError`).
    #[track_caller]
    pub fn task_done(&self) {
        let owed = self.cell.with(|state, _| {
            let left = state.unfinished.checked_sub(1)?;
            Some(state.finish(left))
        });
        match owed {
            Some(owed) => owed.pay(&self),
            None => panic!("task_done() called too many times"),
        }
    }

    /// Waits until [`task_done`](Queue::task_done) was called for every item that was put.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    #[track_caller]
    pub fn join(&self) -> JoinFuture<'_, T, R, O> {
        JoinFuture::new(self, Location::caller())
    }

    /// Closes the queue: from now on nothing can be put; what is there can still be taken, unless
    /// `immediate`, which drops the items and counts them as done. Everybody who waits for what
    /// will not come ends with [`QueueShutDown`]. May be called again.
    pub fn shutdown(&self, immediate: bool) {
        let (items, joined) = self.cell.with(|state, _| {
            state.shut_down = true;
            if !immediate || O::len(&state.items) == 0 {
                return (None, Owed::Nobody);
            }
            let left = state.unfinished.saturating_sub(O::len(&state.items));
            self.len.store(0);
            (Some(mem::replace(&mut state.items, O::EMPTY)), state.finish(left))
        });
        // Nobody joins these lists any more, so all in them were there before.
        let all = |list| Owed::Before { list, tag: usize::MAX, count: usize::MAX };
        Owed::pay_all([all(GETTERS), all(PUTTERS), joined], &self);
        drop(items);
    }

    /// Whether [`shutdown`](Queue::shutdown) was called.
    pub fn is_shut_down(&self) -> bool {
        self.cell.with(|state, _| state.shut_down)
    }
}

impl<T, R: Confinement, O: Order<T>> Default for Queue<T, R, O> {
    /// Unbounded, as in asyncio.
    fn default() -> Queue<T, R, O> {
        Queue::new(0)
    }
}

impl<T, R: Confinement, O: Order<T>> fmt::Debug for Queue<T, R, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unfinished, shut_down) =
            self.cell.with(|state, _| (state.unfinished, state.shut_down));
        f.debug_struct("Queue")
            .field("maxsize", &self.maxsize)
            .field("qsize", &self.qsize())
            .field("getters", &self.cell.tasks(GETTERS).len())
            .field("putters", &self.cell.tasks(PUTTERS).len())
            .field("unfinished", &unfinished)
            .field("shut_down", &shut_down)
            .finish()
    }
}
