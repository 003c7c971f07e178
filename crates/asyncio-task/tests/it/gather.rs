//! `gather`, `try_gather` and their macros: asyncio's `GTH`.

use crate::world::*;
use asyncio_executor::create_task;
use asyncio_task::{
    catch_cancel, current_task, gather, shield, try_gather, with_cleanup, yield_now,
};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

async fn after<T>(seconds: u64, value: T) -> T {
    sleep(seconds).await;
    value
}

#[test]
fn gth_1_results_in_the_order_of_the_arguments() {
    run_virtual(async {
        assert_eq!(gather((0..3).map(|n| after(3 - n, n))).await, [0, 1, 2]);
        assert_eq!(now(), 3);
        assert_eq!(gather!(after(2, "a"), after(1, 'b'), async { 3.0 }).await, ("a", 'b', 3.0));
        assert_eq!(now(), 5);
    });
}

#[test]
fn gth_2_nothing_to_gather() {
    run_virtual(async {
        let none: Vec<std::future::Ready<u8>> = Vec::new();
        assert!(gather(none).await.is_empty());
        let () = gather!().await;
    });
}

#[test]
fn gth_3_members_are_tasks_that_start_in_order_in_the_next_turn() {
    run_virtual(async {
        let order = RefCell::new(Vec::new());
        let me = current_task();
        let member = |n| {
            let (order, me) = (&order, &me);
            async move {
                assert_ne!(current_task(), *me);
                assert_eq!(current_task().parent(), Some(me.id()));
                order.borrow_mut().push(n);
                yield_now().await;
                order.borrow_mut().push(n + 10);
            }
        };
        gather([member(1), member(2), member(3)]).await;
        assert_eq!(order.into_inner(), [1, 2, 3, 11, 12, 13]);
    });
}

#[test]
fn gth_7_and_8_the_first_error_at_once_and_tasks_go_on() {
    let trace = run(|| {
        plain(async {
            let good = watched("good", after(3, ()));
            let (good, bad) = (async { good.await.map_err(|_| "join") }, after(1, Err("bad")));
            let r: Result<((), ()), _> = try_gather!(good, bad).await;
            say!("{}", r.unwrap_err());
            sleep(1).await;
        });
    });
    assert_eq!(trace, "1:bad · 2:t=ok · 3:good=ok");
}

#[test]
fn gth_8_inline_members_that_are_not_waited_for_are_dropped() {
    let trace = run(|| {
        plain(async {
            let slow = async {
                let _g = OnDrop("dropped");
                after(9, Ok(())).await
            };
            let r: Result<Vec<()>, &str> =
                try_gather([Box::pin(slow) as Boxed<_>, Box::pin(after(1, Err("bad")))]).await;
            say!("{}", r.unwrap_err());
        });
    });
    assert_eq!(trace, "1:dropped · 1:bad · 1:t=ok");
}

#[test]
fn gth_9_and_11_errors_in_their_places() {
    run_virtual(async {
        let results = gather!(
            async { 1 },
            async {
                current_task().cancel_with("mine");
                never::<u8>().await
            },
            async {
                if n() == 0 {
                    panic!("boom")
                }
            },
        )
        .return_exceptions()
        .await;
        assert_eq!(results.0.unwrap(), 1);
        assert_eq!(results.1.unwrap_err().message(), Some("mine"));
        assert!(results.2.unwrap_err().is_panic());

        let mixed = gather((0..3).map(|n| async move { if n == 1 { Err(n) } else { Ok(n) } }));
        assert_eq!(mixed.await, [Ok(0), Err(1), Ok(2)]);
    });
}

#[test]
fn gth_10_a_member_cancelled_by_itself_unwinds_with_its_text() {
    run_virtual(async {
        let selfish = async {
            current_task().cancel_with("why");
            never::<()>().await
        };
        match catch_cancel(gather([selfish])).await {
            Err(token) => {
                assert_eq!(token.message(), Some("why"));
                token.swallow();
            }
            Ok(_) => unreachable!(),
        }
        assert_eq!(current_task().cancelling(), 0);
        yield_now().await;
    });
}

/// An awaited task that others cancelled is a value, as everywhere.
#[test]
fn can_19_a_task_that_others_cancelled_is_an_error_in_its_place() {
    run_virtual(async {
        let task = create_task(pending());
        let other = task.task_ref();
        let (awaited, ()) = gather!(task, async {
            yield_now().await;
            other.cancel();
        })
        .await;
        assert!(awaited.unwrap_err().is_cancelled());
    });
}

#[test]
fn gth_12_and_18_a_request_and_its_text_reach_the_members() {
    let trace = run(|| {
        let t = plain(async {
            gather!(async {
                if let Err(c) = catch_cancel(pending()).await {
                    say!("{}", c.message().unwrap());
                    c.propagate().await
                }
            })
            .await
            .0
        });
        other(async move {
            sleep(1).await;
            t.cancel_with("stop");
        });
    });
    assert_eq!(trace, "1:stop · 1:t=Cancelled(stop)");
}

#[test]
fn gth_14_a_gather_of_results_is_unwound_too_when_asked() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let _ = gather([job("a", 1, pending())]).return_exceptions().await;
            say!("not here")
        })
    });
    assert_eq!(trace, "1:a+ · 2:a- · 2:t=Cancelled");
}

/// Asked, `try_gather` waits for all clean-ups too; an error that comes of it is not lost.
#[test]
fn gth_13_try_gather_asked_waits_for_all() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let failing = async {
                match catch_cancel(pending()).await {
                    Err(c) => {
                        c.swallow();
                        Err("failed")
                    }
                    Ok(()) => Ok(()),
                }
            };
            let r = try_gather!(failing, job("a", 2, never::<Result<(), &str>>())).await;
            say!("{}", r.unwrap_err());
            sleep(1).await;
            say!("not here")
        })
    });
    assert_eq!(trace, "1:a+ · 3:a- · 3:failed · 3:t=Cancelled");
    let trace = run(|| {
        cancelled_at(&[1], async {
            let r = try_gather!(job("a", 2, never::<Result<(), &str>>())).await;
            say!("not here {r:?}")
        })
    });
    assert_eq!(trace, "1:a+ · 3:a- · 3:t=Cancelled");
}

#[test]
fn gth_16_done_when_the_request_comes() {
    let trace = run(|| {
        let t = plain(async { gather!(async { 5 }).await.0 });
        other(async move {
            sleep(1).await;
            say!("{}", t.cancel());
        });
    });
    assert_eq!(trace, "0:t=ok 5 · 1:false");
}

#[test]
fn gth_20_a_gather_of_shields_leaves_the_work() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            gather((1..3).map(|n| {
                shield(async move {
                    sleep(2 * n).await;
                    say!("work {n}");
                })
            }))
            .await;
        })
    });
    assert_eq!(trace, "1:t=Cancelled · 2:work 1 · 4:work 2");
}

#[test]
fn a_panic_of_a_member_goes_on_when_all_are_over() {
    let trace = run(|| {
        plain(async {
            let panics = async {
                if n() == 0 {
                    panic!("boom")
                }
            };
            gather!(panics, job("b", 1, sleep(2))).await.0
        });
    });
    assert_eq!(trace, "2:b+ · 3:b- · 3:t=Panic(boom)");
}

/// Members with tasks' handles forward to the tasks.
#[test]
fn a_request_goes_through_to_gathered_tasks() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let i = watched("i", job("i", 1, pending()));
            let _ = gather!(i).await;
            say!("not here")
        })
    });
    assert_eq!(trace, "1:i+ · 2:i- · 2:i=Cancelled · 2:t=Cancelled");
}

#[test]
fn hundreds_of_members_take_turns() {
    run_virtual(async {
        let polls = Rc::new(Cell::new(0));
        let sum: u32 = gather((0..500).map(|n| {
            let polls = polls.clone();
            async move {
                polls.set(polls.get() + 1);
                yield_now().await;
                polls.set(polls.get() + 1);
                n
            }
        }))
        .await
        .into_iter()
        .sum();
        assert_eq!((sum, polls.get()), (124_750, 1000));
    });
}

/// A gather dropped in the middle drops its members, and their records are over.
#[test]
fn dropped_by_foreign_code() {
    let trace = run(|| {
        plain(async {
            let both = async {
                gather!(
                    async {
                        let _g = OnDrop("a dropped");
                        pending().await
                    },
                    with_cleanup(pending(), async || say!("never")),
                )
                .await;
            };
            crate::combinators::select2(both, sleep(1)).await;
            say!("over")
        });
    });
    assert_eq!(trace, "1:a dropped · 1:over · 1:t=ok");
}
