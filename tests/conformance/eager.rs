//! Eager tasks.

use crate::notes::*;
use asyncio::{
    Task, TaskGroup, all_tasks, context_var, create_future, create_task, current_task, gather,
    get_running_loop, yield_now,
};
use std::cell::Cell;
use std::rc::Rc;

context_var! { static NUMBER: u32 = 0; }

/// Runs `main` on a loop whose tasks are eager.
fn eagerly<T>(main: impl Future<Output = T>) -> T {
    asyncio::run_virtual(async {
        get_running_loop().set_eager_tasks(true);
        main.await
    })
}

#[test]
fn eag_1_every_task_has_its_first_step_inside_the_call() {
    eagerly(async {
        let notes = Notes::new();
        for n in 0..3 {
            let said = notes.clone();
            drop(create_task(async move {
                said.say(n);
                yield_now().await;
                said.say("late");
            }));
            notes.say("made");
        }
        assert_eq!(notes.read(), "0 made 1 made 2 made");
    });
}

#[test]
fn eag_2_one_that_never_suspends_is_done_and_passes_no_loop() {
    let mut event_loop = virtual_loop();
    event_loop.loop_ref().set_eager_tasks(true);
    event_loop
        .run_until_complete(async {
            let mut task = create_task(async { 3 });
            assert_eq!(task.result().unwrap().unwrap(), 3);
        })
        .unwrap();
}

#[test]
fn eag_3_one_that_suspends_goes_on_later() {
    eagerly(async {
        let task = create_task(async {
            yield_now().await;
            4
        });
        assert!(!task.done());
        assert_eq!(task.await.unwrap(), 4);
    });
}

#[test]
fn eag_4_it_may_complete_what_its_maker_then_awaits_without_suspending() {
    eagerly(async {
        let value = create_future();
        let sets = value.clone();
        let turned = Rc::new(Cell::new(false));
        let turns = turned.clone();
        get_running_loop().call_soon(move || turns.set(true));
        drop(create_task(async move { sets.set_result(5).unwrap() }));
        assert_eq!(value.await.unwrap(), 5);
        assert!(!turned.get());
    });
}

#[test]
fn eag_5_the_current_task_is_the_new_one_then_the_maker_again() {
    eagerly(async {
        let own = current_task();
        let task = create_task(async {
            let first = current_task();
            yield_now().await;
            (first, current_task())
        });
        let new = task.task_ref();
        assert_eq!(current_task(), own);
        assert_eq!(task.await.unwrap(), (new.clone(), new));
        assert_eq!(current_task(), own);
    });
}

#[test]
fn eag_6_it_has_variables_of_its_own() {
    eagerly(async {
        NUMBER.set(1);
        let task = create_task(async {
            let seen = NUMBER.get();
            NUMBER.set(2);
            yield_now().await;
            (seen, NUMBER.get())
        });
        assert_eq!(NUMBER.get(), 1);
        NUMBER.set(3);
        assert_eq!(task.await.unwrap(), (1, 2));
    });
}

#[test]
fn eag_7_it_has_its_name_in_the_first_step() {
    eagerly(async {
        let mut task =
            Task::builder().name("early").spawn(async { current_task().name().into_owned() });
        assert_eq!(task.result().unwrap().unwrap(), "early");
    });
}

#[test]
fn eag_8_cancel_does_nothing_to_one_that_is_done_and_works_on_one_that_waits() {
    eagerly(async {
        let mut done = create_task(async { 1 });
        assert!(!done.cancel());
        assert_eq!(done.result().unwrap().unwrap(), 1);
        let waits = create_task(std::future::pending::<()>());
        assert!(waits.cancel_with("enough"));
        let error = waits.await.unwrap_err();
        assert!(error.is_cancelled() && error.message().is_some_and(|text| *text == *"enough"));
    });
}

#[test]
fn eag_9_a_panic_in_the_first_step_is_the_tasks() {
    eagerly(async {
        let mut task: Task<()> = create_task(async { panic!("broken") });
        assert!(task.result().unwrap().unwrap_err().is_panic());
    });
}

#[test]
fn eag_10_done_callbacks_come_through_the_loop() {
    eagerly(async {
        let called = Rc::new(Cell::new(false));
        let calls = called.clone();
        let task = create_task(async {});
        task.add_done_callback(move |_| calls.set(true));
        assert!(task.done() && !called.get());
        yield_now().await;
        assert!(called.get());
    });
}

#[test]
fn eag_11_all_tasks_has_it_in_its_first_step_and_after_only_if_it_waits() {
    eagerly(async {
        let mut done = create_task(async { all_tasks().contains(&current_task()) });
        assert!(done.result().unwrap().unwrap());
        assert!(!all_tasks().contains(&done.task_ref()));
        let waits = create_task(std::future::pending::<()>());
        assert!(all_tasks().contains(&waits.task_ref()));
    });
}

#[test]
fn eag_12_one_task_may_be_otherwise() {
    eagerly(async {
        assert!(!Task::builder().eager_start(false).spawn(async {}).done());
    });
    asyncio::run_virtual(async {
        assert!(Task::builder().eager_start(true).spawn(async {}).done());
    });
}

#[test]
fn eag_13_on_a_loop_that_does_not_run_it_starts_later() {
    let mut event_loop = virtual_loop();
    event_loop.loop_ref().set_eager_tasks(true);
    let task = event_loop.create_task(async { current_task().name().into_owned() });
    assert!(!task.done());
    let name = task.name().into_owned();
    assert_eq!(event_loop.run_until_complete(task).unwrap().unwrap(), name);
}

#[test]
fn diff_eag_14_children_of_groups_and_gathers_are_never_queued_by_themselves() {
    async fn tree(depth: u32, counted: Rc<Cell<u32>>) {
        counted.set(counted.get() + 1);
        // They are polled by the group, and the loop has none of them in its list.
        assert_eq!(all_tasks().len(), 1);
        if depth > 0 {
            let child = |_| {
                Box::pin(tree(depth - 1, counted.clone()))
                    as std::pin::Pin<Box<dyn Future<Output = ()>>>
            };
            gather((0..5).map(child)).await;
        }
    }
    let counted = Rc::new(Cell::new(0));
    eagerly(tree(4, counted.clone()));
    assert_eq!(counted.get(), 781);
}

#[test]
fn eag_15_groups_and_gathers_work_with_eager_tasks() {
    eagerly(async {
        let both = gather!(
            create_task(async { 1 }),
            create_task(async {
                yield_now().await;
                2
            })
        );
        let (a, b) = both.await;
        assert_eq!((a.unwrap(), b.unwrap()), (1, 2));
        let (done, waits) = TaskGroup::run(async |g| {
            (
                g.create_static(async { 3 }),
                g.create_task(async {
                    yield_now().await;
                    4
                }),
            )
        })
        .await
        .unwrap();
        assert_eq!((done.result().unwrap(), waits.result().unwrap()), (3, 4));
    });
}
