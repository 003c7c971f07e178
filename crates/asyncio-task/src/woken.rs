//! Which parts of a future that polls several others have been woken: the same first in, first out
//! as in a loop's ready queue, one level down.
//!
//! Each part is polled with a waker of its own, which puts the part's key into a queue and wakes
//! the whole. A turn takes what is in the queue when it begins; what is woken meanwhile is the
//! next turn's.

#[cfg(loom)]
use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, Ordering},
};
use std::collections::VecDeque;
use std::sync::Arc;
#[cfg(not(loom))]
use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, Ordering},
};
use std::task::{Wake, Waker};

/// How many parts are polled in one turn, so that a crowd does not keep the loop from others.
pub(crate) const TURN: usize = 64;

/// The queue of woken parts, shared with their wakers.
#[derive(Debug)]
pub(crate) struct Woken {
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    keys: VecDeque<usize>,
    /// The waker of the whole; gone once it was called, until the next turn.
    whole: Option<Waker>,
}

impl Default for Woken {
    fn default() -> Woken {
        Woken { queue: Mutex::new(Queue::default()) }
    }
}

impl Woken {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Puts `key` in the queue and wakes the whole.
    pub(crate) fn push(&self, key: usize) {
        let mut queue = self.lock();
        queue.keys.push_back(key);
        let whole = queue.whole.take();
        drop(queue);
        if let Some(whole) = whole {
            whole.wake();
        }
    }

    /// Begins a turn: moves what is woken behind what `batch` still holds.
    pub(crate) fn take(&self, batch: &mut VecDeque<usize>) {
        let mut queue = self.lock();
        if batch.is_empty() {
            std::mem::swap(batch, &mut queue.keys);
        } else {
            batch.append(&mut queue.keys);
        }
    }

    /// Ends a turn: `whole` is woken by the next part that is. At once, if one was woken during
    /// the turn.
    pub(crate) fn sleep(&self, whole: &Waker) {
        {
            let queue = self.lock();
            let same = queue.whole.as_ref().is_some_and(|before| before.will_wake(whole));
            if same && queue.keys.is_empty() {
                return;
            }
        }
        // Cloned and dropped outside the lock: a waker's code is not ours.
        let mut next = Some(whole.clone());
        let mut queue = self.lock();
        let before = match queue.keys.is_empty() {
            true => std::mem::replace(&mut queue.whole, next.take()),
            false => queue.whole.take(),
        };
        drop(queue);
        drop(before);
        if let Some(whole) = next {
            whole.wake();
        }
    }

    /// The whole is over: whatever is woken from now on wakes nobody.
    pub(crate) fn forget(&self) {
        let whole = self.lock().whole.take();
        drop(whole);
    }
}

/// The waker of one part.
#[derive(Debug)]
pub(crate) struct Part {
    key: usize,
    woken: Arc<Woken>,
    /// In the queue, or over: either way a wake has nothing to do.
    queued: AtomicBool,
}

impl Part {
    /// A part that has not been woken yet.
    pub(crate) fn new(key: usize, woken: &Arc<Woken>) -> Arc<Part> {
        Arc::new(Part { key, woken: woken.clone(), queued: AtomicBool::new(false) })
    }

    /// Before a poll: wakes from here on count.
    pub(crate) fn begin(&self) {
        // Acquire: the poll sees what the waker's thread did before it woke; pairs with `wake`.
        self.queued.swap(false, Ordering::AcqRel);
    }

    /// The part is over, and its key may be given to another: wakes are ignored.
    pub(crate) fn end(&self) {
        self.queued.store(true, Ordering::Release);
    }
}

impl Wake for Part {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.queued.swap(true, Ordering::AcqRel) {
            self.woken.push(self.key);
        }
    }
}

#[cfg(all(test, loom))]
mod loom_models {
    //! `RUSTFLAGS="--cfg loom" cargo test -p asyncio-task --release --lib loom`
    //!
    //! Mutations that they catch: no look at the keys in `sleep`; both swaps of `queued` relaxed;
    //! an `end` that resets `queued`.

    use super::*;
    use loom::sync::atomic::AtomicUsize;
    use loom::thread;

    /// A whole that is asleep until it is woken.
    struct Whole {
        woken: Mutex<bool>,
    }

    impl Wake for Whole {
        fn wake(self: Arc<Self>) {
            *self.woken.lock().unwrap() = true;
        }
    }

    /// What a part waits for: a number that another thread raises before it wakes the part.
    #[test]
    fn loom_a_wake_during_a_turn_is_not_lost() {
        loom::model(|| {
            let whole = Arc::new(Whole { woken: Mutex::new(true) });
            let waker = Waker::from(whole.clone());
            let woken = Arc::new(Woken::default());
            let part = Part::new(0, &woken);
            let events = Arc::new(AtomicUsize::new(0));
            let threads: Vec<_> = (0..2)
                .map(|_| {
                    let (part, events) = (part.clone(), events.clone());
                    thread::spawn(move || {
                        events.fetch_add(1, Ordering::Relaxed);
                        part.wake_by_ref();
                    })
                })
                .collect();
            let (mut seen, mut batch) = (0, VecDeque::new());
            let mut turn = || {
                if !std::mem::take(&mut *whole.woken.lock().unwrap()) {
                    return;
                }
                woken.take(&mut batch);
                while batch.pop_front().is_some() {
                    part.begin();
                    seen = events.load(Ordering::Relaxed);
                }
                woken.sleep(&waker);
            };
            turn();
            turn();
            threads.into_iter().for_each(|t| t.join().unwrap());
            // All is still now: two turns at most are due.
            turn();
            turn();
            assert_eq!(seen, 2, "an event nobody looked at");
        });
    }

    /// A waker of a part that is over does not wake the part that got its key.
    #[test]
    fn loom_a_part_that_is_over_wakes_nobody() {
        loom::model(|| {
            let woken = Arc::new(Woken::default());
            let part = Part::new(0, &woken);
            let stale = part.clone();
            part.begin();
            part.end();
            let thread = thread::spawn(move || stale.wake());
            let mut batch = VecDeque::new();
            woken.take(&mut batch);
            thread.join().unwrap();
            woken.take(&mut batch);
            assert!(batch.is_empty());
        });
    }
}
