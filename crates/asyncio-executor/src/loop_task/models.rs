//! Models of what happens to a loop task between threads, run by loom over all interleavings:
//! `RUSTFLAGS="--cfg loom" cargo test -p asyncio-executor --release --lib loom`.
//!
//! Some of them were seen to fail with each of these changes, one at a time:
//!
//! - `foreign.rs`, `tell`: `AcqRel` -> `Release`; `take`: `AcqRel` -> `Relaxed` (race on the link).
//! - `inbox.rs`, `push`: `Release` -> `Relaxed`.
//! - `inbox.rs`, `push`: PARKED treated like EMPTY, so that nobody notifies (deadlock).
//! - `count.rs`, `settle`: without the lock (race on `refs`).
//! - `home.rs`, `close`: the head set to CLOSED ahead of the lock.
//!
//! Not seen by loom, which does not watch memory that is freed: `inbox.rs`, `push` with `before_notify`
//! after the exchange; `count.rs`, `drop_here` without the look for INBOX. For these there is the
//! argument on the chapter's page only.

use super::home::Here;
use super::{Entry, Hidden, HiddenBody, Owned, spawn};
use crate::local::callback;
use loom::sync::Notify;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Wake, Waker};

/// A `Park` that loom knows.
struct Bell(Notify);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.notify();
    }
}

/// A loop with one task, which ends at its `polls`-th poll and calls `see` at each.
struct Model {
    owned: Owned,
    bell: Arc<Bell>,
    waker: RefCell<Waker>,
    done: Rc<Cell<bool>>,
}

impl Model {
    fn new(polls: usize, see: impl Fn(usize) + 'static) -> Model {
        let owned = Owned::new();
        let (slot, done) = (Rc::new(RefCell::new(None)), Rc::new(Cell::new(false)));
        let (keep, end) = (slot.clone(), done.clone());
        let mut polled = 0;
        let future = poll_fn(move |cx| {
            polled += 1;
            see(polled);
            if polled == 1 {
                *keep.borrow_mut() = Some(cx.waker().clone());
            }
            end.set(polled == polls);
            if polled == polls { Poll::Ready(()) } else { Poll::Pending }
        });
        let model = {
            let entered = owned.enter();
            let body = HiddenBody::new(future, None);
            spawn_hidden(entered.here(), body);
            run_ready(entered.here());
            slot.take().expect("the task was polled")
        };
        Model { owned, bell: Arc::new(Bell(Notify::new())), waker: RefCell::new(model), done }
    }

    /// Turns until the task is over.
    fn run(&self) {
        let entered = self.owned.enter();
        let here = entered.here();
        loop {
            here.read_mail(|call| call());
            run_ready(here);
            if self.done.get() {
                return;
            }
            if self.owned.park(Waker::from(self.bell.clone())) {
                self.bell.0.wait();
            }
        }
    }

    fn close(self) {
        drop(self.waker);
        {
            let entered = self.owned.enter();
            let here = entered.here();
            here.core().closing.set(true);
            drop(here.core().ready.clear());
            here.abandon_all();
            here.read_mail(drop);
            drop(here.core().ready.clear());
        }
        self.owned.close(drop);
    }
}

fn spawn_hidden<F: Future<Output = ()> + 'static>(here: Here, body: HiddenBody<F>) {
    // SAFETY: the future is `'static`.
    unsafe { spawn::<F, Hidden>(here, body, false, Location::caller()) };
}

fn run_ready(here: Here) {
    while here.core().ready.batch() > 0 {
        match here.core().ready.pop() {
            // SAFETY: from the queue of the current loop.
            Entry::Task(task) => unsafe { super::run(task) },
            Entry::Call(call) => callback::run(&call),
        }
    }
}

fn check(f: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(f);
}

#[test]
fn loom_a_wake_brings_what_was_written_before() {
    check(|| {
        let written = loom::sync::Arc::new(loom::cell::UnsafeCell::new(0));
        let read = written.clone();
        let model = Model::new(2, move |polled| {
            if polled == 2 {
                // SAFETY: loom says so if another thread writes meanwhile.
                read.with(|value| assert_eq!(unsafe { *value }, 1));
            }
        });
        let waker = model.waker.borrow().clone();
        let other = loom::thread::spawn(move || {
            // SAFETY: as above.
            written.with_mut(|value| unsafe { *value = 1 });
            waker.wake();
        });
        model.run();
        other.join().unwrap();
        model.close();
    });
}

#[test]
fn loom_wakes_of_two_threads_arrive() {
    check(|| {
        let model = Model::new(2, |_| ());
        let wakers = [model.waker.borrow().clone(), model.waker.borrow().clone()];
        let [one, two] = wakers.map(|waker| loom::thread::spawn(move || waker.wake()));
        model.run();
        one.join().unwrap();
        two.join().unwrap();
        model.close();
    });
}

#[test]
fn loom_references_race_with_the_end() {
    check(|| {
        let model = Model::new(2, |_| ());
        // The only reference there is beside the list's: the last one goes here or there.
        let waker = std::mem::replace(&mut *model.waker.borrow_mut(), Waker::noop().clone());
        let other = loom::thread::spawn(move || {
            waker.wake_by_ref();
            drop(waker);
        });
        model.run();
        {
            // The rest of what the other thread does, in whatever order.
            let entered = model.owned.enter();
            entered.here().read_mail(drop);
        }
        other.join().unwrap();
        model.close();
    });
}

#[test]
fn loom_a_wake_races_with_the_close() {
    check(|| {
        let model = Model::new(9, |_| ());
        let waker = model.waker.borrow().clone();
        let other = loom::thread::spawn(move || {
            waker.wake_by_ref();
            drop(waker.clone());
            waker.wake();
        });
        model.close();
        other.join().unwrap();
    });
}

#[test]
fn loom_a_wake_races_with_parking_and_the_close() {
    check(|| {
        let model = Model::new(9, |_| ());
        let waker = model.waker.borrow().clone();
        let other = loom::thread::spawn(move || waker.wake());
        // Parked between two turns of a host, which then gives up.
        model.owned.park(Waker::from(model.bell.clone()));
        model.close();
        other.join().unwrap();
    });
}

#[test]
fn loom_two_threads_race_with_the_close() {
    check(|| {
        let model = Model::new(9, |_| ());
        let wakers = [model.waker.borrow().clone(), model.waker.borrow().clone()];
        let [one, two] = wakers.map(|waker| loom::thread::spawn(move || drop(waker)));
        model.close();
        one.join().unwrap();
        two.join().unwrap();
    });
}

#[test]
fn loom_a_post_is_run_or_given_back() {
    check(|| {
        let owned = Owned::new();
        let home = owned.share().clone();
        let flag = loom::sync::Arc::new(loom::sync::atomic::AtomicUsize::new(0));
        let set = flag.clone();
        let other = loom::thread::spawn(move || {
            let letter = super::Letter::Call(super::Posted::new(move || {
                set.fetch_add(1, loom::sync::atomic::Ordering::Relaxed);
            }));
            super::Home::post(&home, letter).is_ok()
        });
        let mut refused = 0;
        {
            let entered = owned.enter();
            entered.here().read_mail(|call| call());
        }
        owned.close(|_| refused += 1);
        let posted = other.join().unwrap();
        let run = flag.load(loom::sync::atomic::Ordering::Relaxed);
        assert_eq!(run + refused, usize::from(posted));
    });
}
