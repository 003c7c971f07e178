//! What `gather` gives.

use crate::stage::*;
use asyncio::{
    JoinError, create_future, create_task, current_task, gather, spawn, try_gather, yield_now,
};
use futures_lite::future::{block_on, poll_once};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

#[test]
fn gth_1_the_results_are_in_the_order_of_the_arguments() {
    timed(async {
        assert_eq!(gather([3, 1, 2].map(|n| after(n, n))).await, [3, 1, 2]);
        assert_eq!(second(), 3);
        let (word, number) = gather!(after(2, "two"), create_task(after(1, 1))).await;
        assert_eq!((word, number.unwrap()), ("two", 1));
    });
}

#[test]
fn gth_2_nothing_to_gather_is_an_empty_list_at_once() {
    let nothing = block_on(poll_once(gather(Vec::<std::future::Ready<u8>>::new())));
    assert_eq!(nothing, Some(Vec::new()));
}

#[test]
fn diff_gth_3_members_start_when_the_gather_is_awaited() {
    timed(async {
        let order = RefCell::new(Vec::new());
        let member = |n| {
            let order = &order;
            async move { order.borrow_mut().push(n) }
        };
        let all = gather([member(0), member(1), member(2)]);
        sleep(1).await;
        assert!(order.borrow().is_empty());
        all.await;
        assert_eq!(*order.borrow(), [0, 1, 2]);
    });
}

#[test]
fn gth_4_one_task_in_several_places_runs_once() {
    timed(async {
        let runs = Rc::new(Cell::new(0));
        let counted = runs.clone();
        let one = create_task(async move {
            counted.set(counted.get() + 1);
            after(1, 7).await
        })
        .shared();
        let all = gather([one.clone(), one.clone(), one]).await;
        assert_eq!(all.map_values(), [7, 7, 7]);
        assert_eq!(runs.get(), 1);

        let promised = create_future::<u8>();
        let setter = promised.clone();
        drop(create_task(async move { setter.set_result(5).unwrap() }));
        let (a, b) = gather!(promised.clone(), promised).await;
        assert_eq!((a.unwrap(), b.unwrap()), (5, 5));
    });
}

trait MapValues {
    fn map_values(self) -> Vec<i32>;
}

impl<E: std::fmt::Debug> MapValues for Vec<Result<i32, E>> {
    fn map_values(self) -> Vec<i32> {
        self.into_iter().map(Result::unwrap).collect()
    }
}

/// A waker finds its way from any executor: what runs on another thread stands beside what runs here.
#[test]
fn diff_gth_5_members_may_run_elsewhere() {
    use asyncio::{Event, Executor, install_spawn};
    use std::sync::Arc;

    let (executor, stop) = (Arc::new(Executor::new()), Arc::new(Event::new()));
    let thread = std::thread::spawn({
        let (executor, stop) = (executor.clone(), stop.clone());
        move || executor.run(stop.wait())
    });
    let (there, here) = asyncio::run(async {
        let _installed = install_spawn(executor.clone());
        let there = spawn(async { std::thread::current().id() });
        gather!(there, create_task(async { std::thread::current().id() })).await
    });
    stop.set();
    thread.join().unwrap();
    assert_ne!(there.unwrap(), here.unwrap());
}

#[test]
fn gth_7_the_first_failure_ends_it_at_once() {
    timed(async {
        let failed = try_gather!(
            create_task(after(9, Ok::<u8, String>(1))).flat(),
            create_task(after(1, Err::<u8, _>("bad".to_string()))).flat(),
        )
        .await;
        assert_eq!(failed.unwrap_err(), "bad");
        assert_eq!(second(), 1);
    });
}

/// A task of a `Result` as one `Result`.
trait Flat<T> {
    fn flat(self) -> impl Future<Output = Result<T, String>>;
}

impl<T> Flat<T> for asyncio::Task<Result<T, String>> {
    async fn flat(self) -> Result<T, String> {
        self.await.map_err(|e| e.to_string())?
    }
}

#[test]
fn diff_gth_8_tasks_go_on_after_a_failure_and_a_later_one_is_reported() {
    let reports = Rc::new(RefCell::new(Vec::new()));
    let kept = reports.clone();
    timed(async move {
        asyncio::get_running_loop().set_exception_handler(
            move |_loop: &asyncio::LoopRef, report: asyncio::Report| {
                kept.borrow_mut().push(report.to_string());
            },
        );
        let slow = watched("slow", after(3, Ok::<_, String>(())));
        let slow_ref = slow.task_ref();
        let late = asyncio::Task::builder().name("late").spawn(async {
            sleep(2).await;
            panics::<Result<(), String>>("boom").await
        });
        let failing = create_task(after(1, Err("bad".to_string())));
        let failed = try_gather([slow.flat(), late.flat(), failing.flat()]).await;
        assert!(failed.is_err());
        assert_eq!((second(), slow_ref.done()), (1, false));
        sleep(5).await;
        assert!(slow_ref.done());
        assert_eq!(slow_ref.cancelling(), 0);
    });
    let reports = reports.borrow();
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert!(reports[0].contains("late") && reports[0].contains("boom"), "{reports:?}");
}

#[test]
fn gth_9_with_return_exceptions_failures_stand_in_their_places() {
    timed(async {
        let members: Vec<Boxed<u8>> =
            vec![Box::pin(after(1, 1)), Box::pin(panics("boom")), Box::pin(after(3, 3))];
        let all = gather(members).return_exceptions().await;
        assert_eq!(second(), 3);
        assert_eq!(*all[0].as_ref().unwrap(), 1);
        assert!(all[1].as_ref().unwrap_err().is_panic());
        assert_eq!(*all[2].as_ref().unwrap(), 3);
    });
}

#[test]
fn gth_10_a_task_that_was_cancelled_is_a_failure_of_the_gather() {
    timed(async {
        let victim = create_task(never::<u8>());
        let sibling = create_task(after(3, 3));
        let sibling_ref = sibling.task_ref();
        ask_at(1, victim.task_ref());
        let failed: Result<(u8, u8), JoinError> = try_gather!(victim, sibling).await;
        assert!(failed.unwrap_err().is_cancelled());
        assert_eq!((second(), sibling_ref.done(), sibling_ref.cancelling()), (1, false, 0));
        assert_eq!(current_task().cancelling(), 0);
        yield_now().await;
    });
}

#[test]
fn gth_11_with_return_exceptions_a_cancelled_member_is_an_entry() {
    timed(async {
        let members: Vec<Boxed<u8>> = vec![
            Box::pin(async {
                current_task().cancel();
                never().await
            }),
            Box::pin(after(2, 2)),
        ];
        let all = gather(members).return_exceptions().await;
        assert!(all[0].as_ref().unwrap_err().is_cancelled());
        assert_eq!(*all[1].as_ref().unwrap(), 2);
        assert_eq!(current_task().cancelling(), 0);
    });
}

#[test]
fn gth_19_what_is_done_already_needs_no_turn() {
    timed(async {
        let done = [create_task(async { Ok(1) }), create_task(async { Err::<u8, _>("bad") })];
        sleep(1).await;
        let all = poll_once(gather(done)).await.expect("nothing to wait for");
        assert_eq!((all[0].as_ref().unwrap(), all[1].as_ref().unwrap()), (&Ok(1), &Err("bad")));

        let cancelled = create_task(never::<u8>());
        cancelled.cancel();
        sleep(1).await;
        let failed = poll_once(try_gather!(create_task(never::<u8>()), cancelled)).await;
        assert!(failed.expect("one has failed").unwrap_err().is_cancelled());
    });
}
