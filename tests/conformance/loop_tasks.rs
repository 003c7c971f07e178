//! Tasks, as the loop makes them.

use crate::notes::*;
use asyncio::{
    Task, all_tasks, context_var, copy_context, create_task, current_task, get_running_loop,
    recorded, sleep, try_current_task, yield_now,
};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

context_var! { static NUMBER: u32 = 0; }

#[test]
fn ll37_1_a_task_does_not_run_before_the_call_returns() {
    asyncio::run_virtual(async {
        let notes = Notes::new();
        let said = notes.clone();
        let task = create_task(async move { said.say("task") });
        notes.say("made");
        task.await.unwrap();
        assert_eq!(notes.read(), "made task");
    });
}

#[test]
fn ll37_2_a_closed_loop_makes_no_task_and_drops_the_future() {
    let mut event_loop = virtual_loop();
    event_loop.close();
    let held = Rc::new(());
    let inner = held.clone();
    let text = panics_with(|| {
        event_loop.create_task(async move {
            let _inner = inner;
        })
    });
    assert!(text.contains("closed"), "{text}");
    assert_eq!(Rc::strong_count(&held), 1);
}

#[test]
fn ll37_4_a_task_without_a_name_is_numbered_over_the_whole_process() {
    let number = |name: &str| name.strip_prefix("Task-").unwrap().parse::<u64>().unwrap();
    let first = asyncio::run_virtual(async { create_task(async {}).name().into_owned() });
    let second = asyncio::run_virtual(async { create_task(async {}).name().into_owned() });
    assert!(number(&second) > number(&first), "{first} {second}");
}

#[test]
fn ll37_6_a_task_runs_with_a_copy_of_its_makers_variables_or_those_given() {
    asyncio::run_virtual(async {
        NUMBER.set(1);
        let copied = create_task(async {
            let seen = NUMBER.get();
            NUMBER.set(9);
            yield_now().await;
            (seen, NUMBER.get())
        });
        NUMBER.set(2);
        let mut given = copy_context();
        given.run(|| NUMBER.set(3));
        let given = Task::builder().context(given).spawn(async { NUMBER.get() });
        assert_eq!(copied.await.unwrap(), (1, 9));
        assert_eq!((given.await.unwrap(), NUMBER.get()), (3, 2));
    });
}

#[test]
fn diff_ll37_7_the_loop_keeps_a_task_that_nobody_refers_to() {
    asyncio::run_virtual(async {
        let done = Rc::new(Cell::new(false));
        let seen = done.clone();
        drop(create_task(async move {
            sleep(Duration::from_secs(1)).await;
            seen.set(true);
        }));
        sleep(Duration::from_secs(2)).await;
        assert!(done.get());
    });
}

#[test]
fn ll40_1_an_eager_task_runs_inside_the_call_up_to_its_first_suspension() {
    asyncio::run_virtual(async {
        get_running_loop().set_eager_tasks(true);
        let notes = Notes::new();
        let said = notes.clone();
        let task = create_task(async move {
            said.say("first");
            yield_now().await;
            said.say("second");
        });
        notes.say("made");
        task.await.unwrap();
        assert_eq!(notes.read(), "first made second");
    });
}

#[test]
fn ll40_2_one_that_ends_there_is_done_and_was_never_queued() {
    asyncio::run_virtual(async {
        get_running_loop().set_eager_tasks(true);
        let mut task = create_task(async { 5 });
        assert!(task.done());
        assert_eq!(task.result().unwrap().unwrap(), 5);
        assert_eq!(all_tasks().len(), 1);
    });
}

#[test]
fn ll40_3_one_that_suspends_goes_on_like_any_task() {
    asyncio::run_virtual(async {
        get_running_loop().set_eager_tasks(true);
        let task = create_task(async {
            sleep(Duration::from_secs(1)).await;
            6
        });
        assert!(!task.done() && all_tasks().len() == 2);
        assert_eq!(task.await.unwrap(), 6);
    });
}

#[test]
fn ll40_4_it_is_current_in_its_first_step_and_its_maker_after_also_when_it_panics() {
    asyncio::run_virtual(async {
        get_running_loop().set_eager_tasks(true);
        let own = current_task();
        let mut task = create_task(async { current_task() });
        let seen = task.result().unwrap().unwrap();
        assert!(seen == task.task_ref() && seen != own);
        assert_eq!(current_task(), own);
        let failed = create_task(async { panic!("in the first step") });
        assert_eq!(current_task(), own);
        let failed: Task<()> = failed;
        assert!(failed.await.unwrap_err().is_panic());
    });
}

#[test]
fn ll40_5_one_task_can_be_made_lazy_or_eager_by_itself() {
    asyncio::run_virtual(async {
        assert!(Task::builder().eager_start(true).spawn(async {}).done());
        assert!(!create_task(async {}).done());
        get_running_loop().set_eager_tasks(true);
        assert!(!Task::builder().eager_start(false).spawn(async {}).done());
        assert!(create_task(async {}).done());
        get_running_loop().set_eager_tasks(false);
        assert!(!create_task(async {}).done());
    });
}

#[test]
fn ll40_6_a_loop_that_does_not_run_starts_none_eagerly() {
    let mut event_loop = virtual_loop();
    event_loop.loop_ref().set_eager_tasks(true);
    let task = event_loop.create_task(async { 7 });
    assert!(!task.done());
    assert_eq!(event_loop.run_until_complete(task).unwrap().unwrap(), 7);
}

#[test]
fn diff_ll41_1_a_recorded_future_is_a_task_that_no_loop_lists() {
    asyncio::run_virtual(async {
        let seen =
            recorded("foreign", async { (current_task().name().into_owned(), all_tasks().len()) });
        assert_eq!(seen.await.unwrap(), ("foreign".to_owned(), 1));
    });
}

#[test]
fn ll41_2_it_is_the_current_task_while_it_is_polled() {
    let future = recorded("foreign", async {
        let first = current_task();
        yield_now().await;
        first == current_task() && first.name() == "foreign"
    });
    assert!(futures_lite::future::block_on(future).unwrap());
    assert!(try_current_task().is_none());
}

#[test]
fn diff_ll41_3_a_task_polled_inside_another_one_is_current_until_its_poll_ends() {
    asyncio::run_virtual(async {
        let own = current_task();
        let inner = recorded("inner", async { current_task().name().into_owned() }).await;
        assert_eq!(inner.unwrap(), "inner");
        assert_eq!(current_task(), own);
    });
}

#[test]
fn ll41_4_all_tasks_are_those_of_the_loop_that_are_not_over() {
    let other = virtual_loop();
    let _elsewhere = other.create_task(std::future::pending::<()>());
    asyncio::run_virtual(async {
        let done = create_task(async {});
        let open = create_task(std::future::pending::<()>());
        yield_now().await;
        assert!(done.done());
        assert_eq!(all_tasks(), [current_task(), open.task_ref()]);
    });
    assert_eq!(other.all_tasks().len(), 1);
}

#[test]
fn diff_ll41_6_another_thread_asks_the_loop_for_its_tasks() {
    asyncio::run(async {
        let _open = create_task(std::future::pending::<()>());
        let handle = get_running_loop().handle();
        let thread = std::thread::spawn(move || {
            handle.run_coroutine_threadsafe(|| async { all_tasks().len() })
        });
        // Main, the one that is open, and the one that counts.
        assert_eq!(thread.join().unwrap().await.unwrap(), 3);
    });
}
