//! `Runner`.

use crate::stage::{pending, sleep, turns};
use asyncio::{
    Context, Runner, all_tasks, context_var, create_task, current_task, get_running_loop,
    local::Event, with_cleanup,
};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

context_var! {
    static COLOUR: &'static str = "none";
}

fn runner() -> Runner {
    Runner::builder().virtual_time(true).build().unwrap()
}

#[test]
fn rnr_1_making_one_makes_no_loop() {
    let mut runner = Runner::new();
    assert!(format!("{runner:?}").contains("event_loop: None"), "{runner:?}");
    runner.get_loop();
    assert!(!format!("{runner:?}").contains("event_loop: None"), "{runner:?}");
}

#[test]
fn rnr_2_many_runs_on_one_loop() {
    let mut runner = runner();
    let loops = [(); 3].map(|()| runner.run(async { get_running_loop() }).unwrap());
    assert!(loops[0] == loops[1] && loops[1] == loops[2]);
    let panicked = catch_unwind(AssertUnwindSafe(|| runner.run(async { panic!("out of main") })));
    assert_eq!(panicked.unwrap_err().downcast_ref::<&str>(), Some(&"out of main"));
    assert_eq!(runner.run(async { 4 }).unwrap(), 4, "and it goes on after a failure");
}

#[test]
fn rnr_3_gives_its_loop() {
    let mut runner = runner();
    let before = runner.get_loop();
    assert!(!before.is_running());
    assert!(before == runner.run(async { get_running_loop() }).unwrap());
}

#[test]
fn rnr_4_variables_live_from_run_to_run() {
    let mut runner = runner();
    runner.run(async { drop(COLOUR.set("red")) }).unwrap();
    assert_eq!(runner.run(async { COLOUR.get() }).unwrap(), "red");
    assert_eq!(COLOUR.get(), "none", "and the caller's stay as they are");
}

#[test]
fn rnr_5_a_run_in_another_context() {
    let (mut runner, mut other) = (runner(), Context::new());
    runner.run(async { drop(COLOUR.set("the runner's")) }).unwrap();
    let seen = runner.run_in(&mut other, async {
        let before = COLOUR.get();
        drop(COLOUR.set("another"));
        before
    });
    assert_eq!(seen.unwrap(), "none");
    assert_eq!(other.run(|| COLOUR.get()), "another");
    assert_eq!(runner.run(async { COLOUR.get() }).unwrap(), "the runner's");
}

#[test]
fn rnr_6_what_a_run_leaves_goes_on_in_the_next() {
    let (mut runner, event, asked) = (runner(), Rc::new(Event::new()), Rc::new(Cell::new(false)));
    let (set, seen) = (event.clone(), asked.clone());
    let waiter = runner
        .run(async move {
            drop(create_task(with_cleanup(pending(), async move || seen.set(true))));
            turns(1).await;
            create_task(async move { event.wait().await })
        })
        .unwrap();
    assert_eq!(runner.run(async { all_tasks().len() }).unwrap(), 3);
    set.set();
    runner.run(waiter).unwrap().unwrap();
    assert!(!asked.get());
    runner.close();
    assert!(asked.get(), "cancelled when it closes");
}

#[test]
fn rnr_7_a_finished_task_and_any_awaitable() {
    let mut runner = runner();
    let task = runner.run(async {
        let task = create_task(async { 5 });
        turns(1).await;
        assert!(task.done());
        task
    });
    assert_eq!(runner.run(task.unwrap()).unwrap().unwrap(), 5);
    assert_eq!(runner.run(std::future::ready(6)).unwrap(), 6);
}

#[test]
fn rnr_8_refused_inside_a_loop() {
    let started = Rc::new(Cell::new(false));
    let seen = started.clone();
    let refused = asyncio::run(async move {
        let main = async move { seen.set(true) };
        catch_unwind(AssertUnwindSafe(|| Runner::new().run(main))).unwrap_err()
    });
    let text = refused.downcast_ref::<String>().unwrap();
    assert!(text.contains("Runner.run() cannot be called from a running event loop"), "{text}");
    assert!(!started.get());
}

#[test]
fn rnr_9_the_debug_flag() {
    for debug in [true, false] {
        let mut runner = Runner::builder().debug(debug).build().unwrap();
        assert_eq!(runner.get_loop().debug(), debug);
    }
}

#[test]
fn rnr_10_leaving_cleans_up_and_closes() {
    let steps = Rc::new(RefCell::new(Vec::new()));
    let event_loop = {
        let mut runner = runner();
        let seen = steps.clone();
        runner
            .run(async move {
                drop(create_task(with_cleanup(pending(), async move || {
                    sleep(1).await;
                    seen.borrow_mut().push("cleaned up");
                })));
                turns(1).await;
            })
            .unwrap();
        steps.borrow_mut().push("leaving");
        runner.get_loop()
    };
    assert_eq!(*steps.borrow(), ["leaving", "cleaned up"]);
    assert!(event_loop.is_closed());
}

#[test]
fn rnr_11_a_closed_one_refuses() {
    let (mut runner, started) = (runner(), Cell::new(false));
    runner.run(async {}).unwrap();
    runner.close();
    let run = catch_unwind(AssertUnwindSafe(|| runner.run(async { started.set(true) })));
    let get = catch_unwind(AssertUnwindSafe(|| runner.get_loop()));
    for refused in [run.unwrap_err(), get.unwrap_err()] {
        assert_eq!(refused.downcast_ref::<&str>(), Some(&"the runner is closed"));
    }
    assert!(!started.get());
}

#[test]
fn rnr_12_closing_twice_is_closing_once() {
    let mut runner = runner();
    let event_loop = runner.run(async { get_running_loop() }).unwrap();
    runner.close();
    runner.close();
    assert!(event_loop.is_closed());
}

#[test]
fn rnr_13_closing_an_unused_one_does_not_use_it_up() {
    let mut runner = Runner::new();
    runner.close();
    assert_eq!(runner.run(async { 1 }).unwrap(), 1);
}

/// Nobody may ask it for a text.
struct Silent;

impl fmt::Debug for Silent {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("a result was formatted")
    }
}

#[test]
fn rnr_15_results_are_never_formatted() {
    let mut runner = Runner::builder().debug(true).build().unwrap();
    let result = runner.run(async {
        assert!(current_task().name().starts_with("Task-"));
        create_task(async { Silent }).await.unwrap()
    });
    assert!(result.is_ok());
}
