//! `LifoQueue` and `PriorityQueue`: LIF, PRI.

use super::*;
use std::cmp::Ordering;

#[test]
fn lif_1_the_last_item_first_else_as_a_queue() {
    run(async {
        let queue = Shared::new(LifoQueue::new(3));
        for item in [1, 3, 2] {
            queue.put(item).await.unwrap();
        }
        assert!(queue.full());
        let mut put = Hand::waiting(queue.put(4));
        assert_eq!(queue.get().await, Ok(2));
        put.poll().unwrap().unwrap();
        let order: Vec<_> = std::iter::from_fn(|| queue.get_nowait().ok()).collect();
        assert_eq!(order, [4, 3, 1]);

        let child = {
            let queue = queue.clone();
            spawn(async move { queue.get().await })
        };
        let child = child.waits().await;
        queue.put_nowait(5).unwrap();
        assert_eq!(child.value().await, Ok(5));
    });
}

#[test]
fn pri_1_the_smallest_item_first_else_as_a_queue() {
    run(async {
        let queue = Shared::new(PriorityQueue::new(3));
        for item in [3, 1, 2] {
            queue.put(item).await.unwrap();
        }
        assert!(queue.full());
        let mut put = Hand::waiting(queue.put(0));
        assert_eq!(queue.get().await, Ok(1));
        put.poll().unwrap().unwrap();
        let order: Vec<_> = std::iter::from_fn(|| queue.get_nowait().ok()).collect();
        assert_eq!(order, [0, 2, 3]);

        let child = {
            let queue = queue.clone();
            spawn(async move { queue.get().await })
        };
        let child = child.waits().await;
        queue.put_nowait(5).unwrap();
        assert_eq!(child.value().await, Ok(5));
    });
}

#[test]
fn pri_2_equal_items_come_out_in_any_order() {
    run(async {
        let queue = PriorityQueue::new(0);
        for (rank, name) in [(1, 'a'), (0, 'b'), (1, 'c'), (0, 'd')] {
            queue.put_nowait(Ranked { rank, name }).unwrap();
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.get_nowait().ok()).collect();
        assert!(order.iter().map(|item| item.rank).eq([0, 0, 1, 1]));
        let mut names: Vec<_> = order.iter().map(|item| item.name).collect();
        names.sort_unstable();
        assert_eq!(names, ['a', 'b', 'c', 'd']);
    });
}

/// Compared by rank alone; one whose rank is negative cannot be compared.
struct Ranked {
    rank: i32,
    name: char,
}

impl Ord for Ranked {
    fn cmp(&self, other: &Ranked) -> Ordering {
        assert!(self.rank >= 0 && other.rank >= 0, "not comparable");
        self.rank.cmp(&other.rank)
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Ranked) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Ranked) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked {}

#[test]
fn pri_3_a_comparison_that_fails_fails_the_put_and_the_queue_goes_on() {
    run(async {
        let queue = PriorityQueue::new(0);
        queue.put_nowait(Ranked { rank: 1, name: 'a' }).unwrap();
        let incomparable = Ranked { rank: -1, name: 'b' };
        assert_eq!(panics(|| queue.put_nowait(incomparable)), "not comparable");
        // It may have been stored, as in asyncio; here it counts then.
        assert_eq!(queue.qsize(), 2);
        assert!(text(&queue).contains("unfinished: 2"));
        queue.shutdown(true);
        at_once(queue.join());
    });
}
