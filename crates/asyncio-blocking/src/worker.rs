//! What a thread of the pool does.

use crate::error::{CallError, Refusal};
use crate::job::Run;
use crate::pool::Pool;
use asyncio_context::clock;
use asyncio_context::report::{Report, report};
use crossbeam_channel::RecvTimeoutError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

/// The shortest time over which the pace of the queue is judged.
const GLANCE: Duration = Duration::from_micros(20);
/// How long a front watches before it judges again.
const WATCH: Duration = Duration::from_micros(200);
/// Functions that take less than this on average are left to the workers that are busy with them:
/// another thread at the queue would cost more than it does.
const WORTH_A_THREAD: Duration = Duration::from_micros(2);

pub(crate) fn main(pool: &Arc<Pool>) {
    if let Some(initializer) = &pool.config.initializer
        && let Err(payload) = catch_unwind(AssertUnwindSafe(|| initializer()))
    {
        pool.close(Some(Refusal::Broken));
        let error = CallError::panic(payload);
        contain(|| report(Report::new("an executor's initializer panicked").error(error)));
    }
    while let Some(job) = take_as_front(pool) {
        run(pool, job);
        while let Some(job) = take_more(pool) {
            run(pool, job);
        }
        if !pool.step_back() {
            return;
        }
    }
}

fn run(pool: &Arc<Pool>, job: Arc<dyn Run>) {
    contain(move || {
        job.run(&|| pool.begun());
    });
}

/// Panics of functions, destructors and wakers are caught and kept one by one (`job.rs`). What is
/// left is a report that could not be written. A worker must not die of that: it is counted on.
fn contain(f: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(f)) {
        // Its destructor is one more place that could panic, with nobody around it.
        std::mem::forget(payload);
    }
}

/// Waits for a job. `None`: the worker is gone from the roster.
fn take_as_front(pool: &Arc<Pool>) -> Option<Arc<dyn Run>> {
    watch(pool);
    loop {
        let next = if pool.is_closed() {
            pool.queue.try_recv().map_err(|_| RecvTimeoutError::Timeout)
        } else {
            pool.queue.recv_timeout(pool.config.keep_alive)
        };
        match next {
            Ok(Some(job)) => {
                pool.taken.fetch_add(1, Ordering::Relaxed);
                pool.leave_front();
                return Some(job);
            }
            Ok(None) => {}
            Err(_) => {
                if pool.retire() {
                    return None;
                }
            }
        }
    }
}

/// The next job, if one is there.
fn take_more(pool: &Arc<Pool>) -> Option<Arc<dyn Run>> {
    match pool.queue.try_recv().ok()? {
        Some(job) => {
            pool.taken.fetch_add(1, Ordering::Relaxed);
            pool.look_behind();
            Some(job)
        }
        None => {
            // Meant for the front, which may be asleep.
            pool.wake_front();
            None
        }
    }
}

/// Stands by as long as the busy workers get through the queue quickly. This is where the pool
/// decides to grow.
fn watch(pool: &Arc<Pool>) {
    let (Some(mut seen), _) = pool.watch_data() else { return };
    while !pool.queue.is_empty() && !pool.is_closed() {
        let (_, busy) = pool.watch_data();
        if busy == 0 {
            return;
        }
        let now = clock::real_now();
        let elapsed = now.saturating_duration_since(seen.at);
        if elapsed < GLANCE {
            thread::park_timeout(GLANCE - elapsed);
            continue;
        }
        let taken = pool.taken.load(Ordering::Relaxed);
        let jobs = u32::try_from(taken.wrapping_sub(seen.taken)).unwrap_or(u32::MAX);
        let enough = WORTH_A_THREAD.saturating_mul(jobs);
        if elapsed.saturating_mul(u32::try_from(busy).unwrap_or(u32::MAX)) >= enough {
            return;
        }
        seen.at = now;
        seen.taken = taken;
        thread::park_timeout(WATCH);
    }
}
