//! Scheduling callbacks.

use crate::notes::*;
use asyncio::{EventLoop, context_var, copy_context, get_running_loop, now, sleep, yield_now};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

context_var! { static NUMBER: u32 = 0; }

const MS: Duration = Duration::from_millis(1);

#[test]
fn ll17_1_callbacks_run_in_the_order_of_the_calls_each_once() {
    let notes = Notes::new();
    let said = notes.clone();
    asyncio::run_virtual(async move {
        for n in 0..5 {
            get_running_loop().call_soon(said.note(n));
        }
        sleep(MS).await;
    });
    assert_eq!(notes.read(), "0 1 2 3 4");
}

#[test]
fn ll17_2_none_runs_before_the_call_returns() {
    let notes = Notes::new();
    let said = notes.clone();
    asyncio::run_virtual(async move {
        get_running_loop().call_soon(said.note("called"));
        said.say("returned");
        yield_now().await;
    });
    assert_eq!(notes.read(), "returned called");
}

#[test]
fn ll17_3_a_callback_of_a_callback_comes_after_the_batch() {
    let notes = Notes::new();
    let said = notes.clone();
    asyncio::run_virtual(async move {
        let inner = said.clone();
        get_running_loop().call_soon(move || _ = get_running_loop().call_soon(inner.note("inner")));
        get_running_loop().call_soon(said.note("beside"));
        sleep(MS).await;
    });
    assert_eq!(notes.read(), "beside inner");
}

#[test]
fn ll17_4_a_callback_has_a_copy_of_the_callers_variables_or_those_given() {
    asyncio::run_virtual(async {
        let event_loop = get_running_loop();
        let notes = Notes::new();
        NUMBER.set(1);
        let said = notes.clone();
        event_loop.call_soon(move || {
            said.say(NUMBER.get());
            NUMBER.set(9);
        });
        NUMBER.set(2);
        let mut other = copy_context();
        other.run(|| NUMBER.set(3));
        let said = notes.clone();
        event_loop.call_soon_in(other, move || said.say(NUMBER.get()));
        sleep(MS).await;
        assert_eq!((notes.read().as_str(), NUMBER.get()), ("1 3", 2));
    });
}

#[test]
fn ll17_6_a_closed_loop_takes_no_callback() {
    let mut event_loop = virtual_loop();
    event_loop.close();
    assert!(panics_with(|| event_loop.call_soon(|| ())).contains("closed"));
}

#[test]
fn ll18_1_from_any_thread_and_it_wakes_the_loop() {
    let mut event_loop = EventLoop::new().unwrap();
    let handle = event_loop.handle();
    let thread = std::thread::spawn(move || {
        NUMBER.set(7);
        handle.call_soon_threadsafe(|| {
            assert_eq!(NUMBER.get(), 7);
            get_running_loop().stop();
        })
    });
    event_loop.run_forever();
    thread.join().unwrap().unwrap();
}

#[test]
fn ll18_2_on_the_loops_thread_it_is_one_queue_with_call_soon() {
    let notes = Notes::new();
    let said = notes.clone();
    let mut event_loop = virtual_loop();
    let (sent, got) = std::sync::mpsc::channel();
    event_loop
        .run_until_complete(async move {
            let handle = get_running_loop().handle();
            let (first, second) = (sent.clone(), sent.clone());
            get_running_loop().call_soon(move || first.send("soon").unwrap());
            handle.call_soon_threadsafe(move || second.send("threadsafe").unwrap()).unwrap();
            get_running_loop().call_soon(move || sent.send("soon").unwrap());
            sleep(MS).await;
        })
        .unwrap();
    got.iter().for_each(|text| said.say(text));
    assert_eq!(notes.read(), "soon threadsafe soon");
}

#[test]
fn ll18_3_a_closed_loop_refuses_also_while_it_is_being_closed() {
    for _ in 0..20 {
        let mut event_loop = virtual_loop();
        let handle = event_loop.handle();
        let thread = std::thread::spawn(move || {
            let mut taken = 0;
            while handle.call_soon_threadsafe(|| ()).is_ok() && taken < 1_000_000 {
                taken += 1;
            }
            handle.is_closed()
        });
        event_loop.close();
        assert!(thread.join().unwrap());
    }
}

#[test]
fn ll18_4_many_calls_at_once_all_come() {
    let mut event_loop = EventLoop::new().unwrap();
    let handle = event_loop.handle();
    let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let thread = std::thread::spawn(move || {
        for n in 1..=20_000 {
            let count = count.clone();
            let call = move || {
                if count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1 == 20_000 {
                    get_running_loop().stop();
                }
            };
            handle.call_soon_threadsafe(call).unwrap_or_else(|_| panic!("call {n} was refused"));
        }
    });
    thread.join().unwrap();
    event_loop.run_forever();
}

#[test]
fn diff_ll18_5_cancel_from_another_thread_prevents_the_call_and_waits_for_none() {
    let mut event_loop = EventLoop::new().unwrap();
    let cancelled = event_loop.handle().call_soon_threadsafe(|| unreachable!()).unwrap();
    let other = cancelled.clone();
    std::thread::spawn(move || other.cancel()).join().unwrap();
    assert!(cancelled.cancelled());
    let (inside, wait) = (std::sync::Arc::new(std::sync::Barrier::new(2)), ());
    let _: () = wait;
    let meets = inside.clone();
    let running = event_loop.handle().call_soon_threadsafe(move || {
        meets.wait();
        meets.wait();
        get_running_loop().stop();
    });
    let running = running.unwrap();
    let canceller = std::thread::spawn(move || {
        inside.wait();
        // The call has begun: this returns all the same, and changes nothing.
        running.cancel();
        inside.wait();
        running.cancelled()
    });
    event_loop.run_forever();
    assert!(canceller.join().unwrap());
}

#[test]
fn ll18_6_a_callback_that_cancels_itself_runs_to_its_end() {
    let mut event_loop = EventLoop::new().unwrap();
    let own = std::sync::Arc::new(std::sync::Mutex::new(None::<asyncio::ThreadsafeHandle>));
    let (inside, ended) =
        (own.clone(), std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false)));
    let ends = ended.clone();
    let handle = event_loop.handle().call_soon_threadsafe(move || {
        inside.lock().unwrap().as_ref().unwrap().cancel();
        ends.store(true, std::sync::atomic::Ordering::Relaxed);
        get_running_loop().stop();
    });
    *own.lock().unwrap() = Some(handle.unwrap());
    event_loop.run_forever();
    assert!(ended.load(std::sync::atomic::Ordering::Relaxed));
    assert!(own.lock().unwrap().as_ref().unwrap().cancelled());
}

#[test]
fn ll18_7_an_idle_loop_calls_it_when_it_runs_next() {
    let mut event_loop = virtual_loop();
    let (sent, got) = std::sync::mpsc::channel();
    event_loop.handle().call_soon_threadsafe(move || sent.send(1).unwrap()).unwrap();
    assert!(got.try_recv().is_err());
    event_loop.run_until_complete(sleep(MS)).unwrap();
    assert_eq!(got.try_recv(), Ok(1));
}

#[test]
fn ll19_1_later_is_at_the_time_and_the_delay() {
    asyncio::run_virtual(async {
        let event_loop = get_running_loop();
        let timer = event_loop.call_later(5 * MS, || ());
        assert_eq!(timer.when(), Some(event_loop.time() + 5 * MS));
    });
}

#[test]
fn ll19_2_a_delay_of_zero_runs_in_the_next_turn() {
    asyncio::run_virtual(async {
        let called = Rc::new(Cell::new(false));
        let calls = called.clone();
        let began = now();
        get_running_loop().call_later(Duration::ZERO, move || calls.set(true));
        assert!(!called.get());
        yield_now().await;
        yield_now().await;
        assert!(called.get());
        assert_eq!(now(), began);
    });
}

#[test]
fn ll19_3_a_delay_without_end_is_legal_as_is_one_of_years() {
    asyncio::run_virtual(async {
        let event_loop = get_running_loop();
        let never = event_loop.call_later(Duration::MAX, || unreachable!());
        assert_eq!(never.when(), None);
        let called = Rc::new(Cell::new(false));
        let calls = called.clone();
        let year = Duration::from_secs(365 * 86_400);
        event_loop.call_later(year, move || calls.set(true));
        sleep(year + MS).await;
        assert!(called.get());
    });
}

#[test]
fn ll19_4_it_is_not_called_before_its_delay_is_over() {
    asyncio::run_virtual(async {
        let called = Rc::new(Cell::new(None));
        let calls = called.clone();
        let began = now();
        get_running_loop().call_later(5 * MS, move || calls.set(Some(now())));
        sleep(5 * MS - Duration::from_nanos(1)).await;
        assert_eq!(called.get(), None);
        sleep(MS).await;
        assert_eq!(called.get().unwrap(), began + 5 * MS);
    });
}

#[test]
fn ll19_5_it_has_the_callers_variables_and_a_closed_loop_refuses_it() {
    let mut event_loop = virtual_loop();
    let own = event_loop.loop_ref();
    event_loop
        .run_until_complete(async {
            let event_loop = get_running_loop();
            let notes = Notes::new();
            let said = notes.clone();
            NUMBER.set(4);
            event_loop.call_later(MS, move || {
                said.say(NUMBER.get());
                NUMBER.set(9);
            });
            NUMBER.set(5);
            let said = notes.clone();
            let mut other = copy_context();
            other.run(|| NUMBER.set(6));
            event_loop.call_later_in(other, 2 * MS, move || said.say(NUMBER.get()));
            sleep(3 * MS).await;
            assert_eq!((notes.read().as_str(), NUMBER.get()), ("4 6", 5));
        })
        .unwrap();
    event_loop.close();
    assert!(panics_with(|| own.call_later(MS, || ())).contains("closed"));
}

#[test]
fn ll20_1_a_time_that_is_past_is_the_next_turn() {
    asyncio::run_virtual(async {
        let called = Rc::new(Cell::new(false));
        let calls = called.clone();
        let past = now();
        sleep(5 * MS).await;
        let event_loop = get_running_loop();
        event_loop.call_at(past, move || calls.set(true));
        let began = event_loop.time();
        yield_now().await;
        yield_now().await;
        assert!(called.get());
        assert_eq!(event_loop.time(), began);
    });
}

#[test]
fn ll20_3_different_times_run_in_their_order() {
    let notes = Notes::new();
    let said = notes.clone();
    asyncio::run_virtual(async move {
        let began = now();
        for n in [3, 1, 2] {
            get_running_loop().call_at(began + n * MS, said.note(n));
        }
        sleep(9 * MS).await;
    });
    assert_eq!(notes.read(), "1 2 3");
}

#[test]
fn ll21_1_cancel_prevents_the_call_and_drops_what_it_held() {
    asyncio::run_virtual(async {
        let held = Rc::new(());
        let inner = held.clone();
        let handle = get_running_loop().call_soon(move || unreachable!("{inner:?}"));
        assert_eq!(Rc::strong_count(&held), 2);
        handle.cancel();
        assert_eq!(Rc::strong_count(&held), 1);
        handle.cancel();
        assert!(handle.cancelled() && !handle.is_pending());
        sleep(MS).await;
    });
}

#[test]
fn ll21_2_cancel_after_the_call_does_nothing_but_show() {
    asyncio::run_virtual(async {
        let handle = get_running_loop().call_soon(|| ());
        sleep(MS).await;
        assert!(!handle.cancelled());
        handle.cancel();
        assert!(handle.cancelled());
    });
}

#[test]
fn ll21_3_a_panic_is_reported_with_the_line_that_scheduled_the_call() {
    asyncio::run_virtual(async {
        let event_loop = get_running_loop();
        let reports = reports(&event_loop);
        let line = line!() + 1;
        event_loop.call_soon(|| panic!("soon"));
        event_loop.call_later(MS, || panic!("later"));
        sleep(2 * MS).await;
        let reports = reports.borrow();
        for (n, text) in ["soon", "later"].into_iter().enumerate() {
            assert_eq!(reports[n].message, "a callback panicked");
            assert_eq!(reports[n].error.as_ref().unwrap().to_string(), text);
            let at = reports[n].location.unwrap();
            assert_eq!((at.file(), at.line()), (file!(), line + n as u32));
        }
    });
}

#[test]
fn diff_ll21_4_a_handle_is_written_with_its_line_and_state() {
    asyncio::run_virtual(async {
        let handle = get_running_loop().call_soon(|| ());
        let text = format!("{handle:?}");
        assert!(text.contains("callbacks.rs") && text.contains("pending: true"), "{text}");
        handle.cancel();
        assert!(format!("{handle:?}").contains("cancelled: true"));
    });
}

#[test]
fn ll22_1_call_later_and_call_at_give_a_handle_with_the_time() {
    asyncio::run_virtual(async {
        let event_loop = get_running_loop();
        let when = now() + 7 * MS;
        assert_eq!(event_loop.call_at(when, || ()).when(), Some(when));
        assert_eq!(event_loop.call_later(7 * MS, || ()).when(), Some(when));
    });
}

#[test]
fn diff_ll22_2_timer_handles_are_ordered_by_time_and_equal_only_to_themselves() {
    asyncio::run_virtual(async {
        let event_loop = get_running_loop();
        let (a, b) = (event_loop.call_later(MS, || ()), event_loop.call_later(2 * MS, || ()));
        let same_time = event_loop.call_at(a.when().unwrap(), || ());
        assert!(a < b && a == a.clone() && a != same_time);
        assert_eq!(a.partial_cmp(&same_time), None);
    });
}

#[test]
fn diff_ll22_4_a_cancelled_timer_frees_what_it_held_at_once() {
    asyncio::run_virtual(async {
        let held = Rc::new(());
        let inner = held.clone();
        let timer = get_running_loop().call_later(MS, move || unreachable!("{inner:?}"));
        timer.cancel();
        assert_eq!(Rc::strong_count(&held), 1);
        assert!(timer.cancelled());
        sleep(2 * MS).await;
    });
}

#[test]
fn ll22_5_a_timer_handle_is_written_with_its_time() {
    asyncio::run_virtual(async {
        let timer = get_running_loop().call_later(MS, || ());
        let text = format!("{timer:?}");
        assert!(text.contains(&format!("{:?}", timer.when())), "{text}");
    });
}

/// Calls a function when it is dropped.
struct Calls<F: FnMut()>(F);

impl<F: FnMut()> Drop for Calls<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn a_timer_that_is_set_as_another_loop_is_closed_goes_by_its_own_loops_clock() {
    let notes = Notes::new();
    let said = notes.clone();
    asyncio::run_virtual(async move {
        let own = get_running_loop();
        let mut other = EventLoop::builder().virtual_time(true).build().unwrap();
        let calls = Calls(move || drop(own.call_later(MS, said.note("called"))));
        drop(other.create_task(async move {
            let _calls = calls;
            std::future::pending::<()>().await;
        }));
        other.close();
        sleep(2 * MS).await;
    });
    assert_eq!(notes.read(), "called");
}
