//! Queues: order, waiting, turns, join.

use crate::fifo::{Count, Fifo, Log, at_once, panic_message, poll, yield_now};
use crate::in_both_confinements;
use asyncio_context::WaitKind;
use asyncio_sync::confined::{Confinement, Fifo as FifoOrder, Lifo, Order, Queue, Smallest};
use asyncio_sync::{GetNowaitError, PutNowaitError};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

in_both_confinements! {
    que_1_first_in_first_out,
    que_2_zero_is_unbounded,
    que_3_put_waits_for_room,
    que_5_get_waits_for_an_item,
    que_6_no_suspension_without_need,
    que_7_nowait_refuses,
    que_8_each_put_wakes_one_getter_and_each_get_one_putter,
    que_9_a_wake_reserves_nothing,
    que_10_a_cancelled_waiter_is_removed_at_once,
    que_11_a_woken_getter_cancelled_loses_no_item,
    que_12_several_getters_one_cancelled,
    que_13_a_woken_putter_cancelled_wakes_another,
    que_14_a_cancelled_putters_item_is_never_inserted,
    que_15_producer_and_consumer_over_one,
    que_16_sizes_are_exact,
    que_18_text_and_records,
    qjn_1_6_put_raises_and_done_lowers,
    qjn_2_join_of_nothing,
    qjn_3_all_joiners_are_released,
    qjn_4_done_too_often,
    qjn_5_a_released_joiner_returns_although_there_is_more,
    lif_1_last_in_first_out,
    pri_1_smallest_first,
    pri_3_a_comparison_that_panics,
    qex_2_errors_hold_the_item,
}

fn take_all<T, R: Confinement, O: Order<T>>(queue: &Queue<T, R, O>) -> Vec<T> {
    std::iter::from_fn(|| queue.get_nowait().ok()).collect()
}

/// Starts `n` tasks that get one item each and log it.
fn getters<'a, R: Confinement>(fifo: &Fifo<'a>, queue: &'a Queue<usize, R>, log: &Log, n: usize) {
    for _ in 0..n {
        let log = log.clone();
        fifo.spawn(async move { log.add(queue.get().await.unwrap()) });
    }
    fifo.run();
}

/// Starts tasks that put one item each.
fn putters<'a, R: Confinement>(fifo: &Fifo<'a>, queue: &'a Queue<usize, R>, items: &[usize]) {
    for &item in items {
        fifo.spawn(async move { queue.put(item).await.unwrap() });
    }
    fifo.run();
}

fn que_1_first_in_first_out<R: Confinement>() {
    let queue = Queue::<_, R>::new(0);
    for item in [3, 1, 2] {
        at_once(queue.put(item)).unwrap();
    }
    assert_eq!(take_all(&queue), [3, 1, 2]);
}

fn que_2_zero_is_unbounded<R: Confinement>() {
    let queue = Queue::<_, R>::default();
    for item in 0..1000 {
        at_once(queue.put(item)).unwrap();
        assert!(!queue.full());
    }
    assert_eq!((queue.qsize(), queue.maxsize()), (1000, 0));
}

fn que_3_put_waits_for_room<R: Confinement>() {
    let queue = Queue::<_, R>::new(1);
    let fifo = Fifo::new();
    putters(&fifo, &queue, &[1, 2]);
    assert!(fifo.done(0) && !fifo.done(1));
    assert_eq!(queue.get_nowait(), Ok(1));
    assert!(queue.empty());
    fifo.turn();
    assert!(fifo.done(1));
    assert_eq!(queue.get_nowait(), Ok(2));
}

fn que_5_get_waits_for_an_item<R: Confinement>() {
    let (queue, log) = (Queue::<_, R>::new(0), Log::default());
    let fifo = Fifo::new();
    getters(&fifo, &queue, &log, 1);
    queue.put_nowait(5).unwrap();
    assert_eq!(log.take(), []);
    fifo.turn();
    assert_eq!(log.take(), [5]);
}

fn que_6_no_suspension_without_need<R: Confinement>() {
    let queue = Queue::<_, R>::new(1);
    at_once(queue.put('a')).unwrap();
    assert_eq!(at_once(queue.get()).unwrap(), 'a');
}

fn que_7_nowait_refuses<R: Confinement>() {
    let queue = Queue::<_, R>::new(1);
    assert_eq!(queue.get_nowait(), Err(GetNowaitError::QueueEmpty));
    queue.put_nowait(1).unwrap();
    assert!(matches!(queue.put_nowait(2), Err(PutNowaitError::QueueFull(2))));
}

fn que_8_each_put_wakes_one_getter_and_each_get_one_putter<R: Confinement>() {
    let (queue, log) = (Queue::<_, R>::new(2), Log::default());
    let fifo = Fifo::new();
    getters(&fifo, &queue, &log, 3);
    let waiting = |n: usize| format!("{queue:?}").contains(&format!("getters: {n}"));
    assert!(waiting(3));
    queue.put_nowait(1).unwrap();
    assert!(waiting(2));
    queue.put_nowait(2).unwrap();
    assert!(waiting(1));
    fifo.run();
    queue.put_nowait(3).unwrap();
    fifo.run();
    assert_eq!(log.take(), [1, 2, 3]);
    putters(&fifo, &queue, &[4, 5, 6, 7]);
    assert_eq!(queue.get_nowait(), Ok(4));
    fifo.run();
    assert!(fifo.done(5) && !fifo.done(6));
    assert_eq!(queue.get_nowait(), Ok(5));
    fifo.run();
    assert_eq!(take_all(&queue), [6, 7]);
}

fn que_9_a_wake_reserves_nothing<R: Confinement>() {
    let (queue, log) = (Queue::<_, R>::new(1), Log::default());
    let fifo = Fifo::new();
    getters(&fifo, &queue, &log, 2);
    queue.put_nowait(1).unwrap();
    // It stays in the queue, and there is no room, until somebody takes it; here not the one woken.
    assert!(queue.full() && queue.put_nowait(9).is_err());
    assert_eq!(queue.get_nowait(), Ok(1));
    fifo.run();
    assert_eq!(log.take(), []);
    // The first queues at the end now, behind the second.
    for item in [10, 11] {
        queue.put_nowait(item).unwrap();
        fifo.run();
    }
    assert_eq!(log.take(), [10, 11]);
    assert!(fifo.done(0) && fifo.done(1));
    // The same for room.
    queue.put_nowait(1).unwrap();
    putters(&fifo, &queue, &[2]);
    assert_eq!(queue.get_nowait(), Ok(1));
    queue.put_nowait(3).unwrap();
    fifo.run();
    assert_eq!(queue.get_nowait(), Ok(3));
    fifo.run();
    assert_eq!(queue.get_nowait(), Ok(2));
}

fn que_10_a_cancelled_waiter_is_removed_at_once<R: Confinement>() {
    let (queue, log) = (Queue::<_, R>::new(1), Log::default());
    let fifo = Fifo::new();
    getters(&fifo, &queue, &log, 2);
    fifo.cancel(0);
    assert!(format!("{queue:?}").contains("getters: 1"));
    fifo.cancel(1);
    putters(&fifo, &queue, &[1, 2, 3]);
    fifo.cancel(3);
    assert!(format!("{queue:?}").contains("getters: 0, putters: 1"));
}

fn que_11_a_woken_getter_cancelled_loses_no_item<R: Confinement>() {
    let (queue, log) = (Queue::<_, R>::new(0), Log::default());
    let fifo = Fifo::new();
    getters(&fifo, &queue, &log, 2);
    queue.put_nowait(1).unwrap();
    fifo.cancel(0);
    assert_eq!(queue.qsize(), 1);
    fifo.run();
    assert_eq!(log.take(), [1]);
    // The last one: the item stays.
    getters(&fifo, &queue, &log, 1);
    queue.put_nowait(2).unwrap();
    fifo.cancel(2);
    assert_eq!(queue.get_nowait(), Ok(2));
}

fn que_12_several_getters_one_cancelled<R: Confinement>() {
    for gone in 0..3 {
        let (queue, log) = (Queue::<_, R>::new(0), Log::default());
        let fifo = Fifo::new();
        getters(&fifo, &queue, &log, 4);
        for item in 0..3 {
            queue.put_nowait(item).unwrap();
        }
        fifo.cancel(gone);
        fifo.run();
        assert_eq!(log.take(), [0, 1, 2]);
    }
}

fn que_13_a_woken_putter_cancelled_wakes_another<R: Confinement>() {
    let queue = Queue::<_, R>::new(1);
    let fifo = Fifo::new();
    putters(&fifo, &queue, &[1, 2, 3]);
    assert_eq!(queue.get_nowait(), Ok(1));
    fifo.cancel(1);
    fifo.run();
    assert_eq!(take_all(&queue), [3]);
}

fn que_14_a_cancelled_putters_item_is_never_inserted<R: Confinement>() {
    let queue = Queue::<_, R>::new(1);
    let fifo = Fifo::new();
    putters(&fifo, &queue, &[1, 2, 3, 4]);
    fifo.cancel(2);
    let mut got = Vec::new();
    while let Ok(item) = queue.get_nowait() {
        got.push(item);
        fifo.run();
    }
    assert_eq!(got, [1, 2, 4]);
}

fn que_15_producer_and_consumer_over_one<R: Confinement>() {
    let (queue, log) = (Queue::<_, R>::new(1), Log::default());
    let fifo = Fifo::new();
    fifo.spawn(async {
        for item in 0..50 {
            queue.put(item).await.unwrap();
        }
    });
    fifo.spawn(async {
        for _ in 0..50 {
            log.add(queue.get().await.unwrap());
        }
    });
    fifo.run();
    assert_eq!(log.take(), (0..50).collect::<Vec<_>>());
}

fn que_16_sizes_are_exact<R: Confinement>() {
    let queue = Queue::<_, R>::new(2);
    let sizes = || (queue.qsize(), queue.empty(), queue.full());
    assert_eq!(sizes(), (0, true, false));
    queue.put_nowait(1).unwrap();
    assert_eq!(sizes(), (1, false, false));
    queue.put_nowait(1).unwrap();
    assert_eq!(sizes(), (2, false, true));
    queue.get_nowait().unwrap();
    assert_eq!(sizes(), (1, false, false));
}

fn que_18_text_and_records<R: Confinement>() {
    let queue = Queue::<_, R>::new(1);
    let fifo = Fifo::new();
    putters(&fifo, &queue, &[1, 2]);
    fifo.spawn(queue.join());
    fifo.run();
    let text =
        "Queue { maxsize: 1, qsize: 1, getters: 0, putters: 1, unfinished: 1, shut_down: false }";
    assert_eq!(format!("{queue:?}"), text);
    assert_eq!(fifo.task(1).waits_for().unwrap().kind, WaitKind::QueuePut);
    assert_eq!(fifo.task(2).waits_for().unwrap().kind, WaitKind::QueueJoin);
    let (empty, log) = (Queue::<_, R>::new(1), Log::default());
    let fifo = Fifo::new();
    getters(&fifo, &empty, &log, 1);
    assert_eq!(fifo.task(0).waits_for().unwrap().kind, WaitKind::QueueGet);
}

fn joins<T, R: Confinement, O: Order<T>>(queue: &Queue<T, R, O>) -> bool {
    poll(pin!(queue.join())).is_ready()
}

fn qjn_1_6_put_raises_and_done_lowers<R: Confinement>() {
    fn check<R: Confinement, O: Order<usize>>() {
        let queue = Queue::<_, R, O>::new(0);
        queue.put_nowait(1).unwrap();
        queue.put_nowait(2).unwrap();
        take_all(&queue);
        assert!(!joins(&queue));
        queue.task_done();
        assert!(!joins(&queue));
        queue.task_done();
        assert!(joins(&queue));
    }
    check::<R, FifoOrder>();
    check::<R, Lifo>();
    check::<R, Smallest>();
}

fn qjn_2_join_of_nothing<R: Confinement>() {
    let queue = Queue::<usize, R>::new(0);
    at_once(queue.join());
    at_once(queue.join());
}

fn qjn_3_all_joiners_are_released<R: Confinement>() {
    let (queue, log) = (Queue::<_, R>::new(0), Log::default());
    queue.put_nowait(1).unwrap();
    let fifo = Fifo::new();
    for number in 0..40 {
        let (queue, log) = (&queue, log.clone());
        fifo.spawn(async move {
            queue.join().await;
            log.add(number);
        });
    }
    fifo.run();
    assert_eq!(log.take(), []);
    queue.task_done();
    fifo.turn();
    assert_eq!(log.take(), (0..40).collect::<Vec<_>>());
}

fn qjn_4_done_too_often<R: Confinement>() {
    let queue = Queue::<_, R>::new(0);
    let message = "task_done() called too many times";
    assert_eq!(panic_message(|| queue.task_done()), message);
    queue.put_nowait(1).unwrap();
    queue.task_done();
    assert_eq!(panic_message(|| queue.task_done()), message);
}

fn qjn_5_a_released_joiner_returns_although_there_is_more<R: Confinement>() {
    let queue = Queue::<_, R>::new(0);
    queue.put_nowait(1).unwrap();
    let mut join = pin!(queue.join());
    assert!(poll(join.as_mut()).is_pending());
    queue.task_done();
    queue.put_nowait(2).unwrap();
    let mut late = pin!(queue.join());
    assert!(poll(late.as_mut()).is_pending());
    assert!(poll(join).is_ready());
    assert!(poll(late).is_pending());
}

fn lif_1_last_in_first_out<R: Confinement>() {
    let queue = Queue::<_, R, Lifo>::new(3);
    for item in [1, 3, 2] {
        at_once(queue.put(item)).unwrap();
    }
    assert!(queue.full());
    assert_eq!(take_all(&queue), [2, 3, 1]);
}

fn pri_1_smallest_first<R: Confinement>() {
    let queue = Queue::<_, R, Smallest>::new(4);
    for item in [(1, 'b'), (3, 'c'), (2, 'd'), (1, 'a')] {
        at_once(queue.put(item)).unwrap();
    }
    assert!(queue.full());
    assert_eq!(take_all(&queue), [(1, 'a'), (1, 'b'), (2, 'd'), (3, 'c')]);
}

thread_local! {
    static COMPARABLE: Cell<bool> = const { Cell::new(true) };
}

#[derive(PartialEq, Eq, Debug)]
struct Incomparable(usize);

impl PartialOrd for Incomparable {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Incomparable {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        assert!(COMPARABLE.get(), "incomparable");
        self.0.cmp(&other.0)
    }
}

fn pri_3_a_comparison_that_panics<R: Confinement>() {
    let queue = Queue::<_, R, Smallest>::new(0);
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let (mut first, mut second) = (pin!(queue.get()), pin!(queue.get()));
    assert!(first.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    assert!(second.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    queue.put_nowait(Incomparable(2)).unwrap();
    COMPARABLE.set(false);
    let put = catch_unwind(AssertUnwindSafe(|| drop(queue.put_nowait(Incomparable(1)))));
    COMPARABLE.set(true);
    assert!(put.is_err());
    // Both were stored, and counted, and a getter was woken for each.
    assert_eq!((queue.qsize(), count.get()), (2, 2));
    assert!(poll(first).is_ready() && poll(second).is_ready());
    queue.task_done();
    queue.task_done();
    assert!(joins(&queue));
}

fn qex_2_errors_hold_the_item<R: Confinement>() {
    let queue = Queue::<_, R>::new(1);
    queue.put_nowait(Box::new(1)).unwrap();
    let refused = queue.put_nowait(Box::new(2)).unwrap_err();
    assert_eq!(refused.to_string(), "the queue is full");
    assert_eq!(*refused.into_inner(), 2);
    let mut put = Box::pin(queue.put(Box::new(3)));
    assert!(poll(put.as_mut()).is_pending());
    queue.shutdown(false);
    let Poll::Ready(Err(refused)) = poll(put.as_mut()) else { panic!() };
    assert_eq!(
        (refused.to_string().as_str(), *refused.into_inner()),
        ("the queue is shut down", 3)
    );
}

#[test]
fn pri_3_a_comparison_that_uses_its_queue() {
    type Heap = asyncio_sync::local::PriorityQueue<Nosy>;
    struct Nosy(Rc<Heap>);
    impl PartialEq for Nosy {
        fn eq(&self, _: &Self) -> bool {
            true
        }
    }
    impl Eq for Nosy {}
    impl PartialOrd for Nosy {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Nosy {
        fn cmp(&self, _: &Self) -> std::cmp::Ordering {
            drop(self.0.get_nowait());
            std::cmp::Ordering::Equal
        }
    }
    let queue = Rc::new(Heap::new(0));
    drop(queue.put_nowait(Nosy(queue.clone())));
    let put = panic_message(|| drop(queue.put_nowait(Nosy(queue.clone()))));
    assert_eq!(put, "a queue was used by a comparison of its own items");
    assert_eq!(queue.qsize(), 2);
    drop(queue.get_nowait());
    queue.shutdown(true);
}

#[test]
fn que_17_usable_without_an_executor() {
    static QUEUE: asyncio_sync::Queue<u8> = asyncio_sync::Queue::new(1);
    QUEUE.put_nowait(1).unwrap();
    assert_eq!(std::thread::spawn(|| QUEUE.get_nowait()).join().unwrap(), Ok(1));
}

#[test]
fn p6_a_woken_getter_owns_nothing() {
    let queue = Rc::new(asyncio_sync::Queue::new(1));
    let fifo = Fifo::new();
    let getter = fifo.spawn({
        let queue = queue.clone();
        async move { assert!(queue.get().await.is_err()) }
    });
    let checks = fifo.spawn({
        let (queue, task) = (queue.clone(), fifo.task(getter));
        async move {
            yield_now().await;
            queue.put_nowait(1).unwrap();
            assert_eq!((queue.qsize(), queue.put_nowait(2).is_err()), (1, true));
            task.cancel();
            yield_now().await;
            assert_eq!(queue.get_nowait().unwrap(), 1);
        }
    });
    fifo.run();
    assert!(fifo.done(checks));
}
