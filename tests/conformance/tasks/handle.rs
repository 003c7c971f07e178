//! What a task's handle tells.

use crate::execution::reports;
use crate::stage::{pending, played, say, sleep, turns};
use asyncio::{
    JoinError, Task, WaitKind, copy_context, create_future, create_task, current_task,
    get_running_loop, local, run_virtual, try_current_task,
};
use std::cell::RefCell;
use std::rc::Rc;

#[test]
fn tsk_1_done_for_good() {
    run_virtual(async {
        let returned = create_task(async {});
        let panicked = create_task(async { panic!("boom") });
        let cancelled = create_task(pending());
        cancelled.cancel();
        let done = || [returned.done(), panicked.done(), cancelled.done()];
        assert_eq!(done(), [false; 3]);
        turns(1).await;
        assert_eq!(done(), [true; 3]);
        cancelled.uncancel();
        assert_eq!(done(), [true; 3]);
        assert!(panicked.await.is_err());
    });
}

#[test]
fn tsk_2_the_result_or_how_it_ended() {
    run_virtual(async {
        let mut returned = create_task(async { 5 });
        let mut panicked: Task<u32> = create_task(async { panic!("boom") });
        let mut cancelled: Task<u32> = create_task(std::future::pending());
        assert!(returned.result().is_none(), "pending");
        cancelled.cancel();
        turns(1).await;
        assert_eq!(returned.result().unwrap().unwrap(), 5);
        assert!(panicked.result().unwrap().unwrap_err().is_panic());
        assert!(cancelled.result().unwrap().unwrap_err().is_cancelled());
    });
}

#[test]
fn diff_tsk_3_one_result_tells_both() {
    run_virtual(async {
        let mut failed = create_task(async { Err::<(), _>("no such file") });
        assert!(failed.result().is_none());
        turns(1).await;
        assert_eq!(failed.result().unwrap().unwrap().err(), Some("no such file"));
        assert!(failed.result().is_none(), "it was taken");
    });
}

#[test]
#[allow(clippy::async_yields_async, reason = "that is the behaviour")]
fn tsk_5_a_future_that_is_returned_is_not_awaited() {
    run_virtual(async {
        let inner = create_task(async { async { 6 } }).await.unwrap();
        assert_eq!(inner.await, 6);
    });
}

#[test]
fn tsk_6_the_awaiter_gets_the_very_error() {
    run_virtual(async {
        let error = Rc::new("the error");
        let raised = error.clone();
        let task = create_task(async move { Err::<(), _>(raised) });
        assert!(Rc::ptr_eq(&task.await.unwrap().unwrap_err(), &error));
        let payload = Box::new(5_u8);
        let address = std::ptr::from_ref(&*payload);
        let task: Task<()> = create_task(async move { std::panic::panic_any(payload) });
        let payload = task.await.unwrap_err().into_panic().downcast::<Box<u8>>().unwrap();
        assert_eq!(std::ptr::from_ref(&**payload), address);
    });
}

#[test]
fn tsk_7_callbacks_come_through_the_loop_in_order() {
    let trace = played(async {
        let task = create_task(async {});
        let own = task.task_ref();
        for n in 0..3 {
            let own = own.clone();
            task.add_done_callback(move |task| say!("{n} {}", task == own));
        }
        turns(1).await;
        say!("done: {}", task.done());
        task.add_done_callback(|_| say!("late"));
        say!("added");
        turns(1).await;
    });
    assert_eq!(trace, "0:done: true · 0:added · 0:0 true · 0:1 true · 0:2 true · 0:late");
}

#[test]
fn tsk_8_a_callback_has_no_current_task() {
    let trace = played(async {
        let task = create_task(async {});
        task.add_done_callback(|_| say!("none: {}", try_current_task().is_none()));
        turns(2).await;
    });
    assert_eq!(trace, "0:none: true");
}

#[test]
fn tsk_9_a_callback_can_be_removed_before_it_is_called() {
    let trace = played(async {
        let mut task = create_task(async {});
        let shared = asyncio::spawn(async {});
        let unwanted = task.add_done_callback(|_| say!("not reached"));
        task.add_done_callback(|_| say!("the other one"));
        let foreign = shared.add_done_callback(|_| say!("not reached"));
        assert!(!task.remove_done_callback(&foreign));
        assert!(shared.remove_done_callback(&foreign));
        assert!(task.remove_done_callback(&unwanted));
        assert!(!task.remove_done_callback(&unwanted));
        let waiting = create_task(async move { (&mut task).await.unwrap() });
        turns(1).await;
        waiting.await.unwrap();
    });
    assert_eq!(trace, "0:the other one");
}

#[test]
fn tsk_10_a_callback_that_fails_changes_nothing() {
    let trace = played(async {
        let seen = reports();
        let mut task = create_task(async { 7 });
        task.add_done_callback(|_| panic!("boom in a callback"));
        task.add_done_callback(|_| say!("the next one"));
        turns(2).await;
        say!("{}", task.result().unwrap().unwrap());
        let seen = seen.take();
        assert!(seen.len() == 1 && seen[0].contains("boom in a callback"), "{seen:?}");
    });
    assert_eq!(trace, "0:the next one · 0:7");
}

#[test]
fn diff_tsk_11_a_future_may_be_awaited_by_any_loop() {
    let future = asyncio::run(async { create_future::<u32>() });
    let setter = future.clone();
    asyncio::run(async move {
        let waiter = create_task(future.into_future());
        turns(1).await;
        std::thread::spawn(move || setter.set_result(8).unwrap()).join().unwrap();
        assert_eq!(waiter.await.unwrap().unwrap(), 8);
    });
}

#[test]
fn tsk_12_a_task_cannot_await_itself() {
    run_virtual(async {
        let own = Rc::new(RefCell::new(None::<Task<()>>));
        let handle = own.clone();
        let task = create_task(async move {
            let me = handle.borrow_mut().take().unwrap();
            let _ = me.await;
        });
        let seen = reports();
        own.replace(Some(task));
        turns(2).await;
        let seen = seen.take();
        assert!(seen.len() == 1 && seen[0].contains("a task cannot await itself"), "{seen:?}");
    });
}

#[test]
fn tsk_13_names_are_text() {
    run_virtual(async {
        let task = create_task(async {});
        task.set_name(format!("{}", 5));
        assert_eq!(task.name(), "5");
        task.task_ref().set_name("another");
        assert_eq!(task.name(), "another");
    });
}

#[test]
fn diff_tsk_15_context_and_loop_are_asked_for_inside() {
    run_virtual(async {
        let own = get_running_loop();
        let task = create_task(async { (copy_context(), get_running_loop()) });
        assert!(task.await.unwrap().1 == own);
    });
}

#[test]
fn tsk_16_the_text_form() {
    run_virtual(async {
        let task = Task::builder().name("fetcher").spawn(sleep(5));
        let text = |word: &str| {
            let text = format!("{task:?}");
            let says = [word, "fetcher", "handle.rs"];
            assert!(says.iter().all(|word| text.contains(word)), "{text}");
            text
        };
        text("pending");
        turns(1).await;
        assert!(text("pending").contains("Sleep"), "what it waits for");
        task.cancel();
        text("cancelling");
        turns(1).await;
        text("cancelled");
        let finished = create_task(async {});
        turns(1).await;
        assert!(format!("{finished:?}").contains("finished"));
    });
}

/// Where a task stands: the kind of its wait and the line.
#[test]
fn diff_tsk_17_what_a_task_waits_for_and_from_which_line() {
    run_virtual(async {
        let lock = Rc::new(local::Lock::new(()));
        let theirs = lock.clone();
        let _held = lock.lock().await;
        let line = line!() + 1;
        let task = create_task(async move { drop(theirs.lock().await) });
        assert!(task.task_ref().waits_for().is_none(), "not begun");
        turns(1).await;
        let wait = task.task_ref().waits_for().unwrap();
        assert_eq!((wait.kind, wait.at.file(), wait.at.line()), (WaitKind::Lock, file!(), line));
        task.cancel();
        let ended: Result<(), JoinError> = task.await;
        assert!(ended.unwrap_err().is_cancelled());
        assert!(current_task().waits_for().is_none(), "nor one that runs");
    });
}

#[test]
fn diff_tsk_18_is_part_of_the_text_form() {
    run_virtual(async {
        let task = create_task(sleep(5));
        turns(1).await;
        let mut file = Vec::new();
        std::io::Write::write_fmt(&mut file, format_args!("{task:?}")).unwrap();
        assert!(String::from_utf8(file).unwrap().contains("handle.rs"));
    });
}
