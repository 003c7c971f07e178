//! First in, first out.

use crate::support::{Log, run, yield_now};
use asyncio_executor::{LocalExecutor, ThreadPark, create_task, spawn};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

#[test]
fn exe_4_tasks_begin_in_creation_order_and_not_before_the_creator_suspends() {
    let log = Log::default();
    run(async {
        let tasks: Vec<_> = (0..3)
            .map(|n| {
                let log = log.clone();
                create_task(async move { log.say(format!("task {n}")) })
            })
            .collect();
        log.say("created");
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(log.take(), ["created", "task 0", "task 1", "task 2"]);
}

#[test]
fn exe_2_what_becomes_ready_in_a_batch_runs_in_the_next() {
    let log = Log::default();
    run(async {
        let (a, b) = (log.clone(), log.clone());
        let first = create_task(async move {
            a.say("first");
            let inner = a.clone();
            create_task(async move { inner.say("made by first") }).await.unwrap();
        });
        let second = create_task(async move { b.say("second") });
        first.await.unwrap();
        second.await.unwrap();
    });
    assert_eq!(log.take(), ["first", "second", "made by first"]);
}

#[test]
fn a_task_that_wakes_itself_goes_behind_those_that_it_woke() {
    let log = Log::default();
    run(async {
        let waiting = Rc::new(RefCell::new(None::<Waker>));
        let (slot, l) = (waiting.clone(), log.clone());
        let other = create_task(poll_fn(move |cx| {
            if slot.borrow().is_some() {
                l.say("other");
                return Poll::Ready(());
            }
            *slot.borrow_mut() = Some(cx.waker().clone());
            Poll::Pending
        }));
        yield_now().await;
        let (l, mut polls) = (log.clone(), 0);
        let selfish = create_task(poll_fn(move |cx| {
            polls += 1;
            if polls == 1 {
                cx.waker().wake_by_ref();
                waiting.borrow().as_ref().unwrap().wake_by_ref();
                return Poll::Pending;
            }
            l.say("selfish");
            Poll::Ready(())
        }));
        other.await.unwrap();
        selfish.await.unwrap();
    });
    assert_eq!(log.take(), ["other", "selfish"]);
}

#[test]
fn no_task_runs_twice_for_two_wakes() {
    let polls = Rc::new(Cell::new(0));
    let seen = polls.clone();
    run(async move {
        let waker = Rc::new(RefCell::new(None::<Waker>));
        let slot = waker.clone();
        let task = create_task(poll_fn(move |cx| {
            polls.set(polls.get() + 1);
            *slot.borrow_mut() = Some(cx.waker().clone());
            if polls.get() == 2 { Poll::Ready(()) } else { Poll::Pending }
        }));
        yield_now().await;
        let waker = waker.take().unwrap();
        waker.wake_by_ref();
        waker.wake_by_ref();
        let clone = waker.clone();
        clone.wake();
        task.await.unwrap();
        waker.wake();
        yield_now().await;
    });
    assert_eq!(seen.get(), 2);
}

#[test]
fn tasks_callbacks_and_shared_tasks_stand_in_one_queue() {
    let log = Log::default();
    let executor = LocalExecutor::new();
    let lines = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let (a, b, c, d) = (lines.clone(), lines.clone(), lines.clone(), lines.clone());
    executor.call_soon(move || a.lock().unwrap().push("callback 1"));
    let _entered = executor.enter();
    let task = create_task(async move { b.lock().unwrap().push("task") });
    let shared = spawn(async move { c.lock().unwrap().push("shared") });
    executor.call_soon(move || d.lock().unwrap().push("callback 2"));
    executor.run_until(async {}, &mut ThreadPark::new()).unwrap();
    assert!(task.done() && shared.done());
    assert_eq!(*lines.lock().unwrap(), ["callback 1", "task", "shared", "callback 2"]);
    drop(log);
}

#[test]
fn many_more_than_the_ring_holds_keep_their_order() {
    let order = Rc::new(RefCell::new(Vec::new()));
    let seen = order.clone();
    run(async move {
        let tasks: Vec<_> = (0..5000)
            .map(|n| {
                let order = order.clone();
                create_task(async move {
                    yield_now().await;
                    order.borrow_mut().push(n);
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert!(seen.borrow().iter().copied().eq(0..5000));
}
