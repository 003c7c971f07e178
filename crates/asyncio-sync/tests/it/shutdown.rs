//! Queue.shutdown, in all orders of items.

use crate::fifo::{Fifo, Log, at_once, panic_message, poll};
use crate::in_both_confinements;
use asyncio_sync::confined::{Confinement, Fifo as FifoOrder, Lifo, Order, Queue, Smallest};
use asyncio_sync::{GetNowaitError, PutNowaitError, QueueShutDown};
use std::pin::pin;
use std::rc::Rc;

in_both_confinements! {
    qsd_1_nothing_can_be_put,
    qsd_2_waiting_putters_fail,
    qsd_3_what_is_there_is_delivered,
    qsd_4_waiting_getters_fail,
    qsd_5_join_waits_on,
    qsd_6_immediate_drops_the_items,
    qsd_7_immediate_lowers_the_count,
    qsd_8_items_taken_are_still_to_be_done,
    qsd_9_again_and_immediately,
    qsd_10_join_of_nothing,
    qsd_11_in_every_order,
    a_dropped_item_may_use_the_queue,
}

fn qsd_1_nothing_can_be_put<R: Confinement>() {
    let queue = Queue::<_, R>::new(0);
    queue.shutdown(false);
    assert!(queue.is_shut_down());
    assert_eq!(at_once(queue.put(1)), Err(QueueShutDown(1)));
    assert!(matches!(queue.put_nowait(2), Err(PutNowaitError::QueueShutDown(2))));
}

fn qsd_2_waiting_putters_fail<R: Confinement>() {
    for immediate in [false, true] {
        let (queue, log) = (Queue::<_, R>::new(1), Log::default());
        queue.put_nowait(0).unwrap();
        let fifo = Fifo::new();
        for item in 1..50 {
            let (queue, log) = (&queue, log.clone());
            fifo.spawn(async move { log.add(queue.put(item).await.unwrap_err().into_inner()) });
        }
        fifo.run();
        queue.shutdown(immediate);
        fifo.run();
        assert_eq!(log.take(), (1..50).collect::<Vec<_>>());
        assert_eq!(queue.qsize(), usize::from(!immediate));
    }
}

fn qsd_3_what_is_there_is_delivered<R: Confinement>() {
    let queue = Queue::<_, R>::new(0);
    queue.put_nowait(1).unwrap();
    queue.put_nowait(2).unwrap();
    queue.shutdown(false);
    assert_eq!((at_once(queue.get()), queue.get_nowait()), (Ok(1), Ok(2)));
    assert_eq!(at_once(queue.get()), Err(QueueShutDown(())));
    assert_eq!(queue.get_nowait(), Err(GetNowaitError::QueueShutDown));
}

fn qsd_4_waiting_getters_fail<R: Confinement>() {
    for immediate in [false, true] {
        let (queue, log) = (Queue::<usize, R>::new(0), Log::default());
        let fifo = Fifo::new();
        for _ in 0..40 {
            let (queue, log) = (&queue, log.clone());
            fifo.spawn(async move { log.add(usize::from(queue.get().await.is_err())) });
        }
        fifo.run();
        queue.shutdown(immediate);
        fifo.turn();
        assert_eq!(log.take(), [1; 40]);
    }
}

fn qsd_5_join_waits_on<R: Confinement>() {
    let queue = Queue::<_, R>::new(0);
    queue.put_nowait(1).unwrap();
    let mut join = pin!(queue.join());
    assert!(poll(join.as_mut()).is_pending());
    queue.shutdown(false);
    assert!(poll(join.as_mut()).is_pending());
    queue.get_nowait().unwrap();
    assert!(poll(join.as_mut()).is_pending());
    queue.task_done();
    assert!(poll(join).is_ready());
}

fn qsd_6_immediate_drops_the_items<R: Confinement>() {
    let (queue, item) = (Queue::<_, R>::new(0), Rc::new(()));
    queue.put_nowait(item.clone()).unwrap();
    queue.shutdown(true);
    assert_eq!((Rc::strong_count(&item), queue.qsize()), (1, 0));
    assert!(at_once(queue.get()).is_err());
    assert_eq!(queue.get_nowait(), Err(GetNowaitError::QueueShutDown));
}

fn qsd_7_immediate_lowers_the_count<R: Confinement>() {
    let queue = Queue::<_, R>::new(0);
    queue.put_nowait(1).unwrap();
    queue.put_nowait(2).unwrap();
    let mut join = pin!(queue.join());
    assert!(poll(join.as_mut()).is_pending());
    queue.shutdown(true);
    assert!(poll(join).is_ready());
}

fn qsd_8_items_taken_are_still_to_be_done<R: Confinement>() {
    let queue = Queue::<_, R>::new(0);
    queue.put_nowait(1).unwrap();
    queue.put_nowait(2).unwrap();
    queue.get_nowait().unwrap();
    let mut join = pin!(queue.join());
    assert!(poll(join.as_mut()).is_pending());
    queue.shutdown(true);
    assert!(poll(join.as_mut()).is_pending());
    queue.task_done();
    assert!(poll(join).is_ready());
    assert_eq!(panic_message(|| queue.task_done()), "task_done() called too many times");
}

fn qsd_9_again_and_immediately<R: Confinement>() {
    let queue = Queue::<_, R>::new(0);
    queue.put_nowait(1).unwrap();
    queue.shutdown(false);
    queue.shutdown(false);
    assert_eq!(queue.qsize(), 1);
    queue.shutdown(true);
    assert_eq!(queue.qsize(), 0);
}

fn qsd_10_join_of_nothing<R: Confinement>() {
    let queue = Queue::<usize, R>::new(0);
    queue.shutdown(false);
    at_once(queue.join());
}

fn qsd_11_in_every_order<R: Confinement>() {
    fn check<R: Confinement, O: Order<usize>>(expected: [usize; 3]) {
        let queue = Queue::<usize, R, O>::new(3);
        for item in [2, 1, 3] {
            queue.put_nowait(item).unwrap();
        }
        let mut put = pin!(queue.put(4));
        assert!(poll(put.as_mut()).is_pending());
        queue.shutdown(false);
        assert!(matches!(poll(put), std::task::Poll::Ready(Err(QueueShutDown(4)))));
        assert_eq!([(); 3].map(|()| queue.get_nowait().unwrap()), expected);
        assert_eq!(queue.get_nowait(), Err(GetNowaitError::QueueShutDown));
    }
    check::<R, FifoOrder>([2, 1, 3]);
    check::<R, Lifo>([3, 1, 2]);
    check::<R, Smallest>([1, 2, 3]);
}

fn a_dropped_item_may_use_the_queue<R: Confinement>() {
    let queue = Rc::new(Queue::<Box<dyn Any>, R>::new(0));
    let item = Item { queue: queue.clone() };
    assert!(queue.put_nowait(Box::new(item)).is_ok());
    queue.shutdown(true);
    assert_eq!(Rc::strong_count(&queue), 1);
}

/// Anything that can be dropped.
trait Any {}

struct Item<R: Confinement> {
    queue: Rc<Queue<Box<dyn Any>, R>>,
}

impl<R: Confinement> Any for Item<R> {}

impl<R: Confinement> Drop for Item<R> {
    fn drop(&mut self) {
        assert!(self.queue.is_shut_down() && self.queue.empty());
    }
}
