//! Who sleeps, and who is woken for new work.

use crate::sync::{AtomicUsize, Mutex, Ordering, fence, lock};
use std::task::Waker;

/// The sleeping workers of an executor.
///
/// The race to be excluded: work is pushed while a worker is on its way to sleep, and neither sees the
/// other. Both sides write first and look second, with a fence between: the worker enters the list,
/// then looks for work once more ([`enter`](Idle::enter)); the pusher pushes, then looks at the
/// number of sleepers ([`notify`](Idle::notify)). Of two such sequences at least one sees the other's
/// write.
///
/// One worker at a time is woken to search. When it finds work it wakes the next, if there is more:
/// a burst wakes as many as it can use, and a single task wakes one.
pub(super) struct Idle {
    sleeping: AtomicUsize,
    /// Workers that were woken and have found nothing yet: zero or one.
    searching: AtomicUsize,
    list: Mutex<Vec<(usize, Waker)>>,
}

impl Idle {
    pub(super) fn new() -> Idle {
        Idle {
            sleeping: AtomicUsize::new(0),
            searching: AtomicUsize::new(0),
            list: Mutex::new(Vec::new()),
        }
    }

    /// Work was pushed: wakes a worker, unless none sleeps or one is searching already.
    #[inline]
    pub(super) fn notify(&self) {
        // Partner of the fence in `enter`, and of that in `found`.
        fence(Ordering::SeqCst);
        if self.sleeping.load(Ordering::Relaxed) > 0 && self.searching.load(Ordering::Relaxed) == 0
        {
            self.wake_one();
        }
    }

    #[cold]
    fn wake_one(&self) {
        let waker = {
            let mut list = lock(&self.list);
            // Under the lock, so that two pushers do not both wake.
            if list.is_empty() || self.searching.load(Ordering::Relaxed) > 0 {
                return;
            }
            self.searching.store(1, Ordering::Relaxed);
            let (_, waker) = list.remove(0);
            self.sleeping.store(list.len(), Ordering::Relaxed);
            waker
        };
        waker.wake();
    }

    /// A worker will sleep unless it finds work when it looks once more after this.
    pub(super) fn enter(&self, worker: usize, unparker: Waker) {
        {
            let mut list = lock(&self.list);
            list.push((worker, unparker));
            self.sleeping.store(list.len(), Ordering::Relaxed);
        }
        // Partner of the fence in `notify`.
        fence(Ordering::SeqCst);
    }

    /// A worker does not sleep any more. True: it was taken from the list, and so is the searcher.
    pub(super) fn leave(&self, worker: usize) -> bool {
        let mut list = lock(&self.list);
        let Some(at) = list.iter().position(|(other, _)| *other == worker) else { return true };
        let (_, unparker) = list.remove(at);
        self.sleeping.store(list.len(), Ordering::Relaxed);
        drop(list);
        drop(unparker);
        false
    }

    /// The searcher has found work, or gives up: others may be woken. The caller looks for work, or
    /// calls `notify`, after this: pushes in between have woken nobody.
    pub(super) fn found(&self) {
        self.searching.store(0, Ordering::Relaxed);
        // Partner of the fence in `notify`.
        fence(Ordering::SeqCst);
    }
}
