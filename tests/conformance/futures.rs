//! Values that are set later: `Deferred`, asyncio's `Future`.

use crate::notes::*;
use asyncio::{
    Deferred, context_var, create_future, create_task, get_running_loop, sleep, yield_now,
};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

context_var! { static NUMBER: u32 = 0; }

/// What callbacks, which are `Send`, have said.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<String>>>);

impl Said {
    fn say(&self, text: impl ToString) {
        self.0.lock().unwrap().push(text.to_string());
    }

    fn callback(&self, text: &str) -> impl FnOnce(&Deferred<u32>) + Send + 'static {
        let (said, text) = (self.clone(), text.to_owned());
        move |_| said.say(text)
    }

    fn read(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap()).join(" ")
    }
}

fn value() -> Deferred<u32> {
    create_future()
}

#[test]
fn diff_ll23_1_a_deferred_needs_no_loop() {
    let value = value();
    value.set_result(1).unwrap();
    assert_eq!(value.result().unwrap().unwrap(), 1);
}

#[test]
fn ll23_3_pending_then_once_finished_or_cancelled() {
    let (set, failed, cancelled) = (value(), value(), value());
    assert!(!set.done() && set.result().is_none());
    set.set_result(1).unwrap();
    assert!(failed.set_exception("no"));
    assert!(cancelled.cancel());
    for done in [&set, &failed, &cancelled] {
        assert!(done.done());
        assert!(done.set_result(2).is_err() && !done.set_exception("late") && !done.cancel());
    }
    assert_eq!(set.result().unwrap().unwrap(), 1);
    assert_eq!(failed.result().unwrap().unwrap_err().to_string(), "no");
    assert!(cancelled.result().unwrap().unwrap_err().is_cancelled());
}

#[test]
fn diff_ll23_4_it_may_be_set_on_any_thread() {
    asyncio::run(async {
        let value = value();
        let setter = value.clone();
        let said = Said::default();
        value.add_done_callback(said.callback("called"));
        let thread = std::thread::spawn(move || setter.set_result(1).unwrap());
        assert_eq!((&value).await.unwrap(), 1);
        thread.join().unwrap();
        // The callback runs on the loop where it was registered.
        while said.0.lock().unwrap().is_empty() {
            yield_now().await;
        }
    });
}

#[test]
fn ll23_5_awaiting_suspends_until_it_is_done_and_not_after() {
    asyncio::run_virtual(async {
        let value = value();
        let notes = Notes::new();
        let (said, waits) = (notes.clone(), value.clone());
        let task = create_task(async move {
            waits.await.unwrap();
            said.say("resumed");
        });
        yield_now().await;
        notes.say("pending");
        value.set_result(1).unwrap();
        notes.say("set");
        task.await.unwrap();
        get_running_loop().call_soon(notes.note("a turn"));
        (&value).await.unwrap();
        notes.say("at once");
        assert_eq!(notes.read(), "pending set resumed at once");
    });
}

#[test]
fn ll23_6_who_waits_resumes_in_the_order_of_waiting() {
    asyncio::run_virtual(async {
        let (value, notes) = (value(), Notes::new());
        let tasks: Vec<_> = (0..4)
            .map(|n| {
                let (value, notes) = (value.clone(), notes.clone());
                create_task(async move {
                    value.await.unwrap();
                    notes.say(n);
                })
            })
            .collect();
        yield_now().await;
        value.set_result(1).unwrap();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(notes.read(), "0 1 2 3");
    });
}

#[test]
fn diff_ll23_7_code_without_a_task_may_await_it() {
    let value = value();
    let setter = value.clone();
    let thread = std::thread::spawn(move || setter.set_result(5).unwrap());
    assert_eq!(futures_lite::future::block_on(value.into_future()).unwrap(), 5);
    thread.join().unwrap();
}

#[test]
fn diff_ll23_8_a_task_of_another_loop_may_await_it() {
    let value = asyncio::run_virtual(async { value() });
    let setter = value.clone();
    asyncio::run_virtual(async move {
        let task = create_task(value.into_future());
        yield_now().await;
        setter.set_result(6).unwrap();
        assert_eq!(task.await.unwrap().unwrap(), 6);
    });
}

#[test]
fn ll23_9_an_error_nobody_looked_at_is_reported() {
    asyncio::run_virtual(async {
        let reports = reports(&get_running_loop());
        let failed = value();
        failed.set_exception("lost");
        drop(failed);
        assert_eq!(reports.borrow().len(), 1);
        let report = &reports.borrow()[0];
        assert!(report.message.contains("never retrieved"), "{report}");
        assert_eq!(report.error.as_ref().unwrap().to_string(), "lost");
    });
    asyncio::run_virtual(async {
        let reports = reports(&get_running_loop());
        let (set, _pending) = (value(), value());
        set.set_result(1).unwrap();
        drop(set);
        assert!(reports.borrow().is_empty());
    });
}

#[test]
fn ll23_10_result_awaiting_and_cancel_each_count_as_looking() {
    asyncio::run_virtual(async {
        let reports = reports(&get_running_loop());
        let fail = || {
            let failed = value();
            failed.set_exception("seen");
            failed
        };
        let failed = fail();
        assert!(failed.result().unwrap().is_err());
        drop(failed);
        assert!(fail().await.is_err());
        assert!(!fail().cancel());
        assert!(reports.borrow().is_empty(), "{:?}", reports.borrow());
    });
}

#[test]
fn diff_ll23_13_a_deferred_is_written_with_its_state() {
    let (pending, set, failed, cancelled) = (value(), value(), value(), value());
    set.set_result(1).unwrap();
    failed.set_exception("no");
    cancelled.cancel();
    let text = format!("{pending:?} {set:?} {failed:?} {cancelled:?}");
    for state in ["pending", "finished", "failed", "cancelled"] {
        assert!(text.contains(state), "{text}");
    }
    failed.cancel();
}

#[test]
fn diff_ll24_1_a_result_that_is_not_there_is_none() {
    let pending = value();
    assert!(pending.result().is_none());
    pending.cancel_with("enough");
    let error = pending.result().unwrap().unwrap_err();
    assert!(error.is_cancelled() && error.to_string().contains("enough"));
}

#[test]
fn diff_ll25_1_the_exception_is_in_the_result() {
    let (pending, set, failed) = (value(), value(), value());
    assert!(pending.result().is_none());
    set.set_result(1).unwrap();
    assert!(set.result().unwrap().is_ok());
    failed.set_exception(io::Error::other("no"));
    let error = failed.result().unwrap().unwrap_err();
    assert!(error.exception().unwrap().is::<io::Error>());
    pending.cancel();
    assert!(pending.result().unwrap().unwrap_err().exception().is_none());
}

#[test]
fn ll26_1_set_result_schedules_the_callbacks_and_happens_once() {
    asyncio::run_virtual(async {
        let (value, said) = (value(), Said::default());
        value.add_done_callback(said.callback("called"));
        value.set_result(1).unwrap();
        assert_eq!(value.set_result(2), Err(2));
        yield_now().await;
        assert_eq!(said.read(), "called");
        let cancelled = create_future::<u32>();
        cancelled.cancel();
        assert_eq!(cancelled.set_result(3), Err(3));
    });
}

#[test]
fn ll27_1_an_exception_is_any_error() {
    let (a, b) = (value(), value());
    assert!(a.set_exception(io::Error::other("a")) && b.set_exception("b"));
    let text = |v: &Deferred<u32>| v.result().unwrap().unwrap_err().to_string();
    assert_eq!((text(&a), text(&b)), ("a".into(), "b".into()));
}

#[test]
fn ll27_4_a_done_one_takes_no_exception() {
    let value = value();
    value.set_result(1).unwrap();
    assert!(!value.set_exception("late"));
    assert_eq!(value.result().unwrap().unwrap(), 1);
}

#[test]
fn ll28_1_done_when_finished_and_when_cancelled() {
    let (set, failed, cancelled) = (value(), value(), value());
    assert!(!set.done());
    set.set_result(1).unwrap();
    failed.set_exception("no");
    cancelled.cancel();
    assert!(set.done() && failed.done() && cancelled.done());
    failed.cancel();
}

#[test]
fn ll29_1_cancelled_only_after_a_cancel_in_time() {
    let (late, cancelled) = (value(), value());
    late.set_result(1).unwrap();
    late.cancel();
    assert!(!late.cancelled() && !cancelled.cancelled());
    cancelled.cancel();
    assert!(cancelled.cancelled());
}

#[test]
fn ll30_1_a_pending_one_becomes_cancelled_and_calls_back() {
    asyncio::run_virtual(async {
        let (value, said) = (value(), Said::default());
        value.add_done_callback(said.callback("called"));
        assert!(value.cancel() && value.cancelled());
        assert_eq!(said.read(), "");
        yield_now().await;
        assert_eq!(said.read(), "called");
    });
}

#[test]
fn ll30_2_a_done_one_stays_and_its_error_counts_as_seen() {
    asyncio::run_virtual(async {
        let reports = reports(&get_running_loop());
        let failed = value();
        failed.set_exception("no");
        assert!(!failed.cancel() && !failed.cancelled());
        drop(failed);
        assert!(reports.borrow().is_empty());
    });
}

#[test]
fn ll30_3_the_text_of_a_cancel_reaches_who_waits() {
    asyncio::run_virtual(async {
        let value = value();
        let task = create_task(value.clone().into_future());
        yield_now().await;
        value.cancel_with("not wanted");
        let error = task.await.unwrap().unwrap_err();
        assert!(error.to_string().contains("not wanted"), "{error}");
    });
}

#[test]
fn ll31_1_a_callback_gets_the_deferred() {
    asyncio::run_virtual(async {
        let (value, said) = (value(), Said::default());
        let says = said.clone();
        value.add_done_callback(move |done| says.say(done.result().unwrap().unwrap()));
        value.set_result(8).unwrap();
        yield_now().await;
        assert_eq!(said.read(), "8");
    });
}

#[test]
fn ll31_2_callbacks_come_through_the_loop_in_order_never_at_once() {
    asyncio::run_virtual(async {
        let (value, said) = (value(), Said::default());
        value.add_done_callback(said.callback("1"));
        value.add_done_callback(said.callback("2"));
        value.set_result(1).unwrap();
        value.add_done_callback(said.callback("3"));
        assert_eq!(said.read(), "");
        yield_now().await;
        assert_eq!(said.read(), "1 2 3");
    });
}

#[test]
fn ll31_3_one_added_twice_is_called_twice() {
    asyncio::run_virtual(async {
        let (value, said) = (value(), Said::default());
        for _ in 0..2 {
            value.add_done_callback(said.callback("again"));
        }
        value.set_result(1).unwrap();
        yield_now().await;
        assert_eq!(said.read(), "again again");
    });
}

#[test]
fn ll31_4_a_callback_has_the_variables_of_its_registration() {
    asyncio::run_virtual(async {
        let (value, said) = (value(), Said::default());
        NUMBER.set(1);
        let says = said.clone();
        value.add_done_callback(move |_| {
            says.say(NUMBER.get());
            NUMBER.set(9);
        });
        NUMBER.set(2);
        value.set_result(1).unwrap();
        yield_now().await;
        assert_eq!((said.read().as_str(), NUMBER.get()), ("1", 2));
    });
}

#[test]
fn ll31_5_a_panic_in_one_is_reported_and_the_others_run() {
    asyncio::run_virtual(async {
        let reports = reports(&get_running_loop());
        let (value, said) = (value(), Said::default());
        value.add_done_callback(|_| panic!("broken"));
        value.add_done_callback(said.callback("next"));
        value.set_result(1).unwrap();
        yield_now().await;
        assert_eq!(said.read(), "next");
        assert_eq!(reports.borrow()[0].error.as_ref().unwrap().to_string(), "broken");
    });
}

#[test]
fn ll31_6_what_a_callback_adds_or_removes_leaves_the_queued_alone() {
    asyncio::run_virtual(async {
        let (value, said) = (value(), Said::default());
        let second = Arc::new(Mutex::new(None));
        let (says, removes) = (said.clone(), second.clone());
        value.add_done_callback(move |done| {
            done.add_done_callback(says.callback("added"));
            assert!(!done.remove_done_callback(removes.lock().unwrap().as_ref().unwrap()));
            says.say("first");
        });
        *second.lock().unwrap() = Some(value.add_done_callback(said.callback("second")));
        value.set_result(1).unwrap();
        sleep(Duration::from_secs(1)).await;
        assert_eq!(said.read(), "first second added");
    });
}

#[test]
fn diff_ll32_1_a_callback_is_removed_by_what_adding_it_gave() {
    asyncio::run_virtual(async {
        let (value, said) = (value(), Said::default());
        let removed = value.add_done_callback(said.callback("removed"));
        value.add_done_callback(said.callback("kept"));
        assert!(value.remove_done_callback(&removed));
        assert!(!value.remove_done_callback(&removed));
        value.set_result(1).unwrap();
        yield_now().await;
        assert_eq!(said.read(), "kept");
    });
}

#[test]
fn ll32_2_after_the_end_there_is_nothing_to_remove() {
    asyncio::run_virtual(async {
        let (value, said) = (value(), Said::default());
        let callback = value.add_done_callback(said.callback("called"));
        value.set_result(1).unwrap();
        assert!(!value.remove_done_callback(&callback));
        yield_now().await;
        assert_eq!(said.read(), "called");
    });
}

#[test]
fn ll36_1_create_future_gives_a_pending_one() {
    asyncio::run_virtual(async {
        let value = create_future::<u32>();
        assert!(!value.done());
        get_running_loop().call_soon({
            let value = value.clone();
            move || value.set_result(4).unwrap()
        });
        assert_eq!(value.await.unwrap(), 4);
    });
}
