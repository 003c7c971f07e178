//! A failure in a group.

use crate::stage::*;
use asyncio::{
    BoxError, ExceptionGroup, TaskGroup, catch_cancel, create_task, current_task, yield_now,
};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;

#[test]
fn tgr_5_the_first_failure_cancels_the_others_and_is_raised_in_a_group() {
    let trace = played(async {
        let r = TaskGroup::run(async |g| {
            g.create_task(job("a", 2, pending()));
            g.create_task(after(1, Err::<(), _>("bad"))).named("failing");
            g.create_task(job("b", 1, pending()));
        });
        let failed = r.await.unwrap_err();
        say!("{} {}", failed.show(), failed.iter().next().unwrap().task());
        say!("{}", failed.to_string().replace('\n', "|"));
        let mut kinds: Vec<_> = failed.into_iter().map(|e| e.into_error().to_string()).collect();
        say!("{:?}", kinds.pop());
    });
    assert_eq!(
        trace,
        "1:a+ · 1:b+ · 2:b- · 3:a- · 3:Group(bad) failing · \
         3:1 failure in a task group|`-- failing: bad · 3:Some(\"bad\")"
    );
}

#[test]
fn tgr_6_the_running_body_is_cancelled_once() {
    let trace = played(async {
        let r = TaskGroup::run(async |g| {
            g.create_task(after(1, Err::<(), _>("bad")));
            g.create_task(after(1, Err::<(), _>("worse")));
            let token = catch_cancel(pending()).await.unwrap_err();
            say!("{}", count());
            sleep(3).await;
            say!("cleaned up");
            token.propagate().await
        });
        let r: Result<(), _> = r.await;
        say!("{} {}", r.show(), count());
    });
    assert_eq!(trace, "1:1 · 4:cleaned up · 4:Group(bad,worse) 0");
}

#[test]
fn tgr_7_errors_of_those_who_are_cancelled_join() {
    timed(async {
        let failed = TaskGroup::run(async |g| {
            g.create_task(stubborn(1, Err::<(), _>("second")));
            g.create_task(after(1, Err::<(), _>("first")));
        })
        .await
        .unwrap_err();
        assert_eq!((failed.show(), second()), ("Group(first,second)".into(), 2));
    });
}

#[test]
fn tgr_8_in_the_order_in_which_they_ended_and_the_body_last() {
    timed(async {
        let failed = TaskGroup::try_run(async |g| {
            g.create_task(stubborn(3, Err::<(), _>("third")));
            g.create_task(stubborn(2, Err::<(), _>("second")));
            g.create_task(after(1, Err::<(), _>("first")));
            stubborn(0, Err::<(), BoxError>("body".into())).await
        })
        .await
        .unwrap_err();
        assert_eq!(failed.show(), "Group(first,second,third,body)");
        assert_eq!(failed.iter().last().unwrap().task(), "body");
    });
}

#[test]
fn tgr_9_an_error_of_the_body_is_wrapped_as_well() {
    let trace = played(async {
        let r = TaskGroup::try_run(async |g| {
            g.create_task(job("child", 1, pending()));
            sleep(1).await;
            Err::<(), _>(io::Error::other("bad").into())
        });
        let failed = r.await.unwrap_err();
        say!("{} {}", failed.show(), failed.select::<io::Error>().count());
    });
    assert_eq!(trace, "1:child+ · 2:child- · 2:Group(bad) 1");
}

#[test]
fn tgr_10_a_body_that_answers_with_an_error_adds_it() {
    timed(async {
        let failed = TaskGroup::try_run(async |g| {
            g.create_task(after(1, Err::<(), _>("child")));
            stubborn(0, Err::<(), BoxError>("body".into())).await
        })
        .await
        .unwrap_err();
        assert_eq!(failed.show(), "Group(child,body)");
    });
}

#[test]
fn diff_tgr_21_a_panic_of_the_body_goes_on_when_the_children_are_over() {
    let trace = played(async {
        let task = create_task(async {
            let _ = TaskGroup::run(async |g| {
                g.create_task(job("child", 1, pending()));
                sleep(1).await;
                panics::<()>("boom").await
            })
            .await;
        });
        say!("{}", task.await.show());
    });
    assert_eq!(trace, "1:child+ · 2:child- · 2:Panic(boom)");
}

#[test]
fn diff_tgr_22_a_panic_of_a_child_is_a_failure_like_others() {
    timed(async {
        let failed = TaskGroup::run(async |g| {
            g.create_task(panics::<()>("boom")).named("worker");
        })
        .await
        .unwrap_err();
        let entry = failed.iter().next().unwrap();
        assert!(entry.is_panic());
        assert_eq!(entry.task(), "worker");
    });
}

#[test]
fn tgr_23_errors_beside_a_panic_of_the_body_are_reported() {
    let reports = Rc::new(RefCell::new(Vec::new()));
    let kept = reports.clone();
    timed(async move {
        let running = asyncio::get_running_loop();
        running.set_exception_handler(move |_: &asyncio::LoopRef, report: asyncio::Report| {
            kept.borrow_mut().push(report.to_string());
        });
        let task = create_task(async {
            let _ = TaskGroup::run(async |g| {
                for name in ["one", "two"] {
                    g.create_task(stubborn(0, Err::<(), _>("late"))).named(name);
                }
                yield_now().await;
                yield_now().await;
                panics::<()>("boom").await
            })
            .await;
        });
        assert!(task.await.unwrap_err().is_panic());
    });
    let reports = reports.borrow();
    assert_eq!(reports.len(), 2, "{reports:?}");
    assert!(reports[0].contains("one") && reports[1].contains("two"), "{reports:?}");
}

#[test]
fn tgr_24_a_scope_in_the_body_that_fails_in_its_own_exit() {
    let trace = played(async {
        let r = TaskGroup::try_run(async |g| {
            g.create_task(after(1, Err::<(), _>("child")));
            // An exit that fails takes the place of the cancellation, as in Python.
            match catch_cancel(pending()).await {
                Ok(()) => Ok(()),
                Err(token) => {
                    sleep(1).await;
                    token.swallow();
                    Err::<(), BoxError>("exit".into())
                }
            }
        });
        say!("{} {}", r.await.show(), count());
        sleep(1).await;
        say!("on");
    });
    assert_eq!(trace, "2:Group(child,exit) 0 · 3:on");
}

#[test]
fn tgr_28_a_child_whose_child_fails_at_once_is_cancelled() {
    let trace = played(async {
        let r = TaskGroup::run(async |g| {
            let g2 = g.clone();
            g.create_task(async move {
                g2.create_task(async { Err::<(), _>("at once") });
                turns(2).await;
                say!("not here")
            });
        });
        say!("{}", r.await.show());
    });
    assert_eq!(trace, "0:Group(at once)");
}

#[test]
fn a_group_that_ended_itself_leaves_the_count_alone() {
    let trace = played(async {
        let r = TaskGroup::run(async |g| {
            g.create_task(after(1, Err::<(), _>("bad")));
            pending().await
        });
        say!("{} {}", r.await.show(), count());
        sleep(1).await;
        say!("on");
    });
    assert_eq!(trace, "1:Group(bad) 0 · 2:on");
}

/// A request that was swallowed before the group began, and never taken back.
#[test]
fn diff_tgr_15_nothing_comes_after_the_block_for_a_request_of_before_it() {
    let trace = played(cancelled_at(&[1], async {
        stubborn(0, ()).await;
        let r = TaskGroup::run(async |g| {
            g.create_task(after(1, Err::<(), _>("bad")));
            pending().await
        });
        say!("{} {}", r.await.show(), count());
        sleep(1).await;
        say!("on {}", current_task().uncancel());
    }));
    assert_eq!(trace, "2:Group(bad) 1 · 3:on 0 · 3:t=ok");
}

/// What `except*` does: every kind to its own handler, nested groups included.
#[test]
fn errors_are_told_apart_by_their_types() {
    timed(async {
        let failed = TaskGroup::run(async |g| {
            g.create_task(after(1, Err::<(), _>(io::Error::other("io")))).named("disk");
            g.create_task(stubborn(1, "x".parse::<u8>().map(drop))).named("parser");
            g.create_task(async {
                TaskGroup::run(async |h| {
                    let inner = Err::<(), _>(io::Error::other("inner io"));
                    h.create_task(stubborn(2, inner)).named("net");
                })
                .await
            })
            .named("nested");
        })
        .await
        .unwrap_err();
        assert_eq!(
            failed.to_string(),
            "3 failures in a task group\n\
             +-- disk: io\n\
             +-- parser: invalid digit found in string\n\
             `-- nested: 1 failure in a task group\n    `-- net: inner io"
        );
        assert_eq!(failed.select::<io::Error>().count(), 2);
        let (io, rest) = failed.split::<io::Error>();
        let names = |group: &ExceptionGroup| -> Vec<String> {
            group.iter().map(|e| e.task().to_owned()).collect()
        };
        assert_eq!(names(&io.unwrap()), ["disk", "nested"]);
        assert_eq!(names(&rest.unwrap()), ["parser"]);
    });
}
