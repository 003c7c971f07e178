//! Scenarios F: foreign combinators, and futures that are dropped where they stand.

use crate::combinators::{join2, one_per_turn, select2, unordered};
use crate::world::*;
use asyncio_task::local::TaskGroup;
use asyncio_task::{BoxError, catch_cancel, with_cleanup};
use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

/// Polls `f` once.
async fn begin<F: Future + Unpin>(f: &mut F) {
    poll_fn(|cx| {
        let _ = Pin::new(&mut *f).poll(cx);
        Poll::Ready(())
    })
    .await
}

#[test]
fn cancel_c81_join_of_two_cleanups_of_unequal_length() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            join2(job("a", 1, pending()), job("b", 3, pending())).await;
        })
    });
    assert_eq!(trace, "1:a+ · 1:b+ · 2:a- · 4:b- · 4:t=Cancelled");
}

#[test]
fn cancel_c82_select_the_other_branch_is_ready_in_the_delivering_turn() {
    let trace = run(|| {
        let e = event();
        let e2 = e.clone();
        let t = plain(async move {
            select2(async move { e.wait().await }, job("b", 1, pending())).await;
            say!("select over");
            sleep(5).await;
            say!("not here")
        });
        other(async move {
            sleep(1).await;
            e2.set();
            t.cancel();
        });
    });
    assert_eq!(trace, "1:select over · 1:t=Cancelled");
}

#[test]
fn cancel_c83_select_of_two_cleanups_both_finish() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            select2(job("a", 1, pending()), job("b", 3, pending())).await;
        })
    });
    assert_eq!(trace, "1:a+ · 1:b+ · 2:a- · 4:b- · 4:t=Cancelled");
}

#[test]
fn cancel_c84_inside_a_sub_executor() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            unordered(vec![job("a", 1, pending()), job("b", 3, pending())]).await;
        })
    });
    assert_eq!(trace, "1:a+ · 1:b+ · 2:a- · 4:b- · 4:t=Cancelled");
}

#[test]
fn cancel_c85_polled_once_and_set_aside_is_passed_over() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let mut f = job("aside", 1, pending());
            begin(&mut f).await;
            job("main", 1, pending()).await;
            drop(f)
        })
    });
    assert_eq!(trace, "1:main+ · 2:main- · 2:t=Cancelled");
}

/// Passed over once, it is asked again once it is polled again.
#[test]
fn cancel_c85_set_aside_taken_up_and_asked_again() {
    let trace = run(|| {
        cancelled_at(&[1, 3], async {
            let mut f = job("aside", 1, pending());
            begin(&mut f).await;
            if let Err(c) = catch_cancel(pending()).await {
                c.swallow();
            }
            sleep(1).await;
            say!("taken up");
            f.await
        })
    });
    assert_eq!(trace, "2:taken up · 3:aside+ · 4:aside- · 4:t=Cancelled");
}

#[test]
fn cancel_c86_polled_in_one_task_then_awaited_and_cancelled_in_another() {
    let trace = run(|| {
        let moved: Boxed<()> = job("moved", 1, pending());
        let cell = Rc::new(RefCell::new(Some(moved)));
        let c2 = cell.clone();
        let a = watched("a", async move {
            let mut f = cell.borrow_mut().take().unwrap();
            begin(&mut f).await;
            *cell.borrow_mut() = Some(f);
            pending().await
        });
        other(async move {
            sleep(1).await;
            let f = c2.borrow_mut().take().unwrap();
            a.cancel();
            cancelled_at(&[3], f)
        });
    });
    assert_eq!(trace, "1:a=Cancelled · 3:moved+ · 4:moved- · 4:t=Cancelled");
}

/// The other task polls it before the first one is cancelled: that one has nothing to wait for.
#[test]
fn cancel_c86_taken_over_first() {
    let trace = run(|| {
        let moved: Boxed<()> = job("moved", 1, job("inside", 1, pending()));
        let cell = Rc::new(RefCell::new(Some(moved)));
        let c2 = cell.clone();
        let a = watched("a", async move {
            let mut f = cell.borrow_mut().take().unwrap();
            begin(&mut f).await;
            *cell.borrow_mut() = Some(f);
            pending().await
        });
        other(async move {
            sleep(1).await;
            let f = c2.borrow_mut().take().unwrap();
            cancelled_at(&[4], f);
            sleep(1).await;
            a.cancel();
        });
    });
    let expected = "2:a=Cancelled · 4:inside+ · 5:inside- · 5:moved+ · 6:moved- · 6:t=Cancelled";
    assert_eq!(trace, expected);
}

#[test]
fn cancel_c87_select_drops_a_branch_in_its_cleanup_the_request_is_put_back() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            select2(job("a", 9, pending()), sleep(3)).await;
            say!("select over");
            sleep(5).await;
            say!("not here")
        })
    });
    assert_eq!(trace, "1:a+ · 3:select over · 3:t=Cancelled");
}

#[test]
fn cancel_c88_join_of_a_boundary_and_a_naked_branch() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            join2(job("a", 2, pending()), async {
                for i in 0..9 {
                    sleep(1).await;
                    say!("naked {i}")
                }
            })
            .await;
        })
    });
    assert_eq!(trace, "1:naked 0 · 1:a+ · 2:naked 1 · 3:a- · 3:naked 2 · 3:t=Cancelled");
}

#[test]
fn cancel_c89_a_boundary_entered_while_a_cleanup_runs_is_asked_too() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            join2(job("a", 3, pending()), async {
                sleep(2).await;
                job("late", 1, pending()).await
            })
            .await;
        })
    });
    assert_eq!(trace, "1:a+ · 4:a- · 4:late+ · 5:late- · 5:t=Cancelled");
}

#[test]
fn cancel_c90_the_loop_is_closed_during_a_cleanup() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let _g = OnDrop("dropped");
            with_cleanup(pending(), || async {
                say!("+");
                let _h = OnDrop("half");
                pending().await
            })
            .await
        });
        other(async {
            sleep(2).await;
            say!("close");
            close()
        });
    });
    assert_eq!(trace, "1:+ · 2:close · 2:half · 2:dropped");
}

#[test]
fn cancel_c91_one_branch_propagates_while_the_other_still_cleans_up() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let a = job("a2", 1, job("a1", 1, pending()));
            let b = job("b2", 1, job("b1", 4, pending()));
            join2(a, b).await;
        })
    });
    let expected = "1:a1+ · 1:b1+ · 2:a1- · 2:a2+ · 3:a2- · 5:b1- · 5:b2+ · 6:b2- · 6:t=Cancelled";
    assert_eq!(trace, expected);
}

#[test]
fn cancel_c92_a_token_dropped_at_once() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            say!("{}", catch_cancel(pending()).await.is_err());
            sleep(5).await;
            say!("went on")
        })
    });
    assert_eq!(trace, "1:true · 1:t=Cancelled");
}

/// Two boundaries deep: the outer one completes with its value, and what was handed back to it goes
/// on to the code around it.
#[test]
fn cancel_c92_a_token_dropped_in_a_boundary_that_completes() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let value = catch_cancel(async { catch_cancel(pending()).await.is_err() }).await;
            say!("{value:?}");
            sleep(5).await;
            say!("went on")
        })
    });
    assert_eq!(trace, "1:Ok(true) · 1:t=Cancelled");
}

#[test]
fn cancel_c93_a_token_dropped_at_the_end_the_value_stands() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            match catch_cancel(pending()).await {
                Ok(()) => 0,
                Err(_) => 5,
            }
        })
    });
    assert_eq!(trace, "1:t=ok 5");
}

#[test]
fn cancel_c95_one_branch_swallows_the_other_propagates() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let a = async {
                if let Err(c) = catch_cancel(pending()).await {
                    c.swallow()
                }
                say!("a swallowed")
            };
            join2(a, job("b", 2, pending())).await;
            say!("not here")
        })
    });
    assert_eq!(trace, "1:a swallowed · 1:b+ · 3:b- · 3:t=Cancelled");
}

#[test]
fn cancel_c96_a_sub_executor_that_polls_one_child_per_turn() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let jobs = ["a", "b", "c"].map(|name| job(name, 1, pending()) as Boxed<()>);
            one_per_turn(Vec::from(jobs)).await;
        })
    });
    assert_eq!(trace, "1:a+ · 1:b+ · 1:c+ · 2:a- · 2:b- · 2:c- · 2:t=Cancelled");
}

#[test]
fn cancel_c98_a_second_request_interrupts_both_cleanups_of_a_join() {
    let trace = run(|| {
        cancelled_at(&[1, 2], async {
            join2(job("a", 9, pending()), job("b", 5, pending())).await;
        })
    });
    assert_eq!(trace, "1:a+ · 1:b+ · 2:t=Cancelled");
}

#[test]
fn cancel_c99_a_token_sent_to_another_task_and_swallowed_there() {
    let trace = run(|| {
        let slot = Rc::new(RefCell::new(None));
        let s2 = slot.clone();
        cancelled_at(&[1], async move {
            if let Err(c) = catch_cancel(pending()).await {
                *s2.borrow_mut() = Some(c)
            }
            sleep(5).await;
            say!("went on {}", n())
        });
        other(async move {
            sleep(2).await;
            slot.borrow_mut().take().unwrap().swallow()
        });
    });
    assert_eq!(trace, "6:went on 1 · 6:t=ok");
}

/// Propagated in another task, the token goes back where it came from, and that task unwinds too.
#[test]
fn cancel_c99_a_token_propagated_in_another_task() {
    let trace = run(|| {
        let slot = Rc::new(RefCell::new(None));
        let s2 = slot.clone();
        cancelled_at(&[1], async move {
            if let Err(c) = catch_cancel(pending()).await {
                *s2.borrow_mut() = Some(c)
            }
            sleep(5).await;
            say!("not here")
        });
        let _other = watched("other", async move {
            sleep(2).await;
            let token = slot.borrow_mut().take().unwrap();
            job("other", 1, async move { token.propagate().await }).await;
            say!("nor here")
        });
    });
    assert_eq!(trace, "2:other+ · 2:t=Cancelled · 3:other- · 3:other=Cancelled");
}

#[test]
fn cancel_c103_a_token_of_an_earlier_request_while_a_later_one_is_answered() {
    let trace = run(|| {
        cancelled_at(&[1, 2], async {
            join2(job("a", 3, pending()), async {
                if let Err(c) = catch_cancel(pending()).await {
                    job("b", 5, sleep(9)).await;
                    c.propagate().await
                }
            })
            .await;
        })
    });
    assert_eq!(trace, "1:a+ · 2:b+ · 4:a- · 7:b- · 7:t=Cancelled");
}

/// A boundary that is dropped in the clean-up it was asked into, by a timeout around it that had
/// been polled as part of a join: nothing is left to wait for.
#[test]
fn a_hard_drop_in_the_middle_of_a_timeout() {
    let trace = run(|| {
        plain(async {
            select2(
                async {
                    let _ = timeout(1, |_| job("a", 9, pending())).await;
                },
                sleep(3),
            )
            .await;
            say!("select over {}", n());
            sleep(1).await;
            say!("on")
        });
    });
    assert_eq!(trace, "1:a+ · 3:select over 0 · 4:on · 4:t=ok");
}

#[test]
fn cancel_c97_select_drops_a_whole_group() {
    let trace = run(|| {
        plain(async {
            let group = async {
                let _ = TaskGroup::try_run(async move |g| {
                    g.create_task(async {
                        let _g = OnDrop("child dropped");
                        pending().await
                    });
                    never::<Result<(), BoxError>>().await
                })
                .await;
            };
            select2(group, sleep(1)).await;
            say!("select over");
            sleep(1).await;
            say!("on {}", n())
        });
    });
    assert_eq!(trace, "1:child dropped · 1:select over · 2:on 0 · 2:t=ok");
}

/// One branch has unwound for the first request, the other swallows the second: the whole goes, as
/// the branch that has unwound will never complete.
#[test]
fn cancel_c103_a_later_request_swallowed_after_another_branch_has_unwound() {
    let trace = run(|| {
        cancelled_at(&[1, 2], async {
            let unwinds = async {
                let _ = timeout(9, |_| pending()).await;
            };
            let swallows = async {
                if let Err(c) = catch_cancel(job("b", 5, pending())).await {
                    say!("swallowed");
                    c.swallow()
                }
            };
            join2(unwinds, swallows).await;
            say!("not here")
        })
    });
    assert_eq!(trace, "1:b+ · 2:swallowed · 2:t=Cancelled");
}
