//! The execution model: what everything else relies on.

use crate::stage::{played, say, secs, sleep, turns};
use asyncio::{
    Event, Lock, Queue, Report, Semaphore, Task, create_future, create_task, get_running_loop,
    run_virtual,
};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// What is reported while the loop goes on, from here on.
pub(crate) fn reports() -> Rc<RefCell<Vec<String>>> {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let list = seen.clone();
    get_running_loop().set_exception_handler(move |_: &asyncio::LoopRef, report: Report| {
        list.borrow_mut().push(report.to_string());
    });
    seen
}

#[test]
fn exe_1_first_in_first_out_each_to_its_end() {
    let trace = played(async {
        let event_loop = get_running_loop();
        event_loop.call_soon(|| say!("a"));
        drop(create_task(async {
            say!("b begins");
            turns(1).await;
            say!("b ends");
        }));
        event_loop.call_soon(|| say!("c"));
        turns(2).await;
    });
    assert_eq!(trace, "0:a · 0:b begins · 0:c · 0:b ends");
}

fn again(left: Rc<Cell<u32>>) {
    if left.get() > 0 {
        left.set(left.get() - 1);
        get_running_loop().call_soon(move || again(left));
    }
}

#[test]
fn exe_2_one_that_schedules_itself_starves_nobody() {
    let left = Rc::new(Cell::new(u32::MAX));
    let seen = left.clone();
    run_virtual(async move {
        again(left.clone());
        let timer = Rc::new(Cell::new(false));
        let fired = timer.clone();
        get_running_loop().call_later(Duration::ZERO, move || fired.set(true));
        turns(10).await;
        assert!(timer.get(), "timers come in between");
        left.set(0);
    });
    assert_eq!(seen.get(), 0);
}

#[test]
fn exe_2_once_a_turn() {
    let left = Rc::new(Cell::new(100));
    run_virtual(async {
        again(left.clone());
        turns(10).await;
        assert!((88..=91).contains(&left.get()), "{}", left.get());
    });
}

#[test]
fn exe_3_what_is_ready_then_timers_by_deadline() {
    let trace = played(async {
        let event_loop = get_running_loop();
        let now = event_loop.time();
        event_loop.call_at(now + secs(2), || say!("late"));
        event_loop.call_at(now + secs(1), || say!("early"));
        event_loop.call_at(now + secs(2), || say!("late, set second"));
        event_loop.call_later(Duration::ZERO, || say!("due"));
        event_loop.call_soon(|| say!("ready"));
        sleep(3).await;
    });
    assert_eq!(trace, "0:ready · 0:due · 1:early · 2:late · 2:late, set second");
}

#[test]
fn exe_4_in_the_order_of_creation_and_not_before_the_maker_waits() {
    let trace = played(async {
        let tasks = [1, 2, 3].map(|n| create_task(async move { say!("{n}") }));
        say!("made");
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(trace, "0:made · 0:1 · 0:2 · 0:3");
}

#[test]
fn exe_5_all_are_told_in_order_in_the_turn_after() {
    let trace = played(async {
        let future = create_future::<u32>();
        for n in 0..3 {
            let future = future.clone();
            drop(create_task(async move { say!("waiter {n} got {}", future.await.unwrap()) }));
        }
        turns(1).await;
        future.set_result(7).unwrap();
        say!("set");
        turns(2).await;
        let mut task = create_task(turns(1));
        task.add_done_callback(|_| say!("before"));
        poll_fn(|cx| {
            assert!(Pin::new(&mut &mut task).poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        task.add_done_callback(|_| say!("after"));
        task.await.unwrap();
        say!("reader");
        turns(1).await;
    });
    assert_eq!(
        trace,
        "0:set · 0:waiter 0 got 7 · 0:waiter 1 got 7 · 0:waiter 2 got 7 · 0:before · 0:reader · 0:after"
    );
}

#[test]
fn exe_6_what_is_over_is_awaited_without_a_turn() {
    let trace = played(async {
        let (task, future) = (create_task(async { 1 }), create_future());
        turns(1).await;
        future.set_result(2).unwrap();
        get_running_loop().call_soon(|| say!("next turn"));
        say!("{} {} {}", task.await.unwrap(), future.await.unwrap(), async { 3 }.await);
        turns(1).await;
    });
    assert_eq!(trace, "0:1 2 3 · 0:next turn");
}

#[test]
fn exe_7_many_readers_one_result() {
    run_virtual(async {
        let value = Rc::new("the value");
        let given = value.clone();
        let shared = create_task(async move {
            turns(3).await;
            given
        })
        .shared();
        let readers: Vec<_> = (0..3).map(|_| create_task(shared.clone())).collect();
        for reader in readers {
            assert!(Rc::ptr_eq(&reader.await.unwrap().unwrap(), &value));
        }
        assert!(Rc::ptr_eq(&shared.clone().await.unwrap(), &value), "and once more");
        let failed = create_task(async { Err::<(), _>(Rc::new("the error")) }).shared();
        let (one, two) = (failed.clone().await.unwrap(), failed.await.unwrap());
        assert!(Rc::ptr_eq(&one.unwrap_err(), &two.unwrap_err()));
    });
}

#[test]
fn diff_exe_9_primitives_may_be_used_by_other_threads() {
    let event = Arc::new(Event::new());
    let theirs = event.clone();
    asyncio::run(async move {
        let waiter = create_task(async move { event.wait().await });
        turns(1).await;
        std::thread::spawn(move || theirs.set()).join().unwrap();
        waiter.await.unwrap();
    });
}

#[test]
fn exe_10_made_and_used_without_a_loop() {
    let (lock, event, semaphore, queue) =
        (Lock::new(1), Event::new(), Semaphore::new(1), Queue::new(1));
    assert_eq!(*lock.try_lock().unwrap(), 1);
    event.set();
    queue.put_nowait(2).unwrap();
    assert!(semaphore.try_acquire().is_some());
    let got = run_virtual(async {
        event.wait().await;
        *lock.lock().await + queue.get().await.unwrap()
    });
    assert_eq!(got, 3);
}

#[test]
fn diff_exe_11_a_primitive_is_bound_to_no_loop() {
    let queue = Queue::new(1);
    for round in 0..2 {
        let got = run_virtual(async {
            let (got, ()) = asyncio::gather!(queue.get(), async {
                sleep(1).await;
                queue.put(round).await.unwrap();
            })
            .await;
            got.unwrap()
        });
        assert_eq!(got, round, "it has waited on two loops");
    }
}

#[test]
fn exe_13_a_failure_that_nobody_reads_is_reported() {
    run_virtual(async {
        let seen = reports();
        let named = || Task::builder().name("lost");
        drop(named().spawn(async { panic!("boom") }));
        drop(named().reported().spawn(async { Err::<(), _>("no such file") }));
        turns(1).await;
        let reports = seen.take();
        assert_eq!(reports.len(), 2, "{reports:?}");
        for (report, text) in reports.iter().zip(["boom", "no such file"]) {
            let says = ["never retrieved", "lost", "execution.rs", text];
            assert!(says.iter().all(|word| report.contains(word)), "{report}");
        }
        assert!(create_task(async { panic!("read by await") }).await.is_err());
        let mut task = create_task(async { panic!("read by result()") });
        turns(1).await;
        assert!(task.result().unwrap().is_err());
        drop(task);
        let kept = create_task(async { panic!("dropped later") });
        turns(1).await;
        assert_eq!(seen.take(), Vec::<String>::new(), "what was or can be read");
        drop(kept);
        turns(1).await;
        assert_eq!(seen.take().len(), 1);
    });
}

#[test]
fn diff_exe_14_a_task_without_a_handle_goes_on() {
    let trace = played(async {
        let seen = reports();
        drop(create_task(async {
            sleep(1).await;
            say!("went on");
        }));
        sleep(3).await;
        assert!(seen.take().is_empty());
    });
    assert_eq!(trace, "1:went on");
}

#[test]
fn diff_exe_15_every_panic_stays_in_its_task() {
    run_virtual(async {
        let _seen = reports();
        let task = create_task(async { panic!("SystemExit") });
        let other = create_task(async { "goes on" });
        assert!(task.await.unwrap_err().is_panic());
        assert_eq!(other.await.unwrap(), "goes on");
    });
}
