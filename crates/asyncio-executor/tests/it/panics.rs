//! A panic anywhere ends what it is in, and nothing else.

use crate::support::{Bomb, Log, quiet, reports, run, yield_now};
use asyncio_executor::{LocalExecutor, Task, ThreadPark, create_task, spawn};
use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

#[test]
fn in_a_task_it_is_the_result() {
    quiet();
    run(async {
        let task = create_task(async { panic!("boom 1") });
        let error: asyncio_context::JoinError = task.await.unwrap_err();
        assert!(error.is_panic());
        assert_eq!(error.into_panic().downcast_ref::<&str>(), Some(&"boom 1"));
        let shared = spawn(async { panic!("boom 2") });
        assert!(shared.await.unwrap_err().is_panic());
    });
}

#[test]
fn of_main_it_is_the_result_and_the_loop_goes_on() {
    quiet();
    let executor = LocalExecutor::new();
    let error = executor.run_until(async { panic!("boom") }, &mut ThreadPark::new());
    assert!(error.unwrap_err().is_panic());
    assert_eq!(executor.run_until(async { 1 }, &mut ThreadPark::new()).unwrap(), 1);
}

#[test]
fn exe_13_an_unread_panic_is_reported_with_name_and_place() {
    quiet();
    for handle_first in [true, false] {
        let (reported, _guard) = reports();
        run(async {
            let task = create_task(async { panic!("boom unread") });
            task.set_name("lost");
            if handle_first {
                drop(task);
                yield_now().await;
            } else {
                yield_now().await;
                drop(task);
            }
        });
        let reported = reported.take();
        assert_eq!(reported.len(), 1);
        for part in ["never retrieved", "lost", "boom unread", "panics.rs"] {
            assert!(reported[0].contains(part), "{part} in {}", reported[0]);
        }
    }
}

#[test]
fn in_a_destructor_of_a_future_it_is_the_result() {
    quiet();
    run(async {
        let bomb = Bomb("boom on drop");
        let task = create_task(poll_fn(move |_| {
            let _ = &bomb;
            Poll::Ready(1)
        }));
        assert!(task.await.unwrap_err().is_panic());
        let bomb = Bomb("boom on cancel");
        let task = create_task(async move {
            let _bomb = bomb;
            pending::<()>().await;
        });
        yield_now().await;
        task.cancel();
        assert!(task.await.unwrap_err().is_panic());
    });
}

#[test]
fn in_a_destructor_of_a_result_nobody_reads_it_is_reported() {
    quiet();
    let (reported, _guard) = reports();
    run(async {
        drop(create_task(async { Bomb("boom 1") }));
        let unread = create_task(async { Bomb("boom 2") });
        let shared = spawn(async { Bomb("boom 3") });
        yield_now().await;
        yield_now().await;
        drop(unread);
        drop(shared);
    });
    let reported = reported.take();
    assert_eq!(reported.len(), 3, "{reported:?}");
    assert!((0..3).all(|n| reported[n].contains(&format!("boom {}", n + 1))));
}

/// Panics when it is woken.
struct Rude;

impl Wake for Rude {
    fn wake(self: Arc<Self>) {
        panic!("boom in a waker");
    }
}

#[test]
fn in_a_waker_it_is_reported_and_the_task_is_over_all_the_same() {
    quiet();
    let (reported, _guard) = reports();
    run(async {
        let mut task = create_task(async { 5 });
        let mut shared = spawn(async { 6 });
        let rude = Waker::from(Arc::new(Rude));
        let mut cx = Context::from_waker(&rude);
        assert!(std::pin::pin!(&mut task).poll(&mut cx).is_pending());
        assert!(std::pin::pin!(&mut shared).poll(&mut cx).is_pending());
        yield_now().await;
        assert_eq!(task.result().unwrap().unwrap(), 5);
        assert_eq!(shared.result().unwrap().unwrap(), 6);
    });
    assert_eq!(reported.take().len(), 2);
}

#[test]
fn in_machinery_it_is_reported() {
    quiet();
    let (reported, _guard) = reports();
    let executor = LocalExecutor::new();
    executor.spawn_hidden(async { panic!("boom hidden") });
    executor.run_until(async {}, &mut ThreadPark::new()).unwrap();
    assert!(reported.take()[0].contains("boom hidden"));
}

#[test]
fn while_a_loop_is_closed_the_rest_is_dropped_too() {
    quiet();
    let (reported, _guard) = reports();
    let log = Log::default();
    let executor = LocalExecutor::new();
    let bomb = Bomb("boom at close");
    let task = executor.create_task(async move {
        let _bomb = bomb;
        pending::<()>().await;
    });
    let note = crate::support::OnDrop(log.clone(), "dropped");
    drop(executor.create_task(async move {
        let _note = note;
        pending::<()>().await;
    }));
    let (bomb, note) =
        (Bomb("boom in a callback"), crate::support::OnDrop(log.clone(), "callback dropped"));
    executor.call_soon(move || drop(bomb));
    executor.call_soon(move || drop(note));
    executor.remote().post(|| ()).unwrap();
    drop(executor);
    assert_eq!(log.take(), ["callback dropped", "dropped"]);
    assert!(task.done());
    drop(task);
    let reported = reported.take();
    assert_eq!(reported.len(), 2, "{reported:?}");
}

#[test]
fn in_the_handler_of_reports_or_in_an_errors_text_the_loop_is_as_before() {
    struct Dud;
    impl std::fmt::Display for Dud {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("boom in Display")
        }
    }
    quiet();
    let _guard = asyncio_context::report::enter_handler(std::rc::Rc::new(|_| panic!("boom again")));
    let executor = LocalExecutor::new();
    drop(executor.create_task(async { panic!("boom unread") }));
    let left = executor.run_until(
        async {
            drop(Task::builder().reported().spawn(async { Err::<(), Dud>(Dud) }));
            yield_now().await;
            yield_now().await;
            asyncio_executor::all_tasks().len()
        },
        &mut ThreadPark::new(),
    );
    assert_eq!((left.unwrap(), executor.all_tasks().len()), (1, 0), "main alone, and then nobody");
    executor.close();
}
