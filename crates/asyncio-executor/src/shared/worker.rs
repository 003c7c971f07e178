//! A thread while it runs an executor.

use super::queues::Queues;
use super::tasks::OwnTasks;
use crate::local::Park;
use crate::sync::{Arc, AtomicBool, ConcurrentQueue, Ordering, fence, thread_local};
use async_task::Runnable;
use asyncio_context::TaskRef;
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::sync::atomic::AtomicUsize;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// So many polls at most between two looks at the main future and the `Park`; and the common queue
/// comes first once in so many.
const BUDGET: usize = 61;

/// A worker's part that the code it runs finds again.
struct Own {
    queues: Arc<Queues>,
    local: Arc<ConcurrentQueue<Runnable>>,
    tasks: OwnTasks,
}

thread_local! {
    #[allow(clippy::missing_const_for_thread_local, reason = "a model's cannot be")]
    static OWN: RefCell<Option<Own>> = RefCell::new(None);
}

/// Pushes to the queue of this thread's worker.
pub(super) fn push(queues: &Arc<Queues>, runnable: Runnable) -> Result<(), Runnable> {
    let mut runnable = Some(runnable);
    let _ = OWN.try_with(|own| {
        let Ok(own) = own.try_borrow() else { return };
        if let Some(own) = own.as_ref().filter(|own| Arc::ptr_eq(&own.queues, queues)) {
            let pushed = own.local.push(runnable.take().expect("not taken yet"));
            runnable = pushed.err().map(|full| full.into_inner());
        }
    });
    runnable.map_or(Ok(()), Err)
}

/// Notes a task that was made.
pub(super) fn note(queues: &Arc<Queues>, task: TaskRef) {
    let mut task = Some(task);
    let _ = OWN.try_with(|own| {
        let Ok(own) = own.try_borrow() else { return };
        if let Some(own) = own.as_ref().filter(|own| Arc::ptr_eq(&own.queues, queues)) {
            own.tasks.add(task.take().expect("not taken yet"));
        }
    });
    if let Some(task) = task {
        queues.tasks.add(task);
    }
}

/// A thread that runs an executor. Workers nest: the inner one's queue is this thread's then.
pub(super) struct Worker {
    queues: Arc<Queues>,
    local: Arc<ConcurrentQueue<Runnable>>,
    before: Option<Own>,
    number: usize,
    ticks: Cell<usize>,
    searcher: Cell<bool>,
}

static NUMBERS: AtomicUsize = AtomicUsize::new(0);

impl Worker {
    pub(super) fn new(queues: Arc<Queues>) -> Worker {
        let local = queues.add_local();
        let own = Own { queues: queues.clone(), local: local.clone(), tasks: OwnTasks::new() };
        let before = OWN.with(|slot| slot.replace(Some(own)));
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        Worker { queues, local, before, number, ticks: Cell::new(0), searcher: Cell::new(false) }
    }

    /// Runs tasks until `main` is ready.
    pub(super) fn run<F: Future, P: Park + ?Sized>(
        &self,
        mut main: Pin<&mut F>,
        park: &mut P,
    ) -> F::Output {
        let signal = std::sync::Arc::new(Signal {
            woken: AtomicBool::new(true),
            asleep: AtomicBool::new(false),
            unparker: park.unparker(),
        });
        let waker = Waker::from(signal.clone());
        loop {
            if signal.woken.load(Ordering::Relaxed) {
                // Acquire, for the Release of the wake.
                signal.woken.swap(false, Ordering::AcqRel);
                if let Poll::Ready(value) = main.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return value;
                }
            }
            let ran = self.run_some();
            if ran > 0 {
                if park.has_outside() {
                    waited(park.park(Some(Duration::ZERO)));
                }
            } else if !signal.woken.load(Ordering::Relaxed) {
                self.sleep(&signal, park);
            }
        }
    }

    fn run_some(&self) -> usize {
        for ran in 0..BUDGET {
            let Some(runnable) = self.next() else { return ran };
            if self.searcher.take() {
                self.queues.idle.found();
                if self.queues.any() {
                    self.queues.idle.notify();
                }
            }
            // A panic is the task's result, so none comes out.
            runnable.run();
        }
        BUDGET
    }

    fn next(&self) -> Option<Runnable> {
        let tick = self.ticks.get().wrapping_add(1);
        self.ticks.set(tick);
        if tick.is_multiple_of(BUDGET) {
            self.queues.tasks.sweep();
            if let Some(runnable) = self.queues.pop_common() {
                return Some(runnable);
            }
        }
        let own = self.local.pop().ok();
        own.or_else(|| self.queues.refill(&self.local)).or_else(|| self.queues.steal(&self.local))
    }

    fn sleep<P: Park + ?Sized>(&self, signal: &Signal, park: &mut P) {
        if self.searcher.take() {
            self.queues.idle.found();
        }
        self.queues.idle.enter(self.number, park.unparker());
        signal.asleep.store(true, Ordering::Relaxed);
        // Partner of the fence in `Signal::wake_by_ref`.
        fence(Ordering::SeqCst);
        if !self.queues.any() && !signal.woken.load(Ordering::Relaxed) {
            waited(park.park(None));
        }
        signal.asleep.store(false, Ordering::Relaxed);
        self.searcher.set(self.queues.idle.leave(self.number));
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let own = OWN.with(|slot| slot.replace(self.before.take()));
        if let Some(own) = own {
            own.tasks.leave(&self.queues.tasks);
        }
        self.queues.remove_local(&self.local);
        if self.searcher.take() {
            self.queues.idle.found();
            if self.queues.any() {
                self.queues.idle.notify();
            }
        }
    }
}

/// Wakes the main future, which stays on its thread.
struct Signal {
    woken: AtomicBool,
    asleep: AtomicBool,
    unparker: Waker,
}

impl Wake for Signal {
    fn wake(self: std::sync::Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &std::sync::Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        // Partner of the fence in `Worker::sleep`.
        fence(Ordering::SeqCst);
        if self.asleep.load(Ordering::Relaxed) {
            self.unparker.wake_by_ref();
        }
    }
}

#[track_caller]
fn waited(parked: std::io::Result<()>) {
    if let Err(error) = parked {
        panic!("the executor cannot wait for events: {error}");
    }
}
