//! What closing a loop leaves behind.

use crate::support::{Log, OnDrop, reports, yield_now};
use asyncio_executor::{LocalExecutor, ThreadPark, create_task};
use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;

fn turned(executor: &LocalExecutor) {
    executor.run_until(yield_now(), &mut ThreadPark::new()).unwrap();
}

#[test]
fn exe_14_futures_are_dropped_oldest_first_and_tasks_end_cancelled() {
    let log = Log::default();
    let executor = LocalExecutor::new();
    let tasks: Vec<_> = ["first", "second"]
        .into_iter()
        .map(|name| {
            let note = OnDrop(log.clone(), name);
            executor.create_task(async move {
                let _note = note;
                pending::<()>().await;
            })
        })
        .collect();
    turned(&executor);
    let refs: Vec<_> = tasks.iter().map(|task| task.task_ref()).collect();
    executor.close();
    executor.close();
    assert_eq!(log.take(), ["first", "second"]);
    assert!(refs.iter().all(|task| task.done() && !task.cancel()));
    for mut task in tasks {
        assert!(task.result().unwrap().unwrap_err().is_cancelled());
    }
    drop(executor);
    assert!(refs[0].name().starts_with("Task-"));
}

#[test]
fn a_result_that_was_there_can_be_read_after_the_close() {
    let executor = LocalExecutor::new();
    let mut task = executor.create_task(async { String::from("kept") });
    turned(&executor);
    drop(executor);
    assert_eq!(task.result().unwrap().unwrap(), "kept");
    assert!(task.result().is_none());
}

#[test]
fn handles_and_tasks_in_a_ring_of_references_do_not_keep_each_other() {
    let log = Log::default();
    let executor = LocalExecutor::new();
    let slot = Rc::new(RefCell::new(None));
    let (keep, note) = (slot.clone(), OnDrop(log.clone(), "dropped"));
    let task = executor.create_task(async move {
        let _note = note;
        let _own_handle = keep;
        pending::<()>().await;
    });
    *slot.borrow_mut() = Some(task);
    drop(slot);
    turned(&executor);
    assert!(log.take().is_empty());
    drop(executor);
    assert_eq!(log.take(), ["dropped"]);
}

#[test]
fn destructors_may_use_the_loop_that_is_being_closed() {
    struct Spawns(Log);
    impl Drop for Spawns {
        fn drop(&mut self) {
            let note = OnDrop(self.0.clone(), "dropped unpolled");
            let task = create_task(async move {
                let _note = note;
                unreachable!("the loop is being closed");
            });
            assert!(task.done());
            asyncio_executor::all_tasks();
        }
    }
    let log = Log::default();
    let executor = LocalExecutor::new();
    let spawns = Spawns(log.clone());
    drop(executor.create_task(async move {
        let _spawns = spawns;
        pending::<()>().await;
    }));
    let other = executor.create_task(pending::<()>());
    // A destructor that wakes a task which is dropped after it, and one that was before.
    let waker = Rc::new(RefCell::new(None::<std::task::Waker>));
    let slot = waker.clone();
    drop(executor.create_task(std::future::poll_fn(move |cx| {
        *slot.borrow_mut() = Some(cx.waker().clone());
        std::task::Poll::<()>::Pending
    })));
    turned(&executor);
    struct Wakes(Rc<RefCell<Option<std::task::Waker>>>);
    impl Drop for Wakes {
        fn drop(&mut self) {
            self.0.take().unwrap().wake();
        }
    }
    let wakes = Wakes(waker);
    drop(executor.create_task(async move {
        let _wakes = wakes;
        pending::<()>().await;
    }));
    drop(executor);
    assert_eq!(log.take(), ["dropped unpolled"]);
    assert!(other.done());
}

#[test]
#[should_panic(expected = "the loop is closed")]
fn a_closed_loop_takes_no_tasks() {
    let executor = LocalExecutor::new();
    executor.close();
    drop(executor.create_task(async {}));
}

#[test]
fn a_closed_loop_refuses_posts_and_drops_them() {
    let executor = LocalExecutor::new();
    let remote = executor.remote();
    let (send, receive) = std::sync::mpsc::channel::<()>();
    let early = send.clone();
    remote.post(move || drop(early)).unwrap();
    drop(executor);
    let error = remote.post(move || drop(send)).unwrap_err();
    assert_eq!(error.to_string(), "the event loop is closed");
    assert!(receive.recv().is_err(), "both functions were dropped");
    remote.unpark();
}

#[test]
fn a_loop_cannot_be_closed_in_its_own_turn() {
    crate::support::quiet();
    let (_, _guard) = reports();
    let executor = Rc::new(LocalExecutor::new());
    let inside = executor.clone();
    let error = executor.run_until(async move { inside.close() }, &mut ThreadPark::new());
    assert!(error.unwrap_err().to_string().contains("from within its own turn"));
}
