//! Every wait, dropped at every point of its life.

use asyncio_context::testing::{assert_every_wait_is_dropped, drop_at_every_poll};
use asyncio_context::{catch_cancel, recorded, scoped, try_current_task, with_cleanup};
use futures_lite::future::{block_on, yield_now};
use std::cell::Cell;
use std::rc::Rc;

/// Fails where there is a wait that nothing here drops.
#[test]
fn every_public_wait_is_dropped_at_every_point() {
    let scenarios: &[fn()] = &[
        a_boundary_takes_its_future_with_it,
        a_dropped_clean_up_does_not_begin_and_keeps_nothing,
        a_dropped_scope_drops_its_resource_once,
        a_dropped_task_is_over_for_all_who_ask,
    ];
    assert_every_wait_is_dropped(env!("CARGO_MANIFEST_DIR"), &[], scenarios);
}

/// Something that is held over two suspensions.
async fn holding(held: Rc<()>) {
    yield_now().await;
    yield_now().await;
    drop(held);
}

#[test]
fn a_boundary_takes_its_future_with_it() {
    drop_at_every_poll(|drops| {
        let held = Rc::new(());
        let own = held.clone();
        let task = recorded("waiting", async {
            drops.victim_without_trace(catch_cancel(holding(own))).await;
            assert_eq!(Rc::strong_count(&held), 1);
            // The tree has nothing left of the boundary: the next one is reached by a request.
            let caught = catch_cancel(async {
                try_current_task().unwrap().cancel();
                yield_now().await;
            });
            caught.await.unwrap_err().swallow();
        });
        block_on(task).unwrap();
    });
}

#[test]
fn a_dropped_clean_up_does_not_begin_and_keeps_nothing() {
    drop_at_every_poll(|drops| {
        let (held, began, ended) = (Rc::new(()), Cell::new(false), Cell::new(false));
        let own = held.clone();
        let task = recorded("waiting", async {
            let wait = with_cleanup(holding(own), async || {
                began.set(true);
                yield_now().await;
                ended.set(true);
            });
            let end = drops.victim_without_trace(wait).await;
            assert_eq!((Rc::strong_count(&held), end.is_some()), (1, ended.get()));
            let again = with_cleanup(yield_now(), async || began.set(true));
            again.await;
            assert!(began.get());
        });
        block_on(task).unwrap();
    });
}

#[test]
fn a_dropped_scope_drops_its_resource_once() {
    drop_at_every_poll(|drops| {
        let held = Rc::new(());
        let (resource, released) = (held.clone(), Cell::new(false));
        let task = recorded("waiting", async {
            let wait = scoped(
                resource,
                async |_| yield_now().await,
                async |resource| {
                    yield_now().await;
                    drop(resource);
                    released.set(true);
                },
            );
            let end = drops.victim_without_trace(wait).await;
            assert_eq!((Rc::strong_count(&held), end.is_some()), (1, released.get()));
        });
        block_on(task).unwrap();
    });
}

#[test]
fn a_dropped_task_is_over_for_all_who_ask() {
    drop_at_every_poll(|drops| {
        let held = Rc::new(());
        let recorded = recorded("victim", holding(held.clone()));
        let task = recorded.task();
        let end = block_on(drops.victim_without_trace(recorded));
        assert_eq!(Rc::strong_count(&held), 1);
        assert!(!task.cancel(), "it takes requests after its end");
        assert_eq!(task.cancelled(), end.is_none());
    });
}
