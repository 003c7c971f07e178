//! Scenarios B: a task that waits for another.

use crate::combinators::select2;
use crate::world::*;
use asyncio_executor::create_task;
use asyncio_task::{catch_cancel, shield};

#[test]
fn cancel_c21_a_chain_of_three_innermost_first() {
    let trace = run(|| {
        let a = watched("a", job("a", 1, pending()));
        let b = watched("b", async move {
            job("b", 1, async {
                let _ = a.await;
            })
            .await
        });
        let c = watched("c", async move {
            let _ = b.await;
        });
        other(async move {
            sleep(1).await;
            c.cancel();
        });
    });
    assert_eq!(trace, "1:a+ · 2:a- · 2:a=Cancelled · 2:b+ · 3:b- · 3:b=Cancelled · 3:c=Cancelled");
}

#[test]
fn cancel_c22_the_inner_swallows_its_value_arrives() {
    let trace = run(|| {
        let i = create_task(async {
            match catch_cancel(pending()).await {
                Err(c) => {
                    c.swallow();
                    "kept"
                }
                Ok(()) => "",
            }
        });
        cancelled_at(&[1], async move {
            let v = i.await.unwrap();
            sleep(1).await;
            say!("{v} {}", n())
        })
    });
    assert_eq!(trace, "2:kept 1 · 2:t=ok");
}

#[test]
fn cancel_c23_without_forwarding_the_work_goes_on() {
    let trace = run(|| {
        let i = watched("i", async {
            sleep(3).await;
            say!("work done")
        });
        cancelled_at(&[1], async move {
            let _ = shield(i).await;
        })
    });
    assert_eq!(trace, "1:t=Cancelled · 3:work done · 3:i=ok");
}

#[test]
fn cancel_c24_the_awaited_is_cancelled_by_somebody_else() {
    let trace = run(|| {
        let i = create_task(pending());
        let i2 = i.task_ref();
        plain(async move {
            let r = i.await;
            say!("{} {}", r.show(), n())
        });
        other(async move {
            sleep(1).await;
            i2.cancel();
        });
    });
    assert_eq!(trace, "1:Cancelled 0 · 1:t=ok");
}

#[test]
fn cancel_c25_inner_finished_and_outer_cancelled_in_one_turn() {
    let trace = run(|| {
        let e = event();
        let e2 = e.clone();
        let i = create_task(async move {
            e.wait().await;
            1
        });
        let t = plain(async move {
            let v = i.await;
            say!("not here {v:?}")
        });
        other(async move {
            sleep(1).await;
            e2.set();
            sleep(0).await;
            t.cancel();
        });
    });
    assert_eq!(trace, "1:t=Cancelled");
}

#[test]
fn cancel_c26_a_second_request_interrupts_the_inner_cleanup() {
    let trace = run(|| {
        let i = watched("i", job("i", 9, pending()));
        cancelled_at(&[1, 3], async move {
            let _ = i.await;
        })
    });
    assert_eq!(trace, "1:i+ · 3:i=Cancelled · 3:t=Cancelled");
}

#[test]
fn cancel_c27_the_loser_of_a_race_is_not_killed() {
    let trace = run(|| {
        let i = watched("i", async {
            sleep(3).await;
            say!("loser done")
        });
        plain(async move {
            let lost = async {
                let _ = i.await;
            };
            select2(lost, sleep(1)).await;
            say!("race over")
        });
    });
    assert_eq!(trace, "1:race over · 1:t=ok · 3:loser done · 3:i=ok");
}

#[test]
fn cancel_c28_while_the_inner_cleans_up_by_own_request() {
    let trace = run(|| {
        let i = watched("i", async {
            let _ = catch_cancel(pending()).await.map_err(|c| c.swallow());
            say!("i cleaning");
            sleep(9).await
        });
        let i2 = i.task_ref();
        cancelled_at(&[2], async move {
            let _ = i.await;
        });
        other(async move {
            sleep(1).await;
            i2.cancel();
        });
    });
    assert_eq!(trace, "1:i cleaning · 2:i=Cancelled · 2:t=Cancelled");
}
