//! `Barrier`: BAR.

use super::*;
use asyncio::sync::BrokenBarrierError;

const BROKEN: Result<usize, BrokenBarrierError> = Err(BrokenBarrierError);

fn comes(barrier: &Shared<Barrier>) -> Child<Result<usize, BrokenBarrierError>> {
    let barrier = barrier.clone();
    spawn(async move { barrier.wait().await })
}

/// Tasks that came, and wait for the others.
async fn party(
    barrier: &Shared<Barrier>,
    count: usize,
) -> Vec<Child<Result<usize, BrokenBarrierError>>> {
    let mut children = Vec::new();
    for _ in 0..count {
        children.push(comes(barrier).waits().await);
    }
    children
}

#[test]
fn bar_1_at_least_one_party() {
    run(async {
        assert_eq!(panics(|| Barrier::new(0)), "a barrier needs at least one party");
        assert_eq!(Barrier::new(1).parties(), 1);
    });
}

#[test]
fn bar_2_wait_blocks_until_all_are_there() {
    run(async {
        let barrier = Shared::new(Barrier::new(4));
        let children = party(&barrier, 3).await;
        assert_eq!(barrier.n_waiting(), 3);
        assert!(children.iter().all(|child| !child.task.done()));
        barrier.wait().await.unwrap();
        for child in children {
            assert!(child.value().await.is_ok());
        }
        assert_eq!(barrier.n_waiting(), 0);
    });
}

#[test]
fn bar_3_each_gets_the_number_of_its_arrival() {
    run(async {
        let barrier = Shared::new(Barrier::new(5));
        let children = party(&barrier, 4).await;
        assert_eq!(barrier.wait().await, Ok(4));
        for (number, child) in children.into_iter().enumerate() {
            assert_eq!(child.value().await, Ok(number));
        }
    });
}

#[test]
fn bar_4_the_last_does_not_wait_and_the_others_resume_in_order() {
    run(async {
        let barrier = Barrier::new(3);
        let mut first = Hand::waiting(barrier.wait());
        let mut second = Hand::waiting(barrier.wait());
        assert_eq!(at_once(barrier.wait()), Ok(2));
        assert_eq!((first.wakes(), second.wakes()), (1, 1));
        assert_eq!((first.poll(), second.poll()), (Some(Ok(0)), Some(Ok(1))));
    });
    run(async {
        let (barrier, log) = (Shared::new(Barrier::new(4)), Log::new());
        let mut children = Vec::new();
        for number in 0..4 {
            let (barrier, log) = (barrier.clone(), log.clone());
            let child = spawn(async move {
                barrier.wait().await.unwrap();
                log.add(number);
            });
            children.push(if number < 3 { child.waits().await } else { child });
        }
        for child in children {
            child.value().await;
        }
        let mut order = log.take();
        if !THREADS {
            assert_eq!(order, [3, 0, 1, 2]);
        }
        order.sort_unstable();
        assert_eq!(order, [0, 1, 2, 3]);
    });
}

#[test]
fn bar_5_it_serves_any_number_of_rounds_of_the_same_tasks() {
    run(async {
        const ROUNDS: usize = 20;
        let (barrier, log) = (Shared::new(Barrier::new(3)), Log::new());
        let mut children = Vec::new();
        for _ in 0..3 {
            let (barrier, log) = (barrier.clone(), log.clone());
            children.push(spawn(async move {
                for round in 0..ROUNDS {
                    log.add(round);
                    barrier.wait().await.unwrap();
                }
            }));
        }
        for child in children {
            child.value().await;
        }
        let expected: Vec<_> = (0..ROUNDS).flat_map(|round| [round; 3]).collect();
        assert_eq!(log.take(), expected);
    });
}

#[test]
fn bar_6_who_comes_while_it_drains_counts_for_the_next_round() {
    run(async {
        let barrier = Barrier::new(2);
        let mut first = Hand::waiting(barrier.wait());
        assert_eq!(at_once(barrier.wait()), Ok(1));
        // Draining: the first one has not left.
        let mut next = Hand::waiting(barrier.wait());
        let mut after = Hand::waiting(barrier.wait());
        assert_eq!((next.wakes(), barrier.n_waiting()), (0, 0));
        assert_eq!(first.poll(), Some(Ok(0)));
        assert_eq!((next.wakes(), after.wakes()), (1, 1));
        assert_eq!(next.poll(), None);
        assert_eq!(after.poll(), Some(Ok(1)));
        assert_eq!(next.poll(), Some(Ok(0)));
    });
}

#[test]
fn bar_7_n_waiting_counts_while_it_fills_and_is_zero_else() {
    run(async {
        let barrier = Barrier::new(3);
        assert_eq!(barrier.n_waiting(), 0);
        let mut waits = [Hand::waiting(barrier.wait()), Hand::waiting(barrier.wait())];
        assert_eq!(barrier.n_waiting(), 2);
        at_once(barrier.wait()).unwrap();
        assert_eq!(barrier.n_waiting(), 0);
        assert!(waits.iter_mut().all(|wait| wait.poll().is_some()));
        let _waits = Hand::waiting(barrier.wait());
        assert_eq!(barrier.n_waiting(), 1);
        barrier.abort();
        assert_eq!(barrier.n_waiting(), 0);
    });
}

#[test]
fn bar_8_with_one_party_wait_gives_zero_at_once() {
    run(async {
        let barrier = Barrier::new(1);
        for _ in 0..3 {
            assert_eq!(at_once(barrier.wait()), Ok(0));
        }
        assert_eq!((barrier.n_waiting(), barrier.broken()), (0, false));
    });
}

#[test]
fn bar_9_who_is_cancelled_leaves_and_another_takes_the_place() {
    run(async {
        let barrier = Shared::new(Barrier::new(3));
        let mut children = party(&barrier, 2).await;
        children.pop().unwrap().stopped().await;
        assert_eq!((barrier.n_waiting(), barrier.broken()), (1, false));
        children.extend(party(&barrier, 1).await);
        assert_eq!(barrier.wait().await, Ok(2));
        for child in children {
            assert!(child.value().await.is_ok());
        }
    });
    // While the barrier drains: it has left then, and the next round begins.
    run(async {
        let barrier = Barrier::new(2);
        let released = Hand::waiting(barrier.wait());
        at_once(barrier.wait()).unwrap();
        let mut next = Hand::waiting(barrier.wait());
        drop(released);
        assert_eq!(next.wakes(), 1);
        assert_eq!(next.poll(), None);
        assert_eq!(at_once(barrier.wait()), Ok(1));
        assert_eq!(next.poll(), Some(Ok(0)));
    });
}

#[test]
fn bar_10_after_a_cancellation_numbers_may_repeat() {
    run(async {
        let barrier = Barrier::new(3);
        let first = Hand::waiting(barrier.wait());
        let mut second = Hand::waiting(barrier.wait());
        drop(first);
        // One waits, so this one has number one as well.
        let mut third = Hand::waiting(barrier.wait());
        assert_eq!(at_once(barrier.wait()), Ok(2));
        assert_eq!((second.poll(), third.poll()), (Some(Ok(1)), Some(Ok(1))));
    });
}

#[test]
fn bar_11_abort_breaks_it_for_all_who_wait_and_all_who_come() {
    run(async {
        let barrier = Shared::new(Barrier::new(3));
        let children = party(&barrier, 2).await;
        barrier.abort();
        for child in children {
            assert_eq!(child.value().await, BROKEN);
        }
        assert_eq!((barrier.broken(), barrier.n_waiting()), (true, 0));
        assert_eq!(at_once(barrier.wait()), BROKEN);
        assert_eq!(at_once(barrier.wait()), BROKEN);
    });
    run(async {
        // Those who have not left yet, and those who wait for the next round.
        let barrier = Barrier::new(2);
        let mut leaves = Hand::waiting(barrier.wait());
        at_once(barrier.wait()).unwrap();
        let mut next = Hand::waiting(barrier.wait());
        barrier.abort();
        assert_eq!((leaves.poll(), next.poll()), (Some(BROKEN), Some(BROKEN)));
    });
}

#[test]
fn bar_12_reset_fails_those_who_wait_and_it_is_usable_at_once() {
    run(async {
        let barrier = Shared::new(Barrier::new(3));
        let children = party(&barrier, 2).await;
        barrier.reset();
        assert_eq!((barrier.n_waiting(), barrier.broken()), (0, false));
        for child in children {
            assert_eq!(child.value().await, BROKEN);
        }
        let children = party(&barrier, 2).await;
        assert_eq!(barrier.wait().await, Ok(2));
        for child in children {
            assert!(child.value().await.is_ok());
        }
    });
}

#[test]
fn bar_13_reset_with_nobody_waiting_changes_nothing() {
    run(async {
        let barrier = Barrier::new(2);
        barrier.reset();
        assert!(text(&barrier).contains("Filling"));
        let mut waits = Hand::waiting(barrier.wait());
        assert_eq!(at_once(barrier.wait()), Ok(1));
        assert_eq!(waits.poll(), Some(Ok(0)));
    });
}

#[test]
fn bar_14_reset_mends_a_broken_barrier() {
    run(async {
        let barrier = Barrier::new(2);
        barrier.abort();
        assert!(barrier.broken());
        barrier.reset();
        assert!(!barrier.broken());
        let mut waits = Hand::waiting(barrier.wait());
        assert_eq!(at_once(barrier.wait()), Ok(1));
        assert_eq!(waits.poll(), Some(Ok(0)));
    });
}

#[test]
fn bar_15_reset_while_it_drains_does_not_disturb_the_next_round() {
    run(async {
        let barrier = Barrier::new(2);
        let mut leaves = Hand::waiting(barrier.wait());
        at_once(barrier.wait()).unwrap();
        let mut next = Hand::waiting(barrier.wait());
        barrier.reset();
        assert_eq!(leaves.poll(), Some(BROKEN));
        assert_eq!(next.poll(), None);
        assert_eq!(at_once(barrier.wait()), Ok(1));
        assert_eq!(next.poll(), Some(Ok(0)));
    });
}

#[test]
fn bar_16_reset_by_the_last_to_leave_disturbs_nobody() {
    run(async {
        let barrier = Barrier::new(2);
        let mut leaves = Hand::waiting(barrier.wait());
        at_once(barrier.wait()).unwrap();
        let mut next = [Hand::waiting(barrier.wait()), Hand::waiting(barrier.wait())];
        assert_eq!(leaves.poll(), Some(Ok(0)));
        barrier.reset();
        assert_eq!(next[0].poll(), None);
        assert_eq!(next[1].poll(), Some(Ok(1)));
        assert_eq!(next[0].poll(), Some(Ok(0)));
    });
}

#[test]
fn bar_17_nothing_is_to_be_undone_so_a_body_that_raises_breaks_nothing() {
    run(async {
        let barrier = Shared::new(Barrier::new(2));
        let raises = {
            let barrier = barrier.clone();
            spawn(async move {
                let index = barrier.wait().await.unwrap();
                panic!("number {index}");
            })
        };
        let raises: Child<()> = raises.waits().await;
        assert_eq!(barrier.wait().await, Ok(1));
        assert!(raises.end().await.unwrap_err().is_panic());
        assert!(!barrier.broken());
        let child = party(&barrier, 1).await.remove(0);
        assert_eq!(barrier.wait().await, Ok(1));
        assert_eq!(child.value().await, Ok(0));
    });
}

#[test]
fn bar_19_the_text_says_the_state_and_how_many_wait() {
    run(async {
        let barrier = Barrier::new(2);
        let mut waits = Hand::waiting(barrier.wait());
        assert_eq!(text(&barrier), "Barrier { phase: Filling, waiting: 1, parties: 2 }");
        at_once(barrier.wait()).unwrap();
        assert_eq!(text(&barrier), "Barrier { phase: Draining, waiting: 0, parties: 2 }");
        waits.poll().unwrap().unwrap();
        barrier.abort();
        assert_eq!(text(&barrier), "Barrier { phase: Broken, waiting: 0, parties: 2 }");
    });
}
