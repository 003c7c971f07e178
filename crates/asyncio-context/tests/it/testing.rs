//! The tool that drops a future at each moment.

use asyncio_context::testing::{Drops, drop_at_every_poll};
use futures_lite::future::{block_on, yield_now};
use std::cell::{Cell, RefCell};
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

fn message(scenario: impl FnMut(&Drops)) -> String {
    let payload = catch_unwind(AssertUnwindSafe(|| drop_at_every_poll(scenario))).unwrap_err();
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().unwrap()).to_owned(),
    }
}

#[test]
fn each_moment_comes_once_until_the_future_ends() {
    let seen = RefCell::new(Vec::new());
    let drops = drop_at_every_poll(|drops| {
        let steps = Cell::new(0);
        let ended = block_on(drops.victim(async {
            steps.set(1);
            yield_now().await;
            steps.set(2);
            yield_now().await;
            steps.set(3);
        }));
        seen.borrow_mut().push((steps.get(), ended.is_some()));
    });
    let before = [(0, false), (1, false), (2, false), (3, true)];
    let after = [(1, false), (2, false), (3, true)];
    assert_eq!(*seen.borrow(), [&before[..], &after[..]].concat());
    assert_eq!(drops, 5);
}

#[test]
fn the_future_is_gone_when_the_victim_says_so() {
    drop_at_every_poll(|drops| {
        let held = Rc::new(());
        let own = held.clone();
        block_on(async {
            drops
                .victim(async move {
                    let _own = own;
                    yield_now().await;
                })
                .await;
            assert_eq!(Rc::strong_count(&held), 1);
        });
    });
}

#[test]
fn a_future_that_is_ready_at_once_is_dropped_unpolled_only() {
    let polled = Cell::new(0);
    let drops = drop_at_every_poll(|drops| {
        block_on(drops.victim(async { polled.set(polled.get() + 1) }));
    });
    assert_eq!((drops, polled.get()), (1, 2));
}

#[test]
fn scenarios_that_prove_nothing_are_refused() {
    assert_eq!(message(|_| ()), "the scenario named no victim");
    assert!(
        message(|drops| drop(drops.victim(async {}))).contains("still waits (in place of poll 1)")
    );
    let two = message(|drops| drop((drops.victim(async {}), drops.victim(async {}))));
    assert!(two.contains("a run has one victim"), "{two}");
}

#[test]
fn a_future_that_never_ends_is_told() {
    let text = message(|drops| {
        // Woken by itself all the time, or it would not be polled.
        block_on(futures_lite::future::or(drops.victim(pending::<()>()), async {
            loop {
                yield_now().await;
            }
        }));
    });
    assert_eq!(text, "the victim does not end");
}

#[test]
fn a_scenario_that_fails_fails_the_test() {
    let text = message(|drops| {
        assert!(block_on(drops.victim(async {})).is_some(), "it was lost");
    });
    assert_eq!(text, "it was lost");
}

/// Leaves its waker behind.
#[test]
#[should_panic(expected = "a waker of the victim is still there, of poll 2")]
fn a_waker_that_stays_behind_is_told() {
    let kept = RefCell::new(Vec::new());
    drop_at_every_poll(|drops| {
        block_on(drops.victim_without_trace(std::future::poll_fn(|cx| {
            kept.borrow_mut().push(cx.waker().clone());
            cx.waker().wake_by_ref();
            std::task::Poll::<()>::Pending
        })));
    });
}

#[test]
#[should_panic(
    expected = "nothing drops [\"CatchCancel\", \"Recorded\", \"scoped\", \"with_cleanup\"]"
)]
fn a_wait_that_nothing_drops_is_named() {
    asyncio_context::testing::assert_every_wait_is_dropped(env!("CARGO_MANIFEST_DIR"), &[], &[]);
}
