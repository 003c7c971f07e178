//! The loop itself: callbacks, timers, order, other threads.

use asyncio::{
    EventLoop, RemoteError, create_task, get_running_loop, now, run_virtual, sleep, to_thread,
};
use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Notes taken by callbacks.
#[derive(Clone, Default)]
struct Trace(Rc<RefCell<Vec<&'static str>>>);

impl Trace {
    fn note(&self, what: &'static str) -> impl FnOnce() + 'static {
        let notes = self.0.clone();
        move || notes.borrow_mut().push(what)
    }

    fn notes(&self) -> Vec<&'static str> {
        self.0.borrow().clone()
    }
}

#[test]
fn ll17_1_ll17_2_ll17_3_callbacks_in_order_and_later() {
    run_virtual(async {
        let (trace, event_loop) = (Trace::default(), get_running_loop());
        event_loop.call_soon(trace.note("a"));
        event_loop.call_soon({
            let (trace, event_loop) = (trace.clone(), event_loop.clone());
            move || drop(event_loop.call_soon(trace.note("next batch")))
        });
        event_loop.call_soon(trace.note("b"));
        assert!(trace.notes().is_empty());
        sleep(s(0)).await;
        assert_eq!(trace.notes(), ["a", "b"]);
        sleep(s(0)).await;
        assert_eq!(trace.notes(), ["a", "b", "next batch"]);
    });
}

#[test]
fn exe_2_callbacks_that_call_themselves_again_starve_no_timer() {
    fn again(event_loop: asyncio::LoopRef) {
        let next = event_loop.clone();
        event_loop.call_soon(move || again(next));
    }
    asyncio::run(async {
        again(get_running_loop());
        sleep(Duration::from_millis(2)).await;
    });
}

#[test]
fn ll1_10_ll21_1_a_cancelled_callback_is_not_called() {
    run_virtual(async {
        let (trace, event_loop) = (Trace::default(), get_running_loop());
        let second = Rc::new(RefCell::new(None::<asyncio::Handle>));
        event_loop.call_soon({
            let second = second.clone();
            move || second.take().expect("it is there").cancel()
        });
        *second.borrow_mut() = Some(event_loop.call_soon(trace.note("cancelled in its batch")));
        sleep(s(0)).await;
        assert!(trace.notes().is_empty());
    });
}

#[test]
fn ll19_ll20_timers_by_deadline_and_in_order() {
    run_virtual(async {
        let (trace, event_loop) = (Trace::default(), get_running_loop());
        event_loop.call_later(s(2), trace.note("2"));
        event_loop.call_later(s(1), trace.note("1a"));
        event_loop.call_at(now() + s(1), trace.note("1b"));
        event_loop.call_later(Duration::MAX, trace.note("never"));
        let unwanted = event_loop.call_later(s(1), trace.note("cancelled"));
        assert!(!unwanted.cancelled());
        unwanted.cancel();
        assert!(unwanted.cancelled());
        sleep(s(3)).await;
        assert_eq!(trace.notes(), ["1a", "1b", "2"]);
    });
}

#[test]
fn ll1_7_a_timer_of_zero_comes_after_what_is_ready() {
    run_virtual(async {
        let (trace, event_loop) = (Trace::default(), get_running_loop());
        event_loop.call_later(Duration::ZERO, trace.note("timer"));
        event_loop.call_soon(trace.note("soon"));
        sleep(Duration::from_millis(1)).await;
        let mut notes = trace.notes();
        notes.sort_unstable();
        assert_eq!(notes, ["soon", "timer"]);
    });
}

#[test]
fn ll22_2_timer_handles_are_ordered_by_time() {
    run_virtual(async {
        let event_loop = get_running_loop();
        let late = event_loop.call_later(s(2), || ());
        let early = event_loop.call_later(s(1), || ());
        let never = event_loop.call_later(Duration::MAX, || ());
        assert!(early < late && late < never && never.when().is_none());
    });
}

#[test]
fn ll8_5_ll8_6_ll10_stop() {
    let mut event_loop = EventLoop::builder().virtual_time(true).build().unwrap();
    let trace = Trace::default();
    event_loop.call_soon(trace.note("queued before"));
    event_loop.loop_ref().stop();
    event_loop.loop_ref().stop(); // LL10-2
    event_loop.run_forever();
    assert_eq!(trace.notes(), ["queued before"]);
    event_loop.call_soon({
        let (trace, event_loop) = (trace.clone(), event_loop.loop_ref());
        move || {
            event_loop.stop();
            event_loop.call_soon(trace.note("queued by the last batch"));
        }
    });
    event_loop.call_soon(trace.note("rest of the batch"));
    event_loop.run_forever();
    assert_eq!(trace.notes(), ["queued before", "rest of the batch"]);
    event_loop.loop_ref().stop();
    event_loop.run_forever();
    assert_eq!(trace.notes(), ["queued before", "rest of the batch", "queued by the last batch"]);
}

#[test]
fn ll9_4_a_loop_stopped_before_its_future_is_done() {
    let mut event_loop = EventLoop::new().unwrap();
    let stopper = event_loop.loop_ref();
    event_loop.call_soon(move || stopper.stop());
    let error = event_loop.run_until_complete(pending::<()>()).unwrap_err();
    assert_eq!(error.message(), Some("the event loop was stopped before the future completed"));
}

#[test]
fn ll18_1_ll18_2_calls_from_other_threads_wake_the_loop_and_keep_order() {
    asyncio::run(async {
        let handle = get_running_loop().handle();
        let (notes, noted) = mpsc::channel();
        let (done, is_done) =
            (Rc::new(asyncio::Event::new()), std::sync::Arc::new(asyncio::Event::new()));
        drop(done);
        let wake = is_done.clone();
        let caller = thread::spawn(move || {
            for n in 0..100 {
                let notes = notes.clone();
                handle.call_soon_threadsafe(move || notes.send(n).unwrap()).unwrap();
            }
            let cancelled = handle.call_soon_threadsafe(move || wake.set()).unwrap();
            assert!(!cancelled.cancelled());
        });
        is_done.wait().await;
        caller.join().unwrap();
        assert_eq!(noted.try_iter().collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
    });
}

#[test]
fn ll46_1_ll46_2_a_coroutine_from_another_thread() {
    asyncio::run(async {
        let handle = get_running_loop().handle();
        let answer = to_thread(move || {
            handle
                .run_coroutine_threadsafe(|| async {
                    let not_send = Rc::new(41);
                    sleep(Duration::from_millis(1)).await;
                    *not_send + 1
                })
                .wait()
        });
        assert_eq!(answer.await.unwrap().unwrap(), 42);
    });
}

#[test]
fn ll46_3_ll46_4_cancelled_and_timed_out_from_another_thread() {
    asyncio::run(async {
        let handle = get_running_loop().handle();
        let outcome = to_thread(move || {
            let mut task = handle.run_coroutine_threadsafe(pending::<()>);
            let too_early = task.wait_timeout(Duration::from_millis(1));
            assert!(matches!(too_early, Err(RemoteError::Timeout)) && !task.done());
            assert!(task.cancel());
            task.wait()
        });
        let error = outcome.await.unwrap().unwrap_err();
        assert!(
            matches!(&error, RemoteError::Join(error) if error.is_cancelled())
                || matches!(error, RemoteError::Cancelled)
        );
    });
}

#[test]
fn a_coroutine_that_the_loop_drops_is_an_error_for_the_thread() {
    let mut event_loop = EventLoop::new().unwrap();
    let handle = event_loop.handle();
    let task = handle.run_coroutine_threadsafe(pending::<()>);
    event_loop.run_until_complete(sleep(Duration::ZERO)).unwrap();
    event_loop.close();
    assert!(matches!(task.wait(), Err(RemoteError::Join(_) | RemoteError::LoopClosed)));
}

#[test]
fn a_wait_on_the_own_thread_says_so_instead_of_hanging() {
    let mut event_loop = EventLoop::new().unwrap();
    let handle = event_loop.handle();
    let waited = event_loop
        .run_until_complete(async move { handle.run_coroutine_threadsafe(|| async {}).wait() });
    assert!(waited.unwrap_err().to_string().contains("await it"));
}

#[test]
fn ll11_1_is_running() {
    let mut event_loop = EventLoop::new().unwrap();
    let handle = event_loop.handle();
    assert!(!handle.is_running());
    let inside = handle.clone();
    assert!(event_loop.run_until_complete(async move { inside.is_running() }).unwrap());
    assert!(!handle.is_running());
    drop(event_loop);
    assert!(handle.is_closed());
}

#[test]
fn destructors_of_a_closed_loop_still_find_it() {
    struct Asks(Rc<RefCell<bool>>);
    impl Drop for Asks {
        fn drop(&mut self) {
            *self.0.borrow_mut() = asyncio::try_get_running_loop().is_some();
        }
    }
    let found = Rc::new(RefCell::new(false));
    let mut event_loop = EventLoop::new().unwrap();
    let asks = Asks(found.clone());
    drop(event_loop.create_task(async move {
        let _asks = asks;
        pending::<()>().await
    }));
    event_loop.run_until_complete(async { drop(create_task(async {})) }).unwrap();
    drop(event_loop);
    assert!(*found.borrow());
}

#[test]
fn ll18_2_calls_of_the_loops_own_thread_are_one_queue() {
    thread_local!(static TRACE: Trace = Trace::default());
    run_virtual(async {
        let event_loop = get_running_loop();
        event_loop.handle().call_soon_threadsafe(|| TRACE.with(|t| t.note("first")())).unwrap();
        event_loop.call_soon(|| TRACE.with(|t| t.note("second")()));
        event_loop.handle().call_soon_threadsafe(|| TRACE.with(|t| t.note("third")())).unwrap();
        sleep(s(1)).await;
        assert_eq!(TRACE.with(Trace::notes), ["first", "second", "third"]);
    });
}

#[test]
fn ll46_6_a_panic_while_the_coroutine_is_made_is_its_own() {
    let mut event_loop = EventLoop::new().unwrap();
    let task = event_loop
        .handle()
        .run_coroutine_threadsafe(|| -> std::future::Ready<()> { panic!("cannot make it") });
    event_loop.run_until_complete(async { sleep(Duration::ZERO).await }).unwrap();
    event_loop.run_until_complete(async { sleep(Duration::ZERO).await }).unwrap();
    let error = task.wait().unwrap_err();
    assert!(matches!(&error, RemoteError::Join(error) if error.is_panic()), "{error}");
}

#[test]
fn a_stop_behind_the_end_of_main_is_not_for_the_next_run() {
    let mut event_loop = EventLoop::new().unwrap();
    let stopper = event_loop.loop_ref();
    event_loop
        .run_until_complete(async move {
            get_running_loop().call_soon(move || stopper.stop());
        })
        .unwrap();
    assert_eq!(event_loop.run_until_complete(async { sleep(s(0)).await }).map_err(drop), Ok(()));
}

#[test]
fn a_handler_that_holds_its_loop_goes_with_it() {
    let held = Rc::new(());
    let mut event_loop = EventLoop::new().unwrap();
    let (loop_ref, seen) = (event_loop.loop_ref(), held.clone());
    event_loop.loop_ref().set_exception_handler(move |_: &asyncio::LoopRef, _: asyncio::Report| {
        let _ = (&loop_ref, &seen);
    });
    event_loop.close();
    assert_eq!(Rc::strong_count(&held), 1);
}

#[test]
fn a_loop_in_a_thread_local_goes_with_its_thread() {
    thread_local!(static LOOP: RefCell<Option<EventLoop>> = const { RefCell::new(None) });
    struct Told(mpsc::Sender<bool>);
    impl Drop for Told {
        fn drop(&mut self) {
            self.0.send(thread::panicking()).unwrap();
        }
    }
    let (told, dropped) = mpsc::channel();
    let turned = thread::spawn(move || {
        LOOP.with_borrow_mut(|place| {
            let event_loop = place.insert(EventLoop::new().unwrap());
            let told = Told(told);
            drop(event_loop.create_task(async move {
                let _told = told;
                sleep(s(3600)).await;
            }));
            event_loop.turn(Some(Duration::ZERO)).unwrap();
        });
    });
    turned.join().unwrap();
    assert_eq!(dropped.recv(), Ok(false));
}
