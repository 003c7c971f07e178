//! `run` and `Runner`.

use asyncio::{
    Runner, all_tasks, catch_cancel, context_var, create_task, current_task, get_running_loop,
    local::Event, now, run_virtual, sleep, to_thread, with_cleanup,
};
use std::cell::{Cell, RefCell};
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn runner() -> Runner {
    Runner::builder().virtual_time(true).build().unwrap()
}

#[test]
fn run_1_the_value_of_main_which_may_borrow() {
    let words = [String::from("a"), String::from("b")];
    let mut joined = String::new();
    let n = asyncio::run(async {
        for word in &words {
            joined.push_str(word);
        }
        joined.len()
    });
    assert_eq!((n, joined.as_str()), (2, "ab"));
}

#[test]
fn run_2_a_panic_of_main_goes_on_after_the_clean_up() {
    let cleaned = Rc::new(Cell::new(false));
    let seen = cleaned.clone();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        run_virtual(async {
            let _left = create_task(with_cleanup(pending::<()>(), async move || {
                sleep(s(1)).await;
                seen.set(true);
            }));
            sleep(s(1)).await;
            panic!("out of main");
        })
    }));
    assert_eq!(panicked.unwrap_err().downcast_ref::<&str>(), Some(&"out of main"));
    assert!(cleaned.get());
}

#[test]
fn mains_location_is_the_line_that_runs_it() {
    let here = |task: asyncio::TaskRef| {
        assert_eq!(task.location().file(), file!());
        task.location().line()
    };
    assert_eq!(here(asyncio::run(async { current_task() })), line!());
    assert_eq!(here(run_virtual(async { current_task() })), line!());
    assert_eq!(here(runner().run(async { current_task() }).unwrap()), line!());
}

#[test]
fn run_4_a_task_can_be_run() {
    let mut runner = runner();
    let task = runner.run(async { create_task(async { 5 }) }).unwrap();
    assert_eq!(runner.run(task).unwrap().unwrap(), 5);
}

#[test]
fn run_6_every_call_has_a_loop_of_its_own() {
    let first = asyncio::run(async { get_running_loop() });
    let second = asyncio::run(async { get_running_loop() });
    assert!(first != second && first.is_closed() && second.is_closed());
}

#[test]
fn run_10_what_is_left_is_cancelled_and_awaited() {
    let trace = Rc::new(RefCell::new(Vec::new()));
    let seen = trace.clone();
    let value = run_virtual(async move {
        let began = now();
        for n in [2, 1] {
            let seen = seen.clone();
            drop(create_task(with_cleanup(pending::<()>(), async move || {
                sleep(s(n)).await;
                seen.borrow_mut().push((n, (now() - began).as_secs()));
            })));
        }
        sleep(s(1)).await;
        "main's own"
    });
    assert_eq!(value, "main's own");
    assert_eq!(*trace.borrow(), [(1, 2), (2, 3)]);
}

#[test]
fn run_13_who_swallows_is_waited_for() {
    let done = Rc::new(Cell::new(false));
    let seen = done.clone();
    run_virtual(async move {
        drop(create_task(async move {
            let _ = catch_cancel(pending::<()>()).await.map_err(|cancelled| cancelled.swallow());
            sleep(s(3600)).await;
            seen.set(true);
        }));
        sleep(s(0)).await;
    });
    assert!(done.get());
}

#[test]
fn run_14_there_is_one_pass() {
    let ran = Rc::new(Cell::new(false));
    let (seen, made) = (ran.clone(), Rc::new(Cell::new(false)));
    let was_made = made.clone();
    run_virtual(async move {
        drop(create_task(with_cleanup(pending::<()>(), async move || {
            drop(create_task(async move {
                sleep(s(1)).await;
                seen.set(true);
            }));
            was_made.set(true);
        })));
        sleep(s(0)).await;
    });
    assert!(made.get() && !ran.get());
}

#[test]
fn run_16_calls_that_still_run_are_waited_for() {
    static DONE: AtomicBool = AtomicBool::new(false);
    asyncio::run(async {
        let (begun, has_begun) = std::sync::mpsc::channel();
        drop(create_task(async move {
            to_thread(move || {
                begun.send(()).unwrap();
                // Long enough that a run which does not wait is over before.
                for _ in 0..1_000 {
                    std::thread::yield_now();
                }
                DONE.store(true, Ordering::Release);
            })
            .await
        }));
        sleep(Duration::ZERO).await;
        has_begun.recv().unwrap();
    });
    assert!(DONE.load(Ordering::Acquire));
}

#[test]
fn run_18_a_cancelled_main() {
    let cancelled = || async {
        current_task().cancel_with("enough");
        pending::<()>().await
    };
    let panicked = catch_unwind(|| asyncio::run(cancelled())).unwrap_err();
    assert_eq!(panicked.downcast_ref::<String>().unwrap(), "the main task was cancelled: enough");
    assert_eq!(runner().run(cancelled()).unwrap_err().message(), Some("enough"));
}

#[test]
fn rnr_2_many_runs_on_one_loop() {
    let mut runner = runner();
    let first = runner.run(async { get_running_loop() }).unwrap();
    let second = runner.run(async { get_running_loop() }).unwrap();
    assert!(first == second && first == runner.get_loop());
}

#[test]
fn rnr_4_context_variables_live_from_run_to_run() {
    context_var! {
        static COLOUR: &'static str = "none";
    }
    let mut runner = runner();
    runner.run(async { drop(COLOUR.set("red")) }).unwrap();
    assert_eq!(runner.run(async { COLOUR.get() }).unwrap(), "red");
    assert_eq!(COLOUR.get(), "none");
}

#[test]
fn rnr_5_a_run_in_another_context() {
    context_var! {
        static SHADE: &'static str = "none";
    }
    let (mut runner, mut other) = (runner(), asyncio::Context::new());
    runner.run(async { drop(SHADE.set("the runner's")) }).unwrap();
    runner.run_in(&mut other, async { drop(SHADE.set("another")) }).unwrap();
    let panics = async {
        drop(SHADE.set("set before a panic"));
        panic!("out of main")
    };
    let panicked = catch_unwind(AssertUnwindSafe(|| runner.run_in(&mut other, panics)));
    assert!(panicked.is_err());
    assert_eq!(other.run(|| SHADE.get()), "set before a panic");
    assert_eq!(runner.run(async { SHADE.get() }).unwrap(), "the runner's");
}

#[test]
fn rnr_6_what_is_left_goes_on_in_the_next_run() {
    let mut runner = runner();
    let event = Rc::new(Event::new());
    let waiter = runner
        .run({
            let event = event.clone();
            async move {
                create_task(async move {
                    event.wait().await;
                    "seen"
                })
            }
        })
        .unwrap();
    assert_eq!(runner.run(async { all_tasks().len() }).unwrap(), 2);
    event.set();
    assert_eq!(runner.run(waiter).unwrap().unwrap(), "seen");
}

#[test]
fn rnr_10_rnr_11_rnr_12_a_closed_runner() {
    let mut runner = runner();
    let cleaned = Rc::new(Cell::new(false));
    let seen = cleaned.clone();
    runner
        .run(async move {
            drop(create_task(with_cleanup(pending::<()>(), async move || seen.set(true))));
            sleep(s(0)).await;
        })
        .unwrap();
    assert!(!cleaned.get());
    runner.close();
    assert!(cleaned.get());
    runner.close();
    let refused = catch_unwind(AssertUnwindSafe(|| runner.run(async {}))).unwrap_err();
    assert_eq!(refused.downcast_ref::<&str>(), Some(&"the runner is closed"));
}

#[test]
fn rnr_13_closing_an_unused_one_does_not_use_it_up() {
    let mut runner = Runner::new();
    runner.close();
    assert_eq!(runner.run(async { 1 }).unwrap(), 1);
}
