//! Models of parking and stealing, run by loom over all interleavings:
//! `RUSTFLAGS="--cfg loom" cargo test -p asyncio-executor --release --lib loom`.
//!
//! The first was seen to fail with each of these changes, one at a time: `idle.rs`, without the fence
//! in `enter`, or in `notify`; here, `Toy::work` without its second look for work.

use super::idle::Idle;
use super::queues::Queues;
use crate::sync::{Arc, AtomicUsize, Ordering};
use loom::sync::Notify;
use std::task::{Wake, Waker};

struct Bell(Notify);

impl Wake for Bell {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.notify();
    }
}

/// The protocol of `Worker` over a queue that is a number.
struct Toy {
    idle: Idle,
    work: AtomicUsize,
}

impl Toy {
    fn new() -> Arc<Toy> {
        Arc::new(Toy { idle: Idle::new(), work: AtomicUsize::new(0) })
    }

    fn push(&self) {
        self.work.fetch_add(1, Ordering::Relaxed);
        self.idle.notify();
    }

    fn take(&self) -> bool {
        let taken =
            self.work.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
        taken.is_ok()
    }

    /// Sleeps until it has one piece of work.
    fn work(&self, number: usize) {
        let bell = std::sync::Arc::new(Bell(Notify::new()));
        let mut searcher = false;
        while !self.take() {
            if searcher {
                self.idle.found();
            }
            self.idle.enter(number, Waker::from(bell.clone()));
            if self.work.load(Ordering::Relaxed) == 0 {
                bell.0.wait();
            }
            searcher = self.idle.leave(number);
        }
        if searcher {
            self.idle.found();
            if self.work.load(Ordering::Relaxed) > 0 {
                self.idle.notify();
            }
        }
    }
}

fn check(f: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(f);
}

#[test]
fn loom_a_push_finds_a_worker_on_its_way_to_sleep() {
    check(|| {
        let toy = Toy::new();
        let worker = toy.clone();
        let worker = loom::thread::spawn(move || worker.work(0));
        toy.push();
        worker.join().unwrap();
    });
}

#[test]
fn loom_two_pushes_wake_two_workers() {
    check(|| {
        let toy = Toy::new();
        let workers = [0, 1].map(|number| {
            let toy = toy.clone();
            loom::thread::spawn(move || toy.work(number))
        });
        toy.push();
        toy.push();
        for worker in workers {
            worker.join().unwrap();
        }
    });
}

#[test]
fn loom_what_is_stolen_runs_once() {
    check(|| {
        asyncio_context::random::seed(1);
        let queues = Arc::new(Queues::new());
        let ran = Arc::new(AtomicUsize::new(0));
        let (own, thief) = (queues.add_local(), queues.add_local());
        for _ in 0..4 {
            let ran = ran.clone();
            let future = async move {
                ran.fetch_add(1, Ordering::Relaxed);
            };
            let (runnable, task) = async_task::spawn(future, |_| unreachable!("runs once"));
            task.detach();
            assert!(own.push(runnable).is_ok());
        }
        let (from, to) = (queues.clone(), thief.clone());
        let stealing = loom::thread::spawn(move || {
            if let Some(runnable) = from.steal(&to) {
                runnable.run();
            }
            from.remove_local(&to);
        });
        while let Ok(runnable) = own.pop() {
            runnable.run();
        }
        stealing.join().unwrap();
        while let Some(runnable) = queues.pop_common() {
            runnable.run();
        }
        while let Ok(runnable) = own.pop() {
            runnable.run();
        }
        assert_eq!(ran.load(Ordering::Relaxed), 4);
    });
}
