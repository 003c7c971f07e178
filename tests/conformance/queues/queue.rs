//! `Queue`: QUE.

use super::*;
use asyncio::{GetNowaitError, PutNowaitError};

/// Tasks that get an item each; they wait in this order.
async fn getters(queue: &Shared<Queue<usize>>, count: usize) -> Vec<Child<usize>> {
    let mut children = Vec::new();
    for _ in 0..count {
        let queue = queue.clone();
        let child = spawn(async move { queue.get().await.unwrap() });
        children.push(child.waits().await);
    }
    children
}

/// Tasks that put their number; they wait in this order.
async fn putters(queue: &Shared<Queue<usize>>, numbers: std::ops::Range<usize>) -> Vec<Child<()>> {
    let mut children = Vec::new();
    for number in numbers {
        let queue = queue.clone();
        let child = spawn(async move { queue.put(number).await.unwrap() });
        children.push(child.waits().await);
    }
    children
}

fn all<T>(queue: &Queue<T>) -> Vec<T> {
    std::iter::from_fn(|| queue.get_nowait().ok()).collect()
}

#[test]
fn que_1_items_come_out_in_the_order_in_which_they_went_in() {
    run(async {
        let queue = Queue::new(0);
        for item in 0..3 {
            queue.put(item).await.unwrap();
        }
        queue.put_nowait(3).unwrap();
        assert_eq!(queue.get().await.unwrap(), 0);
        assert_eq!(all(&queue), [1, 2, 3]);
    });
}

#[test]
fn que_2_a_maxsize_of_zero_is_no_limit() {
    run(async {
        let queue = Queue::new(0);
        assert_eq!((queue.maxsize(), Queue::<()>::default().maxsize()), (0, 0));
        for item in 0..1000 {
            at_once(queue.put(item)).unwrap();
            assert!(!queue.full());
        }
        assert_eq!(queue.qsize(), 1000);
    });
}

#[test]
fn que_3_put_waits_while_the_queue_is_full() {
    run(async {
        let queue = Shared::new(Queue::new(2));
        queue.put_nowait(0).unwrap();
        queue.put_nowait(1).unwrap();
        let child = putters(&queue, 2..3).await.remove(0);
        assert!(!child.task.done());
        assert_eq!(queue.get().await.unwrap(), 0);
        child.value().await;
        assert_eq!(all(&queue), [1, 2]);

        // In the turn after an item was removed.
        let queue = Queue::new(1);
        queue.put_nowait(0).unwrap();
        let mut put = Hand::waiting(queue.put(1));
        assert_eq!(put.wakes(), 0);
        queue.get_nowait().unwrap();
        assert_eq!(put.wakes(), 1);
        put.poll().unwrap().unwrap();
        assert!(queue.full());
    });
}

#[test]
fn que_5_get_waits_while_the_queue_is_empty() {
    run(async {
        let queue = Shared::new(Queue::new(0));
        let child = getters(&queue, 1).await.remove(0);
        assert!(!child.task.done());
        queue.put(7).await.unwrap();
        assert_eq!(child.value().await, 7);
        assert!(queue.empty());
    });
}

#[test]
fn que_6_with_room_or_an_item_there_is_no_suspension() {
    run(async {
        let queue = Queue::new(1);
        for item in 0..3 {
            at_once(queue.put(item)).unwrap();
            assert_eq!(at_once(queue.get()).unwrap(), item);
        }
    });
}

#[test]
fn que_7_the_nowait_forms_refuse() {
    run(async {
        let queue = Queue::new(1);
        assert_eq!(queue.get_nowait(), Err(GetNowaitError::QueueEmpty));
        queue.put_nowait("a").unwrap();
        assert_eq!(queue.put_nowait("b"), Err(PutNowaitError::QueueFull("b")));
        assert_eq!(queue.get_nowait(), Ok("a"));
    });
}

#[test]
fn que_8_each_put_wakes_one_getter_and_each_get_one_putter() {
    run(async {
        let queue = Queue::new(0);
        let gone = Hand::waiting(queue.get());
        let mut gets = [(); 3].map(|()| Hand::waiting(queue.get()));
        drop(gone);
        for put in 0..2 {
            queue.put_nowait(put).unwrap();
        }
        assert_eq!(gets.each_ref().map(Hand::wakes), [1, 1, 0]);
        assert_eq!(gets[0].poll(), Some(Ok(0)));
        assert_eq!(gets[1].poll(), Some(Ok(1)));

        let queue = Queue::new(2);
        queue.put_nowait(0).unwrap();
        queue.put_nowait(1).unwrap();
        let puts = [2, 3, 4].map(|item| Hand::waiting(queue.put(item)));
        queue.get_nowait().unwrap();
        queue.get_nowait().unwrap();
        assert_eq!(puts.each_ref().map(Hand::wakes), [1, 1, 0]);
    });
}

#[test]
fn que_9_a_wake_reserves_nothing_and_who_finds_nothing_queues_at_the_end() {
    run(async {
        let queue = Queue::new(1);
        let mut first = Hand::waiting(queue.get());
        let mut second = Hand::waiting(queue.get());
        queue.put_nowait(0).unwrap();
        assert_eq!((queue.qsize(), first.wakes()), (1, 1));
        // Somebody else is faster.
        assert_eq!(at_once(queue.get()), Ok(0));
        assert!(first.poll().is_none());
        queue.put_nowait(1).unwrap();
        assert_eq!((first.wakes(), second.wakes()), (1, 1));
        assert_eq!(second.poll(), Some(Ok(1)));
        assert!(first.poll().is_none());

        // The same with room.
        drop(first);
        queue.put_nowait(2).unwrap();
        let mut put = Hand::waiting(queue.put(3));
        queue.get_nowait().unwrap();
        queue.put_nowait(4).unwrap();
        assert!(put.poll().is_none());
        assert_eq!(at_once(queue.get()), Ok(4));
        assert!(put.poll().is_some());
    });
}

#[test]
fn que_10_a_cancelled_waiter_is_removed_at_once() {
    run(async {
        let queue = Shared::new(Queue::new(1));
        for _ in 0..3 {
            for child in getters(&queue, 2).await {
                child.stopped().await;
            }
            assert!(text(&*queue).contains("getters: 0"));
        }
        queue.put_nowait(0).unwrap();
        for _ in 0..3 {
            for child in putters(&queue, 1..3).await {
                child.stopped().await;
            }
            assert!(text(&*queue).contains("putters: 0"));
        }
        assert_eq!(all(&queue), [0]);
    });
}

#[test]
fn que_11_a_woken_getter_that_is_cancelled_leaves_the_item_and_wakes_another() {
    run(async {
        let queue = Queue::new(0);
        let woken = Hand::waiting(queue.get());
        let mut other = Hand::waiting(queue.get());
        queue.put_nowait(5).unwrap();
        drop(woken);
        assert_eq!((queue.qsize(), other.wakes()), (1, 1));
        assert_eq!(other.poll(), Some(Ok(5)));

        let alone = Hand::waiting(queue.get());
        queue.put_nowait(6).unwrap();
        drop(alone);
        assert_eq!(queue.get_nowait(), Ok(6));
    });
}

#[test]
fn que_12_one_of_several_getters_cancelled_and_all_items_reach_the_others() {
    run(async {
        let queue = Shared::new(Queue::new(0));
        let mut children = getters(&queue, 4).await;
        for item in 0..3 {
            queue.put_nowait(item).unwrap();
        }
        let cancelled = children.remove(1);
        cancelled.cancel();
        let mut items = Vec::new();
        // Where there are threads it may have got its item before it was asked.
        let was_late = cancelled.end().await;
        if let Ok(item) = was_late {
            items.push(item);
            queue.put_nowait(3).unwrap();
        }
        for child in children {
            items.push(child.value().await);
        }
        items.sort_unstable();
        assert_eq!(items[..3], [0, 1, 2]);
    });
}

#[test]
fn que_13_a_woken_putter_that_is_cancelled_inserts_nothing_and_wakes_another() {
    run(async {
        let queue = Queue::new(1);
        queue.put_nowait(0).unwrap();
        let woken = Hand::waiting(queue.put(1));
        let mut other = Hand::waiting(queue.put(2));
        queue.get_nowait().unwrap();
        assert_eq!((woken.wakes(), other.wakes()), (1, 0));
        drop(woken);
        assert_eq!(other.wakes(), 1);
        other.poll().unwrap().unwrap();
        assert_eq!(all(&queue), [2]);
    });
}

#[test]
fn que_14_a_cancelled_putters_item_is_never_inserted() {
    run(async {
        let queue = Shared::new(Queue::new(1));
        queue.put_nowait(0).unwrap();
        let mut children = putters(&queue, 1..4).await;
        children.remove(1).stopped().await;
        let mut items = Vec::new();
        for _ in 0..3 {
            items.push(queue.get().await.unwrap());
        }
        for child in children {
            child.value().await;
        }
        assert_eq!(items[0], 0);
        items.sort_unstable();
        assert_eq!(items, [0, 1, 3]);
        assert!(queue.empty());
    });
}

#[test]
fn que_15_producer_and_consumer_over_a_queue_of_one_always_go_on() {
    run(async {
        let queue = Shared::new(Queue::new(1));
        let producer = {
            let queue = queue.clone();
            spawn(async move {
                for item in 0..500 {
                    queue.put(item).await.unwrap();
                }
            })
        };
        let consumer = {
            let queue = queue.clone();
            spawn(async move {
                for item in 0..500 {
                    assert_eq!(queue.get().await.unwrap(), item);
                }
            })
        };
        producer.value().await;
        consumer.value().await;
        assert!(queue.empty());
    });
}

#[test]
fn que_16_the_sizes_are_exact() {
    run(async {
        let queue = Queue::new(2);
        let sizes = || (queue.qsize(), queue.empty(), queue.full());
        assert_eq!(sizes(), (0, true, false));
        queue.put_nowait(1).unwrap();
        assert_eq!(sizes(), (1, false, false));
        at_once(queue.put(2)).unwrap();
        assert_eq!(sizes(), (2, false, true));
        at_once(queue.get()).unwrap();
        assert_eq!(sizes(), (1, false, false));
    });
}

#[test]
fn que_17_it_is_made_and_used_without_a_loop() {
    let queue = Queue::new(1);
    queue.put_nowait(1).unwrap();
    assert!(queue.put_nowait(2).is_err());
    assert_eq!(queue.get_nowait(), Ok(1));
    queue.task_done();
    assert_eq!(run(async { queue.put(3).await.and(Ok(queue.qsize())) }), Ok(1));
}

#[test]
fn que_18_the_text_says_all_there_is_to_say() {
    run(async {
        let queue = Queue::new(1);
        queue.put_nowait(1).unwrap();
        let _put = Hand::waiting(queue.put(2));
        let said = text(&queue);
        for part in ["maxsize: 1", "qsize: 1", "getters: 0", "putters: 1", "unfinished: 1"] {
            assert!(said.contains(part), "{said} without {part}");
        }
        queue.shutdown(true);
        assert!(
            text(&queue)
                .ends_with("qsize: 0, getters: 0, putters: 0, unfinished: 0, shut_down: true }")
        );
        let queue = Queue::<()>::new(0);
        let _get = Hand::waiting(queue.get());
        assert!(text(&queue).contains("getters: 1"));
    });
}
