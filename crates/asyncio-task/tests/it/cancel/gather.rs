//! Scenarios E: gather.

use crate::world::*;
use asyncio_task::{catch_cancel, current_task, gather, yield_now};

#[test]
fn cancel_c71_every_child_finishes_its_cleanup() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            gather([job("a", 1, pending()), job("b", 3, pending())]).await;
            say!("not here")
        })
    });
    assert_eq!(trace, "1:a+ · 1:b+ · 2:a- · 4:b- · 4:t=Cancelled");
}

#[test]
fn cancel_c72_every_child_swallows_still_cancelled() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let k = || async {
                if let Err(c) = catch_cancel(pending()).await {
                    c.swallow()
                }
            };
            gather([k(), k()]).await;
            say!("not here")
        })
    });
    assert_eq!(trace, "1:t=Cancelled");
}

#[test]
fn cancel_c73_one_child_ends_cancelled_by_itself() {
    let trace = run(|| {
        plain(async {
            let selfish = async {
                sleep(1).await;
                current_task().cancel();
                pending().await
            };
            let other = async {
                sleep(3).await;
                say!("b done")
            };
            match catch_cancel(gather!(selfish, other)).await {
                Err(c) => {
                    say!("Cancelled {}", n());
                    c.swallow()
                }
                Ok(_) => say!("?"),
            }
        });
    });
    assert_eq!(trace, "3:b done · 3:Cancelled 0 · 3:t=ok");
}

#[test]
fn cancel_c74_nested_the_whole_tree() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let inner = async {
                gather([job("a", 1, pending()), job("b", 1, pending())]).await;
            };
            gather!(inner, job("c", 1, pending())).await;
        })
    });
    // The inner gather's children are asked one turn later than `c`, a hop further down.
    let same_time: Vec<_> = trace.split(" · ").collect();
    let (asked, ended) = (&same_time[..3], &same_time[3..6]);
    for name in ["a", "b", "c"] {
        assert!(asked.contains(&&*format!("1:{name}+")), "{trace}");
        assert!(ended.contains(&&*format!("2:{name}-")), "{trace}");
    }
    assert_eq!(same_time[6..], ["2:t=Cancelled"]);
}

#[test]
fn cancel_c75_a_timeout_around_a_gather() {
    let trace = run(|| {
        plain(async {
            let r = timeout(1, async |_| {
                gather([job("a", 1, pending()), job("b", 3, pending())]).await;
            })
            .await;
            say!("{}", r.show())
        });
    });
    assert_eq!(trace, "1:a+ · 1:b+ · 2:a- · 4:b- · 4:TimeoutError · 4:t=ok");
}

/// Asked before the members had their first turn: none of their lines runs.
#[test]
fn cancel_c71_before_the_first_turn_of_the_members() {
    for turns in 0..4 {
        let trace = run(|| {
            let t = plain(async {
                gather([job("a", 1, pending()), job("b", 1, pending())]).await;
            });
            other(async move {
                for _ in 0..turns {
                    yield_now().await;
                }
                t.cancel();
            });
        });
        assert!(trace.ends_with("0:t=Cancelled") || trace.ends_with("1:t=Cancelled"), "{trace}");
    }
}
