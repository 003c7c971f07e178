//! `call_soon` and done-callbacks.

use crate::support::{Log, quiet, reports, run, yield_now};
use asyncio_context::try_current_task;
use asyncio_executor::{LocalExecutor, ThreadPark, create_task, spawn};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::Poll;

#[test]
fn a_cancelled_handle_is_not_called() {
    let executor = LocalExecutor::new();
    let log = Log::default();
    let (a, b) = (log.clone(), log.clone());
    executor.call_soon(move || a.say("called"));
    let cancelled = executor.call_soon(move || b.say("not called"));
    assert!(cancelled.is_pending());
    cancelled.cancel();
    assert!(!cancelled.is_pending());
    executor.run_until(async {}, &mut ThreadPark::new()).unwrap();
    assert_eq!(log.take(), ["called"]);
}

#[test]
fn tsk_7_done_callbacks_come_through_the_loop_in_order() {
    let log = Log::default();
    run(async {
        let task = create_task(async {});
        for n in 0..3 {
            let log = log.clone();
            task.add_done_callback(move |task| log.say(format!("{n} {}", task.done())));
        }
        yield_now().await;
        assert!(task.done());
        assert!(log.take().is_empty(), "not synchronously");
        let late = log.clone();
        task.add_done_callback(move |_| late.say("late"));
        assert!(log.take().is_empty(), "nor for a task that is over");
        yield_now().await;
        assert_eq!(log.take(), ["0 true", "1 true", "2 true", "late"]);
    });
}

/// Polls the handle once, so that the reader waits from here on.
async fn begins_to_wait<T: Future + Unpin>(mut task: T) {
    poll_fn(|cx| {
        assert!(Pin::new(&mut task).poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}

/// Two callbacks, and a reader that begins to wait between them.
macro_rules! told_in_order {
    ($create:ident) => {
        let log = Arc::new(Mutex::new(Vec::new()));
        let say = |text: &'static str| {
            let log = log.clone();
            move |_| log.lock().unwrap().push(text)
        };
        run(async {
            let mut task = $create(yield_now());
            task.add_done_callback(say("before"));
            begins_to_wait(&mut task).await;
            task.add_done_callback(say("after"));
            (&mut task).await.unwrap();
            log.lock().unwrap().push("reader");
            yield_now().await;
        });
        assert_eq!(*log.lock().unwrap(), ["before", "reader", "after"]);
    };
}

#[test]
fn exe_5_reader_and_callbacks_are_told_in_the_order_in_which_they_came() {
    told_in_order!(create_task);
    told_in_order!(spawn);
}

#[test]
fn cld_2_cancelled_tells_how_a_task_ended() {
    run(async {
        let mut task = create_task(std::future::pending::<()>());
        let other = task.task_ref();
        assert!(task.cancel() && !task.cancelled());
        assert!(format!("{task:?}").contains("cancelling"), "{task:?}");
        assert!((&mut task).await.unwrap_err().is_cancelled());
        assert!(task.cancelled() && other.cancelled());
        task.uncancel();
        assert!(task.cancelled() && format!("{task:?}").contains("cancelled"), "{task:?}");
        let finished = spawn(async {});
        yield_now().await;
        assert!(finished.done() && !finished.cancelled());
    });
}

#[test]
fn tsk_8_a_callback_has_no_current_task() {
    run(async {
        let task = create_task(async {});
        task.add_done_callback(|_| assert!(try_current_task().is_none()));
        task.await.unwrap();
        yield_now().await;
    });
}

#[test]
fn tsk_10_a_callback_that_panics_is_reported_and_changes_nothing() {
    quiet();
    let (reported, _guard) = reports();
    let log = Log::default();
    let last = log.clone();
    let value = run(async {
        let task = create_task(async { 7 });
        task.add_done_callback(|_| panic!("boom in a callback"));
        task.add_done_callback(move |_| last.say("last"));
        let value = task.await.unwrap();
        yield_now().await;
        value
    });
    assert_eq!(value, 7);
    assert_eq!(log.take(), ["last"]);
    let reported = reported.take();
    assert_eq!(reported.len(), 1);
    assert!(
        reported[0].contains("boom in a callback") && reported[0].contains("callbacks.rs"),
        "{}",
        reported[0]
    );
}

asyncio_context::context_var! { static OF_CALLBACK: Option<Arc<Explosive>> = None; }

/// Panics when it is dropped, also while another panic goes on.
struct Explosive;

impl Drop for Explosive {
    fn drop(&mut self) {
        panic!("boom of a variable");
    }
}

#[test]
fn ll131_2_a_done_callback_that_panics_is_told_with_its_variables_which_may_panic_too() {
    quiet();
    let log = Log::default();
    let said = log.clone();
    let _guard = asyncio_context::report::enter_handler(Rc::new(move |report| {
        said.say(format!("{} {}", report.message, OF_CALLBACK.get().is_some()));
    }));
    run(async {
        let task = create_task(async {});
        let mut context = asyncio_context::copy_context();
        context.run(|| {
            OF_CALLBACK.set(Some(Arc::new(Explosive)));
            task.add_done_callback(|_| panic!("boom"));
        });
        drop(context);
        task.await.unwrap();
        yield_now().await;
    });
    let lines = log.take();
    assert_eq!(lines[0], "a callback panicked true");
    assert!(lines.len() == 2 && lines[1].starts_with("a context variable panicked"), "{lines:?}");
}
