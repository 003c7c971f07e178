//! `task_done` and `join`: QJN.

use super::*;

fn joiner<T: Send + 'static>(queue: &Shared<Queue<T>>) -> Child<()> {
    let queue = queue.clone();
    spawn(async move { queue.join().await })
}

#[test]
fn qjn_1_a_put_counts_up_task_done_counts_down_and_a_get_does_neither() {
    run(async {
        let queue = Queue::new(0);
        let unfinished = |count: usize| text(&queue).contains(&format!("unfinished: {count}"));
        assert!(unfinished(0));
        queue.put_nowait(1).unwrap();
        queue.put(2).await.unwrap();
        assert!(unfinished(2));
        queue.get_nowait().unwrap();
        queue.get().await.unwrap();
        assert!(unfinished(2));
        queue.task_done();
        assert!(unfinished(1));
        Hand::waiting(queue.join());
        queue.task_done();
        assert!(unfinished(0));
    });
}

#[test]
fn qjn_2_join_of_nothing_returns_at_once() {
    run(async {
        let queue = Queue::new(0);
        at_once(queue.join());
        at_once(queue.join());
        queue.put_nowait(1).unwrap();
        queue.get_nowait().unwrap();
        queue.task_done();
        at_once(queue.join());
    });
}

#[test]
fn qjn_3_all_joiners_are_released_when_the_count_is_zero() {
    run(async {
        let queue = Shared::new(Queue::new(0));
        queue.put_nowait(1).unwrap();
        queue.put_nowait(2).unwrap();
        let children = [joiner(&queue).waits().await, joiner(&queue).waits().await];
        queue.task_done();
        turn().await;
        assert!(children.iter().all(|child| !child.task.done()));
        queue.task_done();
        for child in children {
            child.value().await;
        }
    });
}

#[test]
fn qjn_4_task_done_too_often_is_refused() {
    run(async {
        let queue = Queue::new(0);
        assert_eq!(panics(|| queue.task_done()), "task_done() called too many times");
        queue.put_nowait(1).unwrap();
        queue.task_done();
        assert_eq!(panics(|| queue.task_done()), "task_done() called too many times");
    });
}

#[test]
fn qjn_5_a_released_joiner_returns_although_there_is_a_new_item() {
    run(async {
        let queue = Queue::new(0);
        queue.put_nowait(1).unwrap();
        let mut join = Hand::waiting(queue.join());
        queue.task_done();
        queue.put_nowait(2).unwrap();
        assert!(join.poll().is_some());
        Hand::waiting(queue.join());
    });
}

#[test]
fn qjn_6_the_same_for_the_other_orders() {
    run(async {
        let (lifo, smallest) = (LifoQueue::new(0), PriorityQueue::new(0));
        at_once(lifo.join());
        at_once(smallest.join());
        for item in 0..2 {
            lifo.put_nowait(item).unwrap();
            smallest.put_nowait(item).unwrap();
        }
        let (mut first, mut second) = (Hand::waiting(lifo.join()), Hand::waiting(smallest.join()));
        for left in [1, 0] {
            lifo.get_nowait().unwrap();
            smallest.get_nowait().unwrap();
            lifo.task_done();
            smallest.task_done();
            assert_eq!(first.poll().is_some(), left == 0);
            assert_eq!(second.poll().is_some(), left == 0);
        }
        assert_eq!(panics(|| lifo.task_done()), "task_done() called too many times");
        assert_eq!(panics(|| smallest.task_done()), "task_done() called too many times");
    });
}
