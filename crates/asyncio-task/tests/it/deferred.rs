//! `Deferred`: asyncio's `FUT`, and how a request meets one (`CAN-4`, `CAN-7`, `CAN-19`).

use crate::combinators::select2;
use crate::world::*;
use asyncio_context::report::{HandlerGuard, enter_handler};
use asyncio_executor::create_task;
use asyncio_task::{catch_cancel, create_future, wait_for, yield_now};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

#[test]
fn fut_1_and_2_set_once_read_by_many() {
    run_virtual(async {
        let value = create_future::<u8>();
        assert!(value.result().is_none() && !value.done());
        let readers: Vec<_> = (0..3)
            .map(|_| {
                let value = value.clone();
                create_task(async move { value.await.unwrap() })
            })
            .collect();
        yield_now().await;
        value.set_result(5).unwrap();
        assert_eq!(value.set_result(6), Err(6));
        assert!(!value.cancel() && !value.set_exception("late"));
        for reader in readers {
            assert_eq!(reader.await.unwrap(), 5);
        }
        assert_eq!(value.result().unwrap().unwrap(), 5);
    });
}

#[test]
fn fut_1_an_error_is_the_same_for_every_reader() {
    run_virtual(async {
        let value = create_future::<u8>();
        assert!(value.set_exception(io::Error::other("no")));
        let (a, b) = ((&value).await.unwrap_err(), value.await.unwrap_err());
        assert!(std::ptr::eq(a.exception().unwrap(), b.exception().unwrap()));
        assert!(a.exception().unwrap().is::<io::Error>() && !a.is_cancelled());
    });
}

#[test]
fn can_4_a_request_that_reaches_the_wait_cancels_it() {
    let trace = run(|| {
        let value = create_future::<u8>();
        let seen = value.clone();
        cancelled_at(&[1], async move {
            let _ = value.await;
            say!("not here")
        });
        other(async move {
            let r = seen.clone().await;
            say!("{} {}", r.unwrap_err().is_cancelled(), seen.cancelled());
        });
    });
    assert_eq!(trace, "1:true true · 1:t=Cancelled");
}

#[test]
fn can_7_a_value_that_is_there_stays() {
    let trace = run(|| {
        let value = create_future::<u8>();
        let setter = value.clone();
        let t = plain(async move {
            let _ = value.await;
            say!("not here")
        });
        other(async move {
            sleep(1).await;
            setter.set_result(5).unwrap();
            t.cancel();
            yield_now().await;
            say!("{:?}", setter.result().unwrap().unwrap());
        });
    });
    assert!(trace.contains("1:5") && trace.contains("1:t=Cancelled"), "{trace}");
    assert!(!trace.contains("not here"));
}

#[test]
fn can_19_cancelled_by_others_is_a_value() {
    run_virtual(async {
        let value = create_future::<u8>();
        let other = value.clone();
        drop(create_task(async move { other.cancel_with("because") }));
        let error = value.await.unwrap_err();
        assert_eq!(error.to_string(), "the awaited value was cancelled: because");
    });
}

#[test]
fn a_hard_drop_of_the_wait_only_detaches() {
    run_virtual(async {
        let value = create_future::<u8>();
        let waits = async {
            let _ = (&value).await;
        };
        select2(waits, sleep(1)).await;
        assert!(!value.done());
        value.set_result(1).unwrap();
    });
}

#[test]
fn a_timeout_that_expires_cancels_it() {
    run_virtual(async {
        let value = create_future::<u8>();
        assert!(wait_for(value.clone(), secs(1)).await.is_err());
        assert!(value.cancelled());
        let caught = catch_cancel(wait_for(create_future::<u8>(), secs(1))).await;
        assert!(caught.unwrap().is_err());
    });
}

#[test]
fn callbacks_run_once_in_order_and_a_panic_is_reported() {
    run_virtual(async {
        let value = create_future::<u8>();
        let count = Arc::new(AtomicUsize::new(0));
        for n in 0..2 {
            let count = count.clone();
            value.add_done_callback(move |done| {
                assert!(done.done());
                assert_eq!(count.fetch_add(1, Ordering::Relaxed), n);
            });
        }
        value.add_done_callback(|_| panic!("in a callback"));
        value.set_result(1).unwrap();
        let late = count.clone();
        value.add_done_callback(move |_| _ = late.fetch_add(10, Ordering::Relaxed));
        assert_eq!(count.load(Ordering::Relaxed), 0);
        yield_now().await;
        assert_eq!(count.load(Ordering::Relaxed), 12);
    });
}

#[test]
fn set_on_another_thread() {
    let value = create_future::<String>();
    let setter = value.clone();
    let thread = std::thread::spawn(move || setter.set_result("done".into()).unwrap());
    assert_eq!(futures_lite::future::block_on(value.into_future()).unwrap(), "done");
    thread.join().unwrap();
}

#[test]
fn a_waker_that_panics_keeps_nobody_else_from_the_value() {
    struct Bad;
    impl std::task::Wake for Bad {
        fn wake(self: Arc<Self>) {
            panic!("a bad waker")
        }
    }
    run_virtual(async {
        let value = create_future::<u8>();
        let mut bad = std::pin::pin!(value.clone().into_future());
        let waker = std::task::Waker::from(Arc::new(Bad));
        assert!(bad.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending());
        let reader = create_task(value.clone().into_future());
        yield_now().await;
        let called = Arc::new(AtomicUsize::new(0));
        let count = called.clone();
        value.add_done_callback(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        value.set_result(5).unwrap();
        assert_eq!(reader.await.unwrap().unwrap(), 5);
        yield_now().await;
        assert_eq!(called.load(Ordering::Relaxed), 1);
    });
}

/// Looks at the value it is in while it is cloned, as foreign code may.
struct Looks(asyncio_task::Deferred<Looks>);

impl Clone for Looks {
    fn clone(&self) -> Looks {
        assert!(self.0.done());
        Looks(self.0.clone())
    }
}

#[test]
fn a_value_is_cloned_outside_of_every_lock() {
    let (over, is_over) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let value = create_future::<Looks>();
        assert!(value.set_result(Looks(value.clone())).is_ok());
        drop(value.result());
        drop(futures_lite::future::block_on((&value).into_future()));
        over.send(()).unwrap();
    });
    is_over.recv_timeout(secs(30)).expect("cloning waits for a lock");
}

#[test]
fn can_4_a_value_that_a_request_cancels_gets_its_text() {
    run_virtual(async {
        let value = create_future::<u8>();
        let waits = create_task(value.clone().into_future());
        yield_now().await;
        waits.cancel_with("why");
        assert_eq!(waits.await.unwrap_err().message(), Some("why"));
        let error = value.await.unwrap_err();
        assert_eq!(error.to_string(), "the awaited value was cancelled: why");
    });
}

/// Collects this thread's reports.
fn reports() -> (Rc<RefCell<Vec<String>>>, HandlerGuard) {
    let lines = Rc::new(RefCell::new(Vec::new()));
    let told = lines.clone();
    (lines, enter_handler(Rc::new(move |report| told.borrow_mut().push(report.message))))
}

/// Panics when it is dropped.
struct Explosive;

impl Drop for Explosive {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("on purpose");
        }
    }
}

asyncio_context::context_var! { static HEAVY: Option<Arc<Explosive>> = None; }

#[test]
fn ll32_a_callback_is_that_of_its_own_deferred_only() {
    let (a, b) = (create_future::<u8>(), create_future::<u8>());
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let of_a = a.add_done_callback(move |_| _ = counted.fetch_add(1, Ordering::Relaxed));
    let of_b = b.add_done_callback(|_| {});
    assert!(of_a != of_b);
    assert!(!a.remove_done_callback(&of_b));
    a.set_result(1).unwrap();
    assert_eq!(count.load(Ordering::Relaxed), 1);
    assert!(!a.remove_done_callback(&of_a));
}

#[test]
fn ll32_2_removed_from_inside_a_callback_it_is_too_late_and_from_another_thread_in_time() {
    let value = create_future::<u8>();
    let count = Arc::new(AtomicUsize::new(0));
    let second = Arc::new(Mutex::new(None));
    let (counted, of_second) = (count.clone(), second.clone());
    value.add_done_callback(move |value| {
        let name = of_second.lock().unwrap().take().unwrap();
        counted.fetch_add(usize::from(value.remove_done_callback(&name)), Ordering::Relaxed);
    });
    let counted = count.clone();
    let name = value.add_done_callback(move |_| _ = counted.fetch_add(10, Ordering::Relaxed));
    second.lock().unwrap().replace(name);
    let counted = count.clone();
    let third = value.add_done_callback(move |_| _ = counted.fetch_add(100, Ordering::Relaxed));
    let elsewhere = value.clone();
    assert!(std::thread::spawn(move || elsewhere.remove_done_callback(&third)).join().unwrap());
    value.set_result(1).unwrap();
    assert_eq!(count.load(Ordering::Relaxed), 10);
}

#[test]
fn a_callback_whose_loop_is_closed_goes_and_the_next_one_is_called() {
    let (said, _guard) = reports();
    let value = create_future::<u8>();
    let of_loop = value.clone();
    let name = run_virtual(async move {
        let bomb = Explosive;
        of_loop.add_done_callback(move |_| drop(bomb));
        of_loop.add_done_callback(|_| unreachable!())
    });
    assert!(value.remove_done_callback(&name));
    let called = Arc::new(AtomicUsize::new(0));
    let count = called.clone();
    value.add_done_callback(move |_| _ = count.fetch_add(1, Ordering::Relaxed));
    value.set_result(1).unwrap();
    assert_eq!(called.load(Ordering::Relaxed), 1);
    assert_eq!(*said.borrow(), ["a callback of a Deferred panicked when it was dropped"]);
}

#[test]
fn a_variable_that_panics_keeps_no_callback_from_its_call() {
    let (said, _guard) = reports();
    let value = create_future::<u8>();
    let called = Arc::new(AtomicUsize::new(0));
    let mut context = asyncio_context::copy_context();
    context.run(|| {
        HEAVY.set(Some(Arc::new(Explosive)));
        value.add_done_callback(|_| panic!("on purpose"));
    });
    drop(context);
    let count = called.clone();
    value.add_done_callback(move |_| _ = count.fetch_add(1, Ordering::Relaxed));
    value.set_result(1).unwrap();
    assert_eq!(called.load(Ordering::Relaxed), 1);
    let said = said.borrow();
    assert_eq!(said[0], "a callback of a Deferred panicked");
    assert!(said.len() == 2 && said[1].starts_with("a context variable panicked"), "{said:?}");
}
