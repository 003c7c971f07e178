//! A panic anywhere stays where it is: in a task's result, or in a report.

use asyncio::{LoopRef, Report};
use asyncio::{create_task, get_running_loop, sleep, spawn, to_thread};
use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Wake, Waker};
use std::time::Duration;

/// Collects what is reported to the running loop.
fn reports() -> Rc<RefCell<Vec<String>>> {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let to = seen.clone();
    get_running_loop().set_exception_handler(move |_: &LoopRef, report: Report| {
        to.borrow_mut().push(report.to_string())
    });
    seen
}

struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("in a destructor");
        }
    }
}

async fn turns(n: usize) {
    for _ in 0..n {
        sleep(Duration::ZERO).await;
    }
}

#[test]
fn in_a_task_it_is_the_result() {
    asyncio::run_virtual(async {
        let task = create_task(async { panic!("boom") });
        task.set_name("fuse");
        assert_eq!(task.await.unwrap_err().to_string(), "task \"fuse\" panicked: boom");
    });
}

#[test]
fn in_a_shared_task_and_in_a_thread_too() {
    asyncio::run_virtual(async {
        let shared = spawn(async { panic!("shared") });
        assert!(shared.await.unwrap_err().is_panic());
        let error = to_thread(|| panic!("thread")).await.unwrap_err();
        assert!(error.to_string().contains("thread"), "{error}");
    });
}

#[test]
fn exe_13_in_a_task_that_nobody_awaits_it_is_reported() {
    asyncio::run_virtual(async {
        let seen = reports();
        drop(create_task(async { panic!("unseen") }));
        turns(3).await;
        let seen = seen.borrow();
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert!(seen[0].contains("never retrieved") && seen[0].contains("unseen"), "{}", seen[0]);
        assert!(seen[0].contains("panics.rs"), "the report names the line: {}", seen[0]);
    });
}

#[test]
fn in_a_destructor_during_cancellation() {
    asyncio::run_virtual(async {
        let task = create_task(async {
            let _held = PanicsInDrop;
            pending::<()>().await
        });
        turns(1).await;
        task.cancel();
        assert!(task.await.unwrap_err().is_panic());
        turns(2).await;
    });
}

#[test]
fn ll1_11_in_a_callback_the_batch_goes_on() {
    asyncio::run_virtual(async {
        let seen = reports();
        let ran = Rc::new(RefCell::new(0));
        let event_loop = get_running_loop();
        event_loop.call_soon(|| panic!("callback"));
        event_loop.call_soon({
            let ran = ran.clone();
            move || *ran.borrow_mut() += 1
        });
        event_loop.call_later(Duration::from_secs(1), || panic!("timer"));
        sleep(Duration::from_secs(2)).await;
        assert_eq!(*ran.borrow(), 1);
        let seen = seen.borrow();
        assert!(
            seen.len() == 2 && seen[0].contains("callback") && seen[1].contains("timer"),
            "{seen:?}"
        );
    });
}

#[test]
fn in_a_waker_the_loop_goes_on() {
    struct Bad;
    impl Wake for Bad {
        fn wake(self: Arc<Self>) {
            panic!("in a waker");
        }
    }
    asyncio::run(async {
        let seen = reports();
        // A sleep that was polled with a waker that panics: the driver calls it.
        let mut nap = Box::pin(sleep(Duration::from_millis(2)));
        let polled =
            nap.as_mut().poll(&mut std::task::Context::from_waker(&Waker::from(Arc::new(Bad))));
        assert!(polled.is_pending());
        sleep(Duration::from_millis(4)).await;
        assert_eq!(seen.borrow().len(), 1);
        assert!(nap.is_elapsed());
    });
}

#[test]
fn in_the_exception_handler_itself() {
    asyncio::run_virtual(async {
        get_running_loop().set_exception_handler(|_: &LoopRef, _: Report| panic!("in the handler"));
        get_running_loop().call_soon(|| panic!("callback"));
        turns(3).await;
    });
}

#[test]
fn in_a_poll_fn_waker_clone_is_no_leak_of_the_turn() {
    // The future panics on its second poll; the first left a waker behind that is used afterwards.
    asyncio::run_virtual(async {
        let slot = Rc::new(RefCell::new(None::<Waker>));
        let left = slot.clone();
        let mut polls = 0;
        let task = create_task(poll_fn(move |cx| {
            polls += 1;
            if polls == 2 {
                panic!("second poll");
            }
            *left.borrow_mut() = Some(cx.waker().clone());
            Poll::<()>::Pending
        }));
        turns(1).await;
        slot.borrow().as_ref().unwrap().wake_by_ref();
        assert!(task.await.unwrap_err().is_panic());
        slot.take().unwrap().wake();
        turns(1).await;
    });
}
