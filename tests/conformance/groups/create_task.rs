//! `create_task` of a group.

use crate::stage::*;
use asyncio::{BoxError, TaskGroup, context_var, current_task, local, with_cleanup, yield_now};
use std::cell::Cell;

context_var! {
    static COLOUR: &'static str = "none";
}

#[test]
fn tgc_1_it_gives_the_task() {
    timed(async {
        let parent = current_task();
        COLOUR.set("red");
        TaskGroup::run(async |g| {
            let parent = &parent;
            let child = g.create_task(async move {
                let me = current_task();
                assert_ne!(me, *parent);
                assert_eq!((me.name(), me.parent()), ("worker".into(), Some(parent.id())));
                // A copy of the context of whoever made it.
                assert_eq!(COLOUR.get(), "red");
                COLOUR.set("blue");
                yield_now().await;
                assert_eq!((me.clone(), COLOUR.get()), (current_task(), "blue"));
                me.id()
            });
            let child = child.named("worker");
            assert_eq!((&*child.name(), child.done()), ("worker", false));
            let id = child.id();
            assert_eq!(child.await.unwrap(), id);
        })
        .await
        .unwrap();
        assert_eq!((current_task(), COLOUR.get()), (parent, "red"));
    });
}

#[test]
fn diff_tgc_3_after_the_end_a_child_is_cancelled_from_the_start() {
    timed(async {
        let over = TaskGroup::run(async |g| g).await.unwrap();
        let child = over.create_task(async { unreachable!() });
        assert!(child.done() && child.cancelled());
        assert!(child.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn diff_tgc_4_in_a_group_that_is_ending_too() {
    timed(async {
        let failed = TaskGroup::try_run(async |g| {
            let g2 = g.clone();
            g.create_task(with_cleanup(pending(), async move || {
                assert!(g2.create_task(async { unreachable!() }).cancelled(), "for a child");
            }));
            g.create_task(after(1, Err::<(), _>("bad")));
            let clean_up = async || {
                let late = g.create_task(async { unreachable!() });
                assert!(late.cancelled(), "for the body");
                assert!(late.await.unwrap_err().is_cancelled());
            };
            with_cleanup(never::<Result<(), BoxError>>(), clean_up).await
        })
        .await;
        assert_eq!(failed.unwrap_err().show(), "Group(bad)");
    });
}

#[test]
fn tgc_5_what_comes_too_late_is_dropped_before_it_ran() {
    struct Noted<'a>(&'a Cell<u32>);
    impl Drop for Noted<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    timed(async {
        let (ran, dropped) = (Cell::new(false), Cell::new(0));
        let over = local::TaskGroup::run(async |g| g).await.unwrap();
        let noted = Noted(&dropped);
        let child = over.create_task(async {
            let _noted = noted;
            ran.set(true);
        });
        assert_eq!((ran.get(), dropped.get(), child.cancelled()), (false, 1, true));
    });
}

#[test]
fn diff_tgc_6_a_child_never_runs_inside_the_call() {
    let trace = played(async {
        let r = TaskGroup::run(async |g| {
            g.create_task(async {
                say!("child");
                Err::<(), _>("at once")
            });
            say!("body goes on");
            yield_now().await;
            yield_now().await;
            say!("not here")
        });
        say!("{}", r.await.show());
    });
    assert_eq!(trace, "0:body goes on · 0:child · 0:Group(at once)");
}
