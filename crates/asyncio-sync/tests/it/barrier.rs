//! Barrier: rounds, draining, breaking.

use crate::fifo::{Fifo, Log, at_once, panic_message, poll};
use crate::in_both_confinements;
use asyncio_sync::BrokenBarrierError;
use asyncio_sync::confined::{Barrier, Confinement};
use std::pin::pin;
use std::task::Poll;

in_both_confinements! {
    bar_1_no_parties,
    bar_2_released_when_all_are_there,
    bar_3_4_indices_and_order,
    bar_5_reusable,
    bar_6_7_draining,
    bar_8_alone,
    bar_9_10_a_cancelled_party_leaves,
    bar_9_cancelled_while_draining,
    a_wait_that_is_polled_after_its_end_does_not_leave_twice,
    bar_11_abort,
    bar_11_abort_then_reset_before_they_run,
    bar_12_reset_with_tasks_waiting,
    bar_13_reset_with_nobody,
    bar_14_reset_of_a_broken_barrier,
    bar_15_reset_while_draining,
    bar_16_reset_by_the_last_to_leave,
    bar_19_text,
}

const BROKEN: usize = 1000;

/// Starts `n` tasks that pass the barrier `rounds` times and log their indices.
fn start<'a, R: Confinement>(
    fifo: &Fifo<'a>,
    barrier: &'a Barrier<R>,
    log: &Log,
    n: usize,
    rounds: usize,
) {
    for _ in 0..n {
        let log = log.clone();
        fifo.spawn(async move {
            for _ in 0..rounds {
                log.add(barrier.wait().await.unwrap_or(BROKEN));
            }
        });
    }
}

fn bar_1_no_parties<R: Confinement>() {
    let message = panic_message(|| drop(Barrier::<R>::new(0)));
    assert_eq!(message, "a barrier needs at least one party");
}

fn bar_2_released_when_all_are_there<R: Confinement>() {
    let (barrier, log) = (Barrier::<R>::new(3), Log::default());
    let fifo = Fifo::new();
    start(&fifo, &barrier, &log, 2, 1);
    fifo.run();
    assert_eq!((log.take(), barrier.n_waiting(), barrier.parties()), (vec![], 2, 3));
    start(&fifo, &barrier, &log, 1, 1);
    fifo.run();
    assert_eq!((log.take().len(), barrier.n_waiting()), (3, 0));
}

fn bar_3_4_indices_and_order<R: Confinement>() {
    let (barrier, log) = (Barrier::<R>::new(100), Log::default());
    let fifo = Fifo::new();
    start(&fifo, &barrier, &log, 100, 1);
    fifo.turn();
    assert_eq!(log.take(), [99]);
    fifo.turn();
    assert_eq!(log.take(), (0..99).collect::<Vec<_>>());
}

fn bar_5_reusable<R: Confinement>() {
    let (barrier, log) = (Barrier::<R>::new(2), Log::default());
    let fifo = Fifo::new();
    start(&fifo, &barrier, &log, 2, 4);
    fifo.run();
    let mut indices = log.take();
    for round in indices.chunks_mut(2) {
        round.sort_unstable();
        assert_eq!(round, [0, 1]);
    }
    assert_eq!((indices.len(), barrier.n_waiting()), (8, 0));
}

fn bar_6_7_draining<R: Confinement>() {
    let barrier = Barrier::<R>::new(2);
    let mut a = pin!(barrier.wait());
    assert!(poll(a.as_mut()).is_pending());
    assert_eq!((at_once(barrier.wait()), barrier.n_waiting()), (Ok(1), 0));
    let (mut c, mut d) = (pin!(barrier.wait()), pin!(barrier.wait()));
    assert!(poll(c.as_mut()).is_pending() && poll(d.as_mut()).is_pending());
    assert!(poll(c.as_mut()).is_pending());
    assert_eq!(barrier.n_waiting(), 0);
    assert_eq!(poll(a), Poll::Ready(Ok(0)));
    assert!(poll(c.as_mut()).is_pending());
    assert_eq!(barrier.n_waiting(), 1);
    assert_eq!(poll(d), Poll::Ready(Ok(1)));
    assert_eq!(poll(c), Poll::Ready(Ok(0)));
}

fn bar_8_alone<R: Confinement>() {
    let barrier = Barrier::<R>::new(1);
    for _ in 0..3 {
        assert_eq!((at_once(barrier.wait()), barrier.n_waiting()), (Ok(0), 0));
    }
}

fn bar_9_10_a_cancelled_party_leaves<R: Confinement>() {
    let (barrier, log) = (Barrier::<R>::new(3), Log::default());
    let fifo = Fifo::new();
    start(&fifo, &barrier, &log, 2, 1);
    fifo.run();
    fifo.cancel(0);
    assert_eq!((barrier.n_waiting(), barrier.broken()), (1, false));
    start(&fifo, &barrier, &log, 2, 1);
    fifo.run();
    // The one who waited on has index 1, and so has the next to come.
    assert_eq!(log.take(), [2, 1, 1]);
}

fn bar_9_cancelled_while_draining<R: Confinement>() {
    let (barrier, log) = (Barrier::<R>::new(2), Log::default());
    let fifo = Fifo::new();
    start(&fifo, &barrier, &log, 1, 1);
    fifo.run();
    assert_eq!(at_once(barrier.wait()), Ok(1));
    let mut next = pin!(barrier.wait());
    assert!(poll(next.as_mut()).is_pending());
    // Released, and gone before it could leave: its leaving opens the barrier all the same.
    fifo.cancel(0);
    assert!(poll(next.as_mut()).is_pending());
    assert_eq!(barrier.n_waiting(), 1);
    assert_eq!(at_once(barrier.wait()), Ok(1));
    assert_eq!(poll(next), Poll::Ready(Ok(0)));
}

fn bar_11_abort<R: Confinement>() {
    let barrier = Barrier::<R>::new(3);
    let mut waiting = pin!(barrier.wait());
    assert!(poll(waiting.as_mut()).is_pending());
    barrier.abort();
    assert!(barrier.broken() && barrier.n_waiting() == 0);
    assert_eq!(poll(waiting), Poll::Ready(Err(BrokenBarrierError)));
    assert_eq!(at_once(barrier.wait()), Err(BrokenBarrierError));
    // Not departed, and queued for the next round.
    let barrier = Barrier::<R>::new(2);
    let (mut leaving, mut outside) = (pin!(barrier.wait()), pin!(barrier.wait()));
    assert!(poll(leaving.as_mut()).is_pending());
    assert_eq!(at_once(barrier.wait()), Ok(1));
    assert!(poll(outside.as_mut()).is_pending());
    barrier.abort();
    assert_eq!(poll(leaving), Poll::Ready(Err(BrokenBarrierError)));
    assert_eq!(poll(outside), Poll::Ready(Err(BrokenBarrierError)));
}

fn bar_11_abort_then_reset_before_they_run<R: Confinement>() {
    let barrier = Barrier::<R>::new(2);
    let (mut leaving, mut outside) = (pin!(barrier.wait()), pin!(barrier.wait()));
    assert!(poll(leaving.as_mut()).is_pending());
    assert_eq!(at_once(barrier.wait()), Ok(1));
    assert!(poll(outside.as_mut()).is_pending());
    barrier.abort();
    barrier.reset();
    let mut next = pin!(barrier.wait());
    assert!(poll(next.as_mut()).is_pending());
    assert_eq!(poll(leaving), Poll::Ready(Err(BrokenBarrierError)));
    assert_eq!(poll(outside), Poll::Ready(Err(BrokenBarrierError)));
    assert_eq!(barrier.n_waiting(), 1);
    assert_eq!(at_once(barrier.wait()), Ok(1));
    assert_eq!(poll(next), Poll::Ready(Ok(0)));
}

fn bar_12_reset_with_tasks_waiting<R: Confinement>() {
    let (barrier, log) = (Barrier::<R>::new(3), Log::default());
    let fifo = Fifo::new();
    // Each fails once, and then passes.
    start(&fifo, &barrier, &log, 2, 2);
    fifo.run();
    barrier.reset();
    assert!(!barrier.broken() && barrier.n_waiting() == 0);
    fifo.run();
    assert_eq!((log.take(), barrier.n_waiting()), (vec![BROKEN, BROKEN], 2));
    assert_eq!(at_once(barrier.wait()), Ok(2));
    fifo.run();
    assert_eq!(log.take(), [0, 1]);
}

fn bar_13_reset_with_nobody<R: Confinement>() {
    let barrier = Barrier::<R>::new(2);
    barrier.reset();
    assert!(!barrier.broken());
    assert!(poll(pin!(barrier.wait())).is_pending());
}

fn bar_14_reset_of_a_broken_barrier<R: Confinement>() {
    let barrier = Barrier::<R>::new(1);
    barrier.abort();
    assert_eq!(at_once(barrier.wait()), Err(BrokenBarrierError));
    barrier.reset();
    assert_eq!(at_once(barrier.wait()), Ok(0));
}

fn bar_15_reset_while_draining<R: Confinement>() {
    let barrier = Barrier::<R>::new(2);
    let (mut leaving, mut outside) = (pin!(barrier.wait()), pin!(barrier.wait()));
    assert!(poll(leaving.as_mut()).is_pending());
    assert_eq!(at_once(barrier.wait()), Ok(1));
    assert!(poll(outside.as_mut()).is_pending());
    barrier.reset();
    assert_eq!(poll(leaving), Poll::Ready(Err(BrokenBarrierError)));
    assert!(poll(outside.as_mut()).is_pending());
    assert_eq!(barrier.n_waiting(), 1);
    assert_eq!(at_once(barrier.wait()), Ok(1));
    assert_eq!(poll(outside), Poll::Ready(Ok(0)));
}

fn bar_16_reset_by_the_last_to_leave<R: Confinement>() {
    let (barrier, log) = (Barrier::<R>::new(2), Log::default());
    let fifo = Fifo::new();
    let mut last = pin!(barrier.wait());
    assert!(poll(last.as_mut()).is_pending());
    start(&fifo, &barrier, &log, 1, 2);
    fifo.run();
    assert_eq!(log.take(), [1]);
    assert_eq!(poll(last), Poll::Ready(Ok(0)));
    barrier.reset();
    fifo.run();
    assert_eq!(at_once(barrier.wait()), Ok(1));
    fifo.run();
    assert_eq!(log.take(), [0]);
}

fn bar_19_text<R: Confinement>() {
    let barrier = Barrier::<R>::new(2);
    let text = |phase| format!("Barrier {{ phase: {phase}, waiting: 0, parties: 2 }}");
    assert_eq!(format!("{barrier:?}"), text("Filling"));
    let mut waiter = pin!(barrier.wait());
    assert!(poll(waiter.as_mut()).is_pending());
    assert_eq!(at_once(barrier.wait()), Ok(1));
    assert_eq!(format!("{barrier:?}"), text("Draining"));
    barrier.abort();
    assert_eq!(format!("{barrier:?}"), text("Broken"));
}

fn a_wait_that_is_polled_after_its_end_does_not_leave_twice<R: Confinement>() {
    let barrier = Barrier::<R>::new(3);
    let (mut first, mut second) = (pin!(barrier.wait()), pin!(barrier.wait()));
    assert!(poll(first.as_mut()).is_pending() && poll(second.as_mut()).is_pending());
    assert_eq!(at_once(barrier.wait()), Ok(2));
    assert_eq!(poll(first.as_mut()), Poll::Ready(Ok(0)));
    // A new wait, that comes while the second has not left.
    assert!(poll(first.as_mut()).is_pending());
    assert_eq!(poll(second), Poll::Ready(Ok(1)));
    assert!(poll(first).is_pending());
    assert_eq!(barrier.n_waiting(), 1);
}
