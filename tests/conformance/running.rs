//! Running and stopping a loop.

use crate::notes::*;
use asyncio::{
    EventLoop, create_future, create_task, get_running_loop, now, sleep, to_thread,
    try_get_running_loop, yield_now,
};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn stop() {
    get_running_loop().stop();
}

/// A future that says when it is polled.
fn told(polled: &Rc<Cell<bool>>) -> impl Future<Output = ()> + use<> {
    let polled = polled.clone();
    async move { polled.set(true) }
}

#[test]
fn ll8_1_run_forever_goes_on_until_stop() {
    let mut event_loop = virtual_loop();
    let notes = Notes::new();
    let said = notes.clone();
    let _task = event_loop.create_task(async move {
        for n in 0..3 {
            sleep(SECOND).await;
            said.say(n);
        }
        stop();
    });
    event_loop.run_forever();
    assert_eq!(notes.read(), "0 1 2");
}

#[test]
fn ll8_2_a_closed_loop_does_not_run() {
    let mut event_loop = virtual_loop();
    event_loop.close();
    assert!(panics_with(|| event_loop.run_forever()).contains("closed"));
}

#[test]
fn ll8_3_a_loop_does_not_run_inside_another_one() {
    let mut event_loop = virtual_loop();
    event_loop
        .run_until_complete(async {
            let text = panics_with(|| virtual_loop().run_forever());
            assert!(text.contains("running event loop"), "{text}");
        })
        .unwrap();
}

#[test]
fn ll8_4_after_such_a_failure_the_outer_run_goes_on() {
    asyncio::run_virtual(async {
        let mut inner = virtual_loop();
        panics_with(|| inner.run_forever());
        assert_eq!(
            create_task(async {
                sleep(SECOND).await;
                5
            })
            .await
            .unwrap(),
            5
        );
    });
}

#[test]
fn ll8_5_stopped_before_it_runs_it_takes_one_turn_without_waiting() {
    let mut event_loop = virtual_loop();
    let notes = Notes::new();
    let (first, second) = (notes.clone(), notes.clone());
    event_loop.call_soon(move || {
        first.say("queued");
        get_running_loop().call_soon(second.note("next"));
    });
    let began = event_loop.run_until_complete(async { now() }).unwrap();
    notes.read();
    event_loop.call_soon(notes.note("queued"));
    event_loop.loop_ref().stop();
    event_loop.run_forever();
    assert_eq!(notes.read(), "queued");
    assert_eq!(event_loop.run_until_complete(async { now() }).unwrap(), began);
}

#[test]
fn ll8_6_stopped_in_a_batch_the_batch_runs_to_its_end() {
    let mut event_loop = virtual_loop();
    let notes = Notes::new();
    let later = notes.clone();
    event_loop.call_soon(stop);
    event_loop.call_soon(move || {
        later.say("rest");
        get_running_loop().call_soon(later.note("kept"));
    });
    event_loop.run_forever();
    assert_eq!(notes.read(), "rest");
    event_loop.call_soon(stop);
    event_loop.run_forever();
    assert_eq!(notes.read(), "kept");
}

#[test]
fn ll8_7_after_a_run_nothing_of_it_is_left() {
    let mut event_loop = virtual_loop();
    event_loop.call_soon(stop);
    event_loop.run_forever();
    assert!(try_get_running_loop().is_none() && !event_loop.loop_ref().is_running());
    // The flag is cleared: this run does not end before its task stops it.
    let done = Rc::new(Cell::new(false));
    let seen = done.clone();
    let _task = event_loop.create_task(async move {
        sleep(SECOND).await;
        seen.set(true);
        stop();
    });
    event_loop.run_forever();
    assert!(done.get());
}

#[test]
fn ll8_8_it_may_run_any_number_of_times() {
    let mut event_loop = virtual_loop();
    for n in 0..3 {
        event_loop.call_soon(stop);
        event_loop.run_forever();
        assert_eq!(event_loop.run_until_complete(async move { n }).unwrap(), n);
    }
}

#[test]
fn diff_ll8_9_a_host_takes_turns_and_the_loop_runs_inside_them() {
    let mut event_loop = virtual_loop();
    let own = event_loop.loop_ref();
    let seen = Rc::new(Cell::new(false));
    let running = seen.clone();
    event_loop.call_soon(move || running.set(get_running_loop().is_running()));
    assert!(!own.is_running());
    event_loop.turn(Some(Duration::ZERO)).unwrap();
    assert!(seen.get() && !own.is_running());
}

#[test]
fn ll9_1_it_takes_a_future_a_task_or_a_deferred() {
    let mut event_loop = virtual_loop();
    assert_eq!(event_loop.run_until_complete(async { 1 }).unwrap(), 1);
    let task = event_loop.create_task(async { 2 });
    assert_eq!(event_loop.run_until_complete(task).unwrap().unwrap(), 2);
    let value = create_future();
    let sets = value.clone();
    event_loop.call_soon(move || sets.set_result(3).unwrap());
    assert_eq!(event_loop.run_until_complete(value).unwrap().unwrap(), 3);
}

#[test]
fn ll9_2_it_gives_the_result_or_the_failure() {
    let mut event_loop = virtual_loop();
    assert_eq!(event_loop.run_until_complete(async { Err::<(), _>("no") }).unwrap(), Err("no"));
    let failed = event_loop.run_until_complete(async { panic!("broken") });
    let error: asyncio::JoinError = failed.map(|never: ()| never).unwrap_err();
    assert_eq!(*error.into_panic().downcast::<&str>().unwrap(), "broken");
}

#[test]
fn ll9_4_stopped_before_the_future_is_done() {
    let mut event_loop = virtual_loop();
    event_loop.call_soon(stop);
    let error = event_loop.run_until_complete(std::future::pending::<()>()).unwrap_err();
    assert!(error.to_string().contains("stopped before the future completed"), "{error}");
}

#[test]
fn ll9_5_what_a_refused_run_was_given_is_never_polled() {
    let polled = Rc::new(Cell::new(false));
    let mut event_loop = virtual_loop();
    asyncio::run_virtual(async {
        let mut inner = virtual_loop();
        panics_with(|| inner.run_until_complete(told(&polled)));
    });
    event_loop.close();
    assert!(panics_with(|| event_loop.run_until_complete(told(&polled))).contains("closed"));
    assert!(!polled.get());
}

#[test]
fn ll9_6_callbacks_queued_before_the_end_run_and_theirs_do_not() {
    let mut event_loop = virtual_loop();
    let notes = Notes::new();
    let said = notes.clone();
    event_loop
        .run_until_complete(async move {
            let inner = said.clone();
            get_running_loop().call_soon(move || {
                inner.say("queued");
                get_running_loop().call_soon(inner.note("later"));
            });
        })
        .unwrap();
    assert_eq!(notes.read(), "queued");
}

#[test]
fn ll9_9_a_future_that_is_given_up_is_not_reported() {
    let mut event_loop = virtual_loop();
    event_loop.loop_ref().set_debug(true);
    let reports = reports(&event_loop.loop_ref());
    event_loop.call_soon(stop);
    event_loop.run_until_complete(std::future::pending::<()>()).unwrap_err();
    event_loop.close();
    assert!(reports.borrow().is_empty(), "{:?}", reports.borrow());
}

#[test]
fn ll10_1_stop_only_sets_a_flag() {
    let mut event_loop = virtual_loop();
    let notes = Notes::new();
    let said = notes.clone();
    event_loop.call_soon(move || {
        stop();
        said.say("after stop");
    });
    event_loop.run_forever();
    assert_eq!(notes.read(), "after stop");
}

#[test]
fn ll10_2_several_stops_are_one() {
    let mut event_loop = virtual_loop();
    event_loop.loop_ref().stop();
    event_loop.loop_ref().stop();
    event_loop.run_forever();
    let done = Rc::new(Cell::new(false));
    let seen = done.clone();
    event_loop.call_soon(|| {
        get_running_loop().call_soon(stop);
    });
    event_loop.call_soon(|| _ = get_running_loop().call_soon(move || seen.set(true)));
    event_loop.run_forever();
    assert!(done.get(), "the first two ended the first run only");
}

#[test]
fn ll10_3_another_thread_stops_it_by_a_call_on_the_loop() {
    let mut event_loop = EventLoop::new().unwrap();
    let handle = event_loop.handle();
    let thread = std::thread::spawn(move || handle.call_soon_threadsafe(stop).map(drop).unwrap());
    event_loop.run_forever();
    thread.join().unwrap();
}

#[test]
fn ll11_1_is_running_is_true_inside_a_run_for_every_thread() {
    let mut event_loop = virtual_loop();
    let handle = event_loop.handle();
    let ask = move || {
        let handle = handle.clone();
        std::thread::spawn(move || handle.is_running()).join().unwrap()
    };
    assert!(!ask());
    let inside = ask.clone();
    assert!(event_loop.run_until_complete(async move { inside() }).unwrap());
    assert!(!ask());
}

#[test]
fn ll12_1_is_closed_is_true_from_close_on() {
    let mut event_loop = virtual_loop();
    let (handle, own) = (event_loop.handle(), event_loop.loop_ref());
    assert!(!event_loop.is_closed() && !handle.is_closed() && !own.is_closed());
    event_loop.close();
    panics_with(|| event_loop.run_until_complete(async {}));
    assert!(event_loop.is_closed() && handle.is_closed() && own.is_closed());
}

#[test]
fn ll13_2_closing_twice_is_closing_once() {
    let mut event_loop = virtual_loop();
    event_loop.close();
    event_loop.close();
    assert!(event_loop.is_closed());
}

#[test]
fn ll13_3_closing_drops_callbacks_and_timers_uncalled() {
    let mut event_loop = virtual_loop();
    let kept = Rc::new(());
    let (soon, later) = (kept.clone(), kept.clone());
    event_loop.call_soon(move || unreachable!("{soon:?}"));
    event_loop.loop_ref().call_later(SECOND, move || unreachable!("{later:?}"));
    assert_eq!(Rc::strong_count(&kept), 3);
    event_loop.close();
    assert_eq!(Rc::strong_count(&kept), 1);
}

#[test]
fn ll13_4_closing_waits_for_no_thread() {
    let mut event_loop = EventLoop::new().unwrap();
    let (go, gone) = mpsc::channel::<()>();
    let (said, says) = mpsc::channel();
    let _task = event_loop.create_task(to_thread(move || {
        said.send(()).unwrap();
        gone.recv().unwrap();
        said.send(()).unwrap();
    }));
    event_loop.run_until_complete(yield_now()).unwrap();
    says.recv().unwrap();
    event_loop.close();
    // The call still waits, after the close, for this.
    go.send(()).unwrap();
    says.recv().unwrap();
}

#[test]
fn ll13_6_closing_gives_all_descriptors_back() {
    if is_alone() {
        let count = || std::fs::read_dir("/proc/self/fd").unwrap().count();
        drop(EventLoop::new().unwrap());
        let before = count();
        let mut loops: Vec<_> = (0..5).map(|_| EventLoop::new().unwrap()).collect();
        assert!(count() >= before + 5);
        loops.iter_mut().for_each(EventLoop::close);
        assert_eq!(count(), before);
        return;
    }
    alone("running::ll13_6_closing_gives_all_descriptors_back", &[]);
}

#[test]
fn ll13_7_a_closed_loop_refuses_what_would_need_it() {
    let mut event_loop = virtual_loop();
    let (own, handle) = (event_loop.loop_ref(), event_loop.handle());
    event_loop.close();
    let refused = [
        panics_with(|| own.call_soon(|| ())),
        panics_with(|| own.call_later(SECOND, || ())),
        panics_with(|| own.call_at(own.time(), || ())),
        panics_with(|| own.create_task(async {})),
        panics_with(|| event_loop.run_until_complete(async {})),
        panics_with(|| event_loop.run_forever()),
    ];
    assert!(refused.iter().all(|text| text.contains("closed")), "{refused:?}");
    assert!(handle.call_soon_threadsafe(|| ()).is_err());
}

#[test]
fn ll13_8_a_deferred_can_be_made_after_the_close() {
    let mut event_loop = virtual_loop();
    event_loop.close();
    let value = create_future();
    value.set_result(1).unwrap();
    assert_eq!(value.result().unwrap().unwrap(), 1);
}

#[test]
fn diff_ll13_9_dropping_a_loop_closes_it() {
    let event_loop = virtual_loop();
    let handle = event_loop.handle();
    drop(event_loop);
    assert!(handle.is_closed());
}

#[test]
fn ll13_10_what_outlives_the_loop_can_be_written() {
    let mut event_loop = virtual_loop();
    let own = event_loop.loop_ref();
    let timer = own.call_later(SECOND, || ());
    let soon = own.call_soon(|| ());
    let task = event_loop.create_task(std::future::pending::<()>());
    event_loop.close();
    let text = format!("{event_loop:?} {own:?} {timer:?} {soon:?} {task:?} {:?}", own.handle());
    assert!(text.contains("closed: true"), "{text}");
}

#[test]
fn ll15_1_it_waits_for_the_calls_without_blocking_the_loop() {
    asyncio::run(async {
        let (go, gone) = mpsc::channel::<()>();
        let call = create_task(to_thread(move || gone.recv().unwrap()));
        yield_now().await;
        let shutdown = create_task(get_running_loop().shutdown_default_executor());
        yield_now().await;
        assert!(!shutdown.done(), "the call still waits");
        go.send(()).unwrap();
        shutdown.await.unwrap();
        call.await.unwrap().unwrap();
    });
}

#[test]
fn ll15_2_from_then_on_calls_are_refused() {
    asyncio::run(async {
        let event_loop = get_running_loop();
        event_loop.shutdown_default_executor().await;
        assert!(event_loop.run_in_executor(None, || 1).await.unwrap_err().is_shut_down());
        let own = asyncio::ThreadPoolExecutor::new(1);
        assert_eq!(event_loop.run_in_executor(Some(&own), || 2).await.unwrap(), 2);
    });
}

#[test]
fn ll15_3_without_a_call_it_returns_at_once() {
    asyncio::run_virtual(async {
        let began = now();
        get_running_loop().shutdown_default_executor().await;
        assert_eq!(now(), began);
        assert!(get_running_loop().run_in_executor(None, || ()).await.unwrap_err().is_shut_down());
    });
}

#[test]
fn diff_ll15_4_a_limit_is_a_timeout_around_it() {
    asyncio::run(async {
        let (go, gone) = mpsc::channel::<()>();
        let call = create_task(to_thread(move || gone.recv().unwrap()));
        yield_now().await;
        let shutdown = get_running_loop().shutdown_default_executor();
        let in_time = asyncio::timeout(Duration::from_millis(1), async |_| shutdown.await).await;
        assert!(in_time.is_err());
        go.send(()).unwrap();
        call.await.unwrap().unwrap();
    });
}

#[test]
fn ll15_6_a_cancelled_wait_leaves_the_calls_refused() {
    asyncio::run(async {
        let (go, gone) = mpsc::channel::<()>();
        let call = create_task(to_thread(move || gone.recv().unwrap()));
        yield_now().await;
        let shutdown = create_task(get_running_loop().shutdown_default_executor());
        yield_now().await;
        shutdown.cancel();
        assert!(shutdown.await.unwrap_err().is_cancelled());
        assert!(get_running_loop().run_in_executor(None, || ()).await.unwrap_err().is_shut_down());
        go.send(()).unwrap();
        call.await.unwrap().unwrap();
    });
}

#[test]
fn ll16_1_time_never_goes_back() {
    asyncio::run(async {
        let event_loop = get_running_loop();
        let (before, after) = (event_loop.time(), event_loop.time());
        assert!(after >= before);
    });
}

#[test]
fn ll16_2_deadlines_are_on_its_scale_which_tests_can_move() {
    asyncio::run_virtual(async {
        let event_loop = get_running_loop();
        let when = event_loop.time() + 86_400 * SECOND;
        let timer = event_loop.call_at(when, stop_nothing);
        assert_eq!(timer.when(), Some(when));
        sleep(86_400 * SECOND).await;
        assert_eq!(event_loop.time(), when);
    });
}

fn stop_nothing() {}
