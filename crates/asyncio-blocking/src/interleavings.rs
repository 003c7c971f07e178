//! The races that the pool excludes, played move by move on one thread: the test is the worker, and puts the submitter's
//! moves where they would hurt. Threads that the pool wants to start are only counted.

use crate::ThreadPoolExecutor;
use crate::error::Refusal;
use crate::job::Run;
use crate::pool::Pool;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct Probe {
    refused: Mutex<Option<Refusal>>,
}

impl Run for Probe {
    fn run(&self, begun: &dyn Fn()) {
        begun();
    }

    fn refuse(&self, why: Refusal) -> bool {
        self.refused.lock().unwrap().replace(why).is_none()
    }

    fn admit(&self) {}
}

struct Stage {
    pool: Arc<Pool>,
    started: Arc<AtomicUsize>,
    // Keeps the pool open.
    _executor: ThreadPoolExecutor,
}

/// A pool of at most `max_workers` imaginary threads.
fn stage(max_workers: usize) -> Stage {
    let started = Arc::new(AtomicUsize::new(0));
    let count = started.clone();
    let executor = ThreadPoolExecutor::builder()
        .max_workers(max_workers)
        .spawn_handler(move |_, _| {
            count.fetch_add(1, SeqCst);
            Ok(())
        })
        .build()
        .unwrap();
    Stage { pool: executor.pool().clone(), started, _executor: executor }
}

impl Stage {
    fn submit(&self) -> Arc<Probe> {
        let probe = Arc::new(Probe::default());
        self.pool.submit(probe.clone());
        probe
    }

    /// The front takes a job out of the queue, but has not left the front yet.
    fn take(&self) {
        assert!(self.pool.queue.try_recv().unwrap().is_some());
    }

    fn started(&self) -> usize {
        self.started.load(SeqCst)
    }
}

#[test]
fn a_job_put_in_while_the_front_was_about_to_leave_the_pool() {
    let stage = stage(1);
    stage.submit();
    stage.take();
    stage.pool.leave_front();
    assert!(stage.pool.step_back());
    // The front has found the queue empty. Now the submitter, who sees a front:
    stage.submit();
    assert_eq!(stage.started(), 1);
    // The front must not go.
    assert!(!stage.pool.retire());
    assert_eq!((stage.pool.workers(), stage.pool.idle()), (1, 1));
}

#[test]
fn a_job_put_in_while_the_front_was_about_to_go_to_work() {
    let stage = stage(2);
    stage.submit();
    stage.take();
    stage.submit();
    assert_eq!(stage.started(), 1);
    stage.pool.leave_front();
    assert_eq!(stage.started(), 2);
}

#[test]
fn a_job_that_was_taken_before_the_submitter_looked_starts_no_thread() {
    let stage = stage(2);
    stage.submit();
    stage.pool.enqueue(Some(Arc::new(Probe::default())));
    stage.take();
    stage.take();
    stage.pool.leave_front();
    stage.pool.attend();
    assert_eq!(stage.started(), 1);
}

#[test]
fn a_job_put_in_while_the_pool_was_closed_and_left() {
    let stage = stage(1);
    let late = Arc::new(Probe::default());
    // The submitter has seen an open pool; now it is closed, without a worker.
    stage.pool.close(None);
    stage.pool.enqueue(Some(late.clone()));
    stage.pool.attend();
    assert_eq!(*late.refused.lock().unwrap(), Some(Refusal::ShutDown));
    assert!(stage.pool.is_gone() && stage.started() == 0);
}

#[test]
fn a_worker_that_finished_while_the_next_thread_could_not_be_started() {
    let slept = Arc::new(AtomicUsize::new(0));
    let pool: Arc<Mutex<Option<Arc<Pool>>>> = Arc::default();
    let executor = ThreadPoolExecutor::builder()
        .max_workers(3)
        .keep_alive(std::time::Duration::from_secs(3600))
        .spawn_handler({
            let (slept, pool) = (slept.clone(), pool.clone());
            move |_, _| match slept.fetch_add(1, SeqCst) {
                0 => Ok(()),
                _ => {
                    // Meanwhile the only worker finishes. It sees a front, and goes to sleep.
                    let pool = pool.lock().unwrap().clone().unwrap();
                    let sleeper = pool.clone();
                    std::thread::spawn(move || sleeper.step_back());
                    while pool.idle() < 2 {
                        std::thread::yield_now();
                    }
                    Err(io::ErrorKind::WouldBlock.into())
                }
            }
        })
        .build()
        .unwrap();
    *pool.lock().unwrap() = Some(executor.pool().clone());
    let pool = executor.pool();
    let first = Arc::new(Probe::default());
    pool.submit(first);
    assert!(pool.queue.try_recv().is_ok());
    pool.leave_front();
    let second = Arc::new(Probe::default());
    pool.submit(second.clone());
    // It was made the front, in place of the thread that could not be had.
    assert!(pool.front.load(SeqCst));
    assert_eq!(pool.workers(), 1);
    assert!(second.refused.lock().unwrap().is_none());
}

#[test]
fn the_last_failure_to_start_a_thread_refuses_what_others_have_put_in_meanwhile() {
    let other = Arc::new(Probe::default());
    let pool: Arc<Mutex<Option<Arc<Pool>>>> = Arc::default();
    let executor = ThreadPoolExecutor::builder()
        .spawn_handler({
            let (other, pool) = (other.clone(), pool.clone());
            move |_, _| {
                let pool = pool.lock().unwrap().clone().unwrap();
                pool.submit(other.clone());
                Err(io::ErrorKind::WouldBlock.into())
            }
        })
        .build()
        .unwrap();
    *pool.lock().unwrap() = Some(executor.pool().clone());
    let mine = Arc::new(Probe::default());
    executor.pool().submit(mine.clone());
    for probe in [mine, other] {
        assert!(matches!(*probe.refused.lock().unwrap(), Some(Refusal::NoThread { .. })));
    }
    assert_eq!(executor.workers(), 0);
}
