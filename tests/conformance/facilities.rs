//! Low-level facilities.

use crate::notes::*;
use asyncio::{
    Task, ThreadPoolExecutor, create_future, create_task, gather, get_running_loop,
    run_in_executor, scoped, sleep, try_get_running_loop, wait_for, yield_now,
};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn grl_1_the_loop_of_this_thread_or_a_panic() {
    assert!(panics_with(get_running_loop).contains("no running event loop"));
    let mut event_loop = virtual_loop();
    let own = event_loop.loop_ref();
    assert!(event_loop.run_until_complete(async move { get_running_loop() == own }).unwrap());
}

#[test]
fn grl_2_in_futures_and_callbacks_alike() {
    asyncio::run_virtual(async {
        let own = get_running_loop();
        let seen = Rc::new(Cell::new(false));
        let sees = seen.clone();
        get_running_loop().call_soon(move || sees.set(get_running_loop() == own));
        yield_now().await;
        assert!(seen.get());
    });
}

#[test]
fn diff_gel_1_inside_a_loop_it_is_got_by_get_running_loop() {
    asyncio::run_virtual(async { assert!(get_running_loop().is_running()) });
}

#[test]
fn diff_gel_2_outside_a_loop_there_is_none_to_get() {
    let _event_loop = virtual_loop();
    assert!(try_get_running_loop().is_none());
}

#[test]
fn ruc_1_it_runs_until_the_future_is_done() {
    let mut event_loop = virtual_loop();
    let task = event_loop.create_task(async {
        sleep(SECOND).await;
        2
    });
    assert_eq!(event_loop.run_until_complete(task).unwrap().unwrap(), 2);
    let failed = event_loop.run_until_complete(async { panic!("broken") });
    let failed: Result<(), _> = failed;
    assert!(failed.unwrap_err().is_panic());
}

#[test]
fn ruc_2_stopped_earlier_it_is_an_error() {
    let mut event_loop = virtual_loop();
    event_loop.call_soon(|| get_running_loop().stop());
    let error = event_loop.run_until_complete(std::future::pending::<()>()).unwrap_err();
    assert!(error.to_string().contains("stopped before the future completed"), "{error}");
}

#[test]
fn ruc_3_a_closed_loop_and_a_run_in_a_run_are_refused() {
    let mut event_loop = virtual_loop();
    asyncio::run_virtual(async {
        assert!(panics_with(|| virtual_loop().run_until_complete(async {})).contains("running"));
    });
    event_loop.close();
    assert!(panics_with(|| event_loop.run_until_complete(async {})).contains("closed"));
}

#[test]
fn ruc_4_other_tasks_run_meanwhile_and_go_on_in_the_next_run() {
    let mut event_loop = virtual_loop();
    let notes = Notes::new();
    let said = notes.clone();
    let other = event_loop.create_task(async move {
        for n in 0..4 {
            said.say(n);
            sleep(2 * SECOND).await;
        }
    });
    event_loop.run_until_complete(sleep(3 * SECOND)).unwrap();
    assert_eq!(notes.read(), "0 1");
    assert!(!other.done());
    event_loop.run_until_complete(other).unwrap().unwrap();
    assert_eq!(notes.read(), "2 3");
}

#[test]
fn rie_1_it_hands_in_the_function_and_gives_its_result_or_failure() {
    asyncio::run(async {
        let event_loop = get_running_loop();
        assert_eq!(event_loop.run_in_executor(None, || 1).await.unwrap(), 1);
        let failed: Result<(), _> = event_loop.run_in_executor(None, || panic!("broken")).await;
        assert!(failed.unwrap_err().is_panic());
    });
}

#[test]
fn rie_2_the_call_hands_it_in_awaited_or_not() {
    asyncio::run(async {
        let (said, says) = mpsc::channel();
        let call = get_running_loop().run_in_executor(None, move || said.send(1).unwrap());
        assert_eq!(says.recv(), Ok(1));
        call.await.unwrap();
    });
}

#[test]
fn rie_3_it_carries_no_variables() {
    asyncio::context_var! { static NUMBER: u32 = 0; }
    asyncio::run(async {
        NUMBER.set(1);
        let seen = get_running_loop().run_in_executor(None, || NUMBER.get());
        assert_eq!(seen.await.unwrap(), 0);
    });
}

#[test]
fn rie_4_cancelled_a_call_that_has_not_begun_does_not_begin() {
    asyncio::run(async {
        let pool = ThreadPoolExecutor::new(1);
        let (go, gone) = mpsc::channel::<()>();
        let (begun, begins) = mpsc::channel();
        let first = create_task(run_in_executor(&pool, move || {
            begun.send(()).unwrap();
            gone.recv().unwrap();
        }));
        let second = create_task(run_in_executor(&pool, || unreachable!()));
        begins.recv().unwrap();
        yield_now().await;
        // The first runs, and goes on although nobody wants it; the second never runs.
        second.cancel();
        first.cancel();
        let ended: Result<Result<(), _>, _> = second.await;
        assert!(ended.is_err_and(|error| error.is_cancelled()));
        assert!(first.await.unwrap_err().is_cancelled());
        go.send(()).unwrap();
        assert_eq!(run_in_executor(&pool, || 3).await.unwrap(), 3);
    });
}

#[test]
fn rie_5_an_executor_of_ones_own_outlives_the_run() {
    let pool = ThreadPoolExecutor::new(1);
    for n in 0..2 {
        let called = asyncio::run(async { run_in_executor(&pool, move || n).await });
        assert_eq!(called.unwrap(), n);
    }
}

#[test]
fn rie_6_after_the_shutdown_of_the_default_one_it_is_an_error() {
    asyncio::run(async {
        get_running_loop().shutdown_default_executor().await;
        let refused = get_running_loop().run_in_executor(None, || 1).await;
        assert!(refused.unwrap_err().is_shut_down());
    });
}

#[test]
fn diff_fut_1_a_result_is_none_while_it_is_pending() {
    let (pending, set, failed, cancelled) = (
        create_future::<u32>(),
        create_future::<u32>(),
        create_future::<u32>(),
        create_future::<u32>(),
    );
    set.set_result(1).unwrap();
    failed.set_exception("no");
    cancelled.cancel();
    assert!(pending.result().is_none());
    assert_eq!(set.result().unwrap().unwrap(), 1);
    assert_eq!(failed.result().unwrap().unwrap_err().to_string(), "no");
    assert!(cancelled.result().unwrap().unwrap_err().is_cancelled());
}

#[test]
fn fut_2_set_result_completes_it_once_and_queues_the_callbacks() {
    asyncio::run_virtual(async {
        let value = create_future::<u32>();
        let (said, says) = mpsc::channel();
        value.add_done_callback(move |_| said.send(()).unwrap());
        value.set_result(1).unwrap();
        assert_eq!(value.set_result(2), Err(2));
        assert!(says.try_recv().is_err());
        yield_now().await;
        assert!(says.try_recv().is_ok());
    });
}

#[test]
fn fut_3_cancel_works_at_once_and_only_in_time() {
    let (pending, done) = (create_future::<u32>(), create_future::<u32>());
    assert!(pending.cancel() && pending.cancelled());
    done.set_result(1).unwrap();
    assert!(!done.cancel() && !done.cancelled());
}

#[test]
fn fut_4_awaiting_it_suspends_until_it_is_done() {
    asyncio::run_virtual(async {
        let value = create_future::<u32>();
        let task = create_task(value.clone().into_future());
        yield_now().await;
        assert!(!task.done());
        value.set_result(5).unwrap();
        assert_eq!(task.await.unwrap().unwrap(), 5);
    });
}

#[test]
fn dbg_1_a_slow_step_is_reported() {
    let mut event_loop = virtual_loop();
    let own = event_loop.loop_ref();
    own.set_debug(true);
    assert_eq!(own.slow_callback_duration(), Duration::from_millis(100));
    own.set_slow_callback_duration(Duration::from_millis(1));
    let reports = reports(&own);
    event_loop
        .run_until_complete(async {
            let slow = async {
                let began = Instant::now();
                while began.elapsed() < Duration::from_millis(1) {}
            };
            Task::builder().name("slow").spawn(slow).await.unwrap();
        })
        .unwrap();
    let told = reports.borrow().iter().any(|report| report.to_string().contains("task: slow"));
    assert!(told, "{:?}", reports.borrow());
}

#[test]
fn dbg_4_a_report_tells_where_the_task_was_made() {
    asyncio::run_virtual(async {
        let reports = reports(&get_running_loop());
        let line = line!() + 1;
        let task: Task<()> = create_task(async { panic!("broken") });
        drop(task);
        yield_now().await;
        let at = reports.borrow()[0].location.unwrap();
        assert_eq!((at.file(), at.line()), (file!(), line));
    });
}

/// What somebody else's library might have: a thing that can be awaited.
struct Answer(u32);

impl IntoFuture for Answer {
    type Output = u32;
    type IntoFuture = std::future::Ready<u32>;

    fn into_future(self) -> Self::IntoFuture {
        std::future::ready(self.0)
    }
}

#[test]
fn awp_1_whatever_can_be_awaited_can_be_run_and_waited_for() {
    assert_eq!(asyncio::run_virtual(Answer(1)), 1);
    asyncio::run_virtual(async {
        assert_eq!(Answer(2).await, 2);
        assert_eq!(gather!(Answer(3).into_future(), async { Answer(4).await }).await, (3, 4));
        assert_eq!(wait_for(Answer(5).into_future(), SECOND).await.unwrap(), 5);
        assert_eq!(asyncio::shield(Answer(6).into_future()).await.unwrap(), 6);
        let task = create_task(Answer(7).into_future());
        assert_eq!(task.await.unwrap(), 7);
    });
}

#[test]
fn awp_2_a_resource_is_released_by_code_that_awaits_also_when_the_body_is_cancelled() {
    asyncio::run_virtual(async {
        let notes = Notes::new();
        let said = notes.clone();
        let task = create_task(scoped(
            notes.clone(),
            async |notes: &mut Notes| {
                notes.say("enter");
                sleep(9 * SECOND).await;
                notes.say("not here");
            },
            async |notes: Notes| {
                sleep(SECOND).await;
                notes.say("released");
            },
        ));
        yield_now().await;
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(said.read(), "enter released");
    });
}
