//! Tasks on executors of the user's.

use crate::support::{quiet, run, yield_now};
use asyncio_context::catch_cancel;
use asyncio_executor::{Job, LocalJob, create_task, install_local_spawn, install_spawn, spawn};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::pending;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

/// Polls everything there is until nothing ends any more.
fn poll_all(jobs: &RefCell<VecDeque<LocalJob>>) {
    let polls = jobs.borrow().len() * 8;
    for _ in 0..polls {
        let job = jobs.borrow_mut().pop_front();
        let Some(mut job) = job else { return };
        if std::pin::Pin::new(&mut job).poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            jobs.borrow_mut().push_back(job);
        }
    }
}

#[test]
fn loop_tasks_go_to_the_installed_executor() {
    quiet();
    let jobs = Rc::new(RefCell::new(VecDeque::new()));
    let queue = jobs.clone();
    let guard =
        install_local_spawn(Rc::new(move |job: LocalJob| queue.borrow_mut().push_back(job)));
    let not_send = Rc::new(5);
    let mut inner = create_task(async move { *not_send });
    let panics = create_task(async { panic!("boom elsewhere") });
    let mut outer = create_task(async move { panics.await.unwrap_err().is_panic() });
    let mut cancelled = create_task(async {
        catch_cancel(pending::<()>()).await.unwrap_err().swallow();
        "swallowed"
    });
    let called = Rc::new(RefCell::new(0));
    let count = called.clone();
    inner.add_done_callback(move |_| *count.borrow_mut() += 1);
    assert_eq!(jobs.borrow()[0].task(), &inner.task_ref());
    poll_all(&jobs);
    cancelled.cancel();
    poll_all(&jobs);
    assert_eq!(inner.result().unwrap().unwrap(), 5);
    assert!(outer.result().unwrap().unwrap());
    assert_eq!(cancelled.result().unwrap().unwrap(), "swallowed");
    assert_eq!(*called.borrow(), 1);
    let count = called.clone();
    inner.add_done_callback(move |_| *count.borrow_mut() += 1);
    assert_eq!(*called.borrow(), 2);
    // Dropped by its executor: cancelled.
    let mut dropped = create_task(pending::<()>());
    jobs.borrow_mut().clear();
    assert!(dropped.result().unwrap().unwrap_err().is_cancelled());
    drop(guard);
    assert!(std::panic::catch_unwind(|| drop(create_task(async {}))).is_err());
}

#[test]
fn a_running_loop_comes_before_an_installed_executor_for_loop_tasks() {
    let _guard = install_local_spawn(Rc::new(|_: LocalJob| unreachable!("the loop runs")));
    run(async { create_task(async { 1 }).await.unwrap() });
}

#[test]
fn shared_tasks_go_to_the_installed_executor_first() {
    let jobs = Arc::new(Mutex::new(Vec::new()));
    let queue = jobs.clone();
    let guard = install_spawn(Arc::new(move |job: Job| queue.lock().unwrap().push(job)));
    let value = run(async {
        let task = spawn(async { 7 });
        yield_now().await;
        assert!(!task.done());
        let jobs = std::mem::take(&mut *jobs.lock().unwrap());
        let worker = std::thread::spawn(move || {
            for mut job in jobs {
                let mut cx = Context::from_waker(Waker::noop());
                assert_eq!(std::pin::Pin::new(&mut job).poll(&mut cx), Poll::Ready(()));
            }
        });
        let value = task.await.unwrap();
        worker.join().unwrap();
        value
    });
    assert_eq!(value, 7);
    drop(guard);
    assert_eq!(run(async { spawn(async { 8 }).await.unwrap() }), 8);
}

#[test]
#[should_panic(expected = "create_task() was called with no running loop")]
fn create_task_without_a_loop_says_so() {
    drop(create_task(async {}));
}

#[test]
#[should_panic(expected = "spawn() was called with no running loop")]
fn spawn_without_an_executor_says_so() {
    drop(spawn(async {}));
}
