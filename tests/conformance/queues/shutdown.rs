//! `shutdown`: QSD.

use super::*;
use asyncio::{GetNowaitError, PutNowaitError, QueueShutDown};

#[test]
fn qsd_1_nothing_can_be_put_from_then_on() {
    run(async {
        let queue = Queue::new(2);
        assert!(!queue.is_shut_down());
        queue.shutdown(false);
        assert!(queue.is_shut_down());
        for _ in 0..2 {
            assert_eq!(at_once(queue.put("a")), Err(QueueShutDown("a")));
            assert_eq!(queue.put_nowait("b"), Err(PutNowaitError::QueueShutDown("b")));
        }
        assert_eq!(queue.qsize(), 0);
    });
}

#[test]
fn qsd_2_waiting_putters_fail_and_their_items_are_not_inserted() {
    run(async {
        for immediate in [false, true] {
            let queue = Shared::new(Queue::new(1));
            queue.put_nowait(0).unwrap();
            let mut children = Vec::new();
            for item in 1..3 {
                let queue = queue.clone();
                children.push(spawn(async move { queue.put(item).await }).waits().await);
            }
            queue.shutdown(immediate);
            for (number, child) in children.into_iter().enumerate() {
                assert_eq!(child.value().await, Err(QueueShutDown(number + 1)));
            }
            assert_eq!(queue.qsize(), usize::from(!immediate));
        }
    });
}

#[test]
fn qsd_3_what_is_there_can_still_be_taken() {
    run(async {
        let queue = Queue::new(0);
        queue.put_nowait(1).unwrap();
        queue.put_nowait(2).unwrap();
        queue.shutdown(false);
        assert_eq!(at_once(queue.get()), Ok(1));
        assert_eq!(queue.get_nowait(), Ok(2));
        assert_eq!(at_once(queue.get()), Err(QueueShutDown(())));
        assert_eq!(queue.get_nowait(), Err(GetNowaitError::QueueShutDown));
    });
}

#[test]
fn qsd_4_waiting_getters_fail() {
    run(async {
        for immediate in [false, true] {
            let queue = Shared::new(Queue::<usize>::new(0));
            let mut children = Vec::new();
            for _ in 0..3 {
                let queue = queue.clone();
                children.push(spawn(async move { queue.get().await }).waits().await);
            }
            queue.shutdown(immediate);
            for child in children {
                assert_eq!(child.value().await, Err(QueueShutDown(())));
            }
        }
    });
}

#[test]
fn qsd_5_the_count_stays_and_join_waits_for_every_item() {
    run(async {
        let queue = Queue::new(0);
        queue.put_nowait(1).unwrap();
        queue.put_nowait(2).unwrap();
        queue.shutdown(false);
        let mut join = Hand::waiting(queue.join());
        for _ in 0..2 {
            assert!(join.poll().is_none());
            queue.get_nowait().unwrap();
            assert!(join.poll().is_none());
            queue.task_done();
        }
        assert!(join.poll().is_some());
    });
}

#[test]
fn qsd_6_immediate_drops_all_items() {
    run(async {
        let queue = Queue::new(0);
        let item = std::sync::Arc::new(());
        for _ in 0..3 {
            queue.put_nowait(item.clone()).unwrap();
        }
        queue.shutdown(true);
        assert_eq!((queue.qsize(), std::sync::Arc::strong_count(&item)), (0, 1));
        assert_eq!(at_once(queue.get()), Err(QueueShutDown(())));
        assert_eq!(queue.get_nowait(), Err(GetNowaitError::QueueShutDown));
    });
}

#[test]
fn qsd_7_immediate_counts_what_it_drops_as_done() {
    run(async {
        let queue = Queue::new(0);
        queue.put_nowait(1).unwrap();
        queue.put_nowait(2).unwrap();
        let mut join = Hand::waiting(queue.join());
        queue.shutdown(true);
        assert_eq!(join.wakes(), 1);
        assert!(join.poll().is_some());
        at_once(queue.join());
    });
}

#[test]
fn qsd_8_items_that_were_taken_keep_join_waiting() {
    run(async {
        let queue = Queue::new(0);
        for item in 0..3 {
            queue.put_nowait(item).unwrap();
        }
        queue.get_nowait().unwrap();
        queue.shutdown(true);
        let mut join = Hand::waiting(queue.join());
        queue.task_done();
        assert!(join.poll().is_some());
        assert_eq!(panics(|| queue.task_done()), "task_done() called too many times");
    });
}

#[test]
fn qsd_9_it_may_be_called_again_and_become_immediate() {
    run(async {
        let queue = Queue::new(0);
        queue.put_nowait(1).unwrap();
        queue.put_nowait(2).unwrap();
        queue.shutdown(false);
        queue.shutdown(false);
        assert_eq!(at_once(queue.get()), Ok(1));
        queue.shutdown(true);
        assert_eq!(at_once(queue.get()), Err(QueueShutDown(())));
        queue.shutdown(false);
        assert!(queue.is_shut_down());
        queue.task_done();
        at_once(queue.join());
    });
}

#[test]
fn qsd_10_join_with_nothing_unfinished_returns_at_once() {
    run(async {
        for immediate in [false, true] {
            let queue = Queue::<usize>::new(0);
            queue.shutdown(immediate);
            at_once(queue.join());
        }
    });
}

#[test]
fn qsd_11_the_same_for_the_other_orders() {
    run(async {
        let (lifo, smallest) = (LifoQueue::new(2), PriorityQueue::new(2));
        for item in [2, 1] {
            lifo.put_nowait(item).unwrap();
            smallest.put_nowait(item).unwrap();
        }
        let (mut first, mut second) = (Hand::waiting(lifo.put(3)), Hand::waiting(smallest.put(3)));
        lifo.shutdown(false);
        smallest.shutdown(false);
        assert_eq!(first.poll(), Some(Err(QueueShutDown(3))));
        assert_eq!(second.poll(), Some(Err(QueueShutDown(3))));
        assert_eq!((at_once(lifo.get()), at_once(smallest.get())), (Ok(1), Ok(1)));
        lifo.task_done();
        smallest.task_done();
        let (mut first, mut second) = (Hand::waiting(lifo.join()), Hand::waiting(smallest.join()));
        lifo.shutdown(true);
        smallest.shutdown(true);
        assert!(first.poll().is_some() && second.poll().is_some());
        assert_eq!(lifo.get_nowait(), Err(GetNowaitError::QueueShutDown));
        assert_eq!(smallest.get_nowait(), Err(GetNowaitError::QueueShutDown));
    });
}
