//! Integration tests, one module per subject.

/// Results and panics of calls, and what dropping their futures does.
mod calls;
/// The virtual clock and the counts a loop waits for.
mod company;
/// Every wait, dropped at every point of its life.
mod dropping;
/// Panics in every place where foreign code runs.
mod panics;
/// Bounded queues: who waits for room, in which order.
mod room;
/// The end of a pool.
mod shutdown;
/// Threads: how many, when, their names, and what if there are none to be had.
mod threads;

use asyncio_blocking::{ThreadPoolExecutor, run_in_executor};
use std::pin::pin;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};

/// Polls once.
fn poll<F: Future + Unpin>(f: &mut F) -> Poll<F::Output> {
    pin!(f).poll(&mut Context::from_waker(Waker::noop()))
}

/// Keeps one worker of `pool` busy: returns when it is, and until the sender is dropped.
fn occupy(pool: &ThreadPoolExecutor) -> mpsc::Sender<()> {
    let (busy, is_busy) = mpsc::channel();
    let (go_on, wait) = mpsc::channel::<()>();
    run_in_executor(pool, move || {
        busy.send(()).unwrap();
        let _ = wait.recv();
    })
    .detach();
    is_busy.recv().unwrap();
    go_on
}
