//! Context variables.

use crate::notes::*;
use asyncio::{
    Runner, Task, TaskGroup, ThreadPoolExecutor, context_var, copy_context, create_future,
    create_task, gather, get_running_loop, sleep, to_thread, wait_for, yield_now,
};
use std::sync::{Arc, Mutex};
use std::time::Duration;

context_var! {
    static NUMBER: u32 = 0;
    static DEPTH: u32 = 0, not inherited;
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn ctx_1_a_task_has_a_copy() {
    asyncio::run_virtual(async {
        NUMBER.set(1);
        let task = create_task(async {
            let seen = NUMBER.get();
            NUMBER.set(9);
            seen
        });
        NUMBER.set(2);
        assert_eq!((task.await.unwrap(), NUMBER.get()), (1, 2));
    });
}

#[test]
fn diff_ctx_2_a_context_is_given_away_and_its_changes_are_the_tasks() {
    asyncio::run_virtual(async {
        let mut context = copy_context();
        context.run(|| NUMBER.set(1));
        let copy = context.clone();
        let task = Task::builder().context(context).spawn(async {
            let seen = NUMBER.get();
            NUMBER.set(2);
            // What is to be handed on is handed out.
            (seen, copy_context())
        });
        let (seen, mut after) = task.await.unwrap();
        assert_eq!((seen, after.run(|| NUMBER.get())), (1, 2));
        let second = Task::builder().context(after).spawn(async { NUMBER.get() });
        assert_eq!(second.await.unwrap(), 2);
        assert_eq!(copy.clone().run(|| NUMBER.get()), 1);
    });
}

#[test]
fn ctx_3_a_hundred_tasks_each_see_their_own() {
    asyncio::run_virtual(async {
        let tasks: Vec<_> = (0..100)
            .map(|n| {
                create_task(async move {
                    NUMBER.set(n);
                    for _ in 0..5 {
                        yield_now().await;
                        assert_eq!(NUMBER.get(), n);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn ctx_4_a_done_callback_has_the_variables_of_its_registration() {
    asyncio::run_virtual(async {
        let value = create_future::<()>();
        let seen = Arc::new(Mutex::new(Vec::new()));
        NUMBER.set(1);
        let sees = seen.clone();
        value.add_done_callback(move |_| {
            sees.lock().unwrap().push(NUMBER.get());
            NUMBER.set(9);
        });
        let waits = value.clone();
        let task = create_task(async move {
            NUMBER.set(3);
            let sees = seen.clone();
            let inner = create_task(yield_now());
            inner.add_done_callback(move |_| {
                sees.lock().unwrap().push(NUMBER.get());
                NUMBER.set(8);
            });
            waits.await.unwrap();
            inner.await.unwrap();
            yield_now().await;
            assert_eq!(NUMBER.get(), 3);
            seen.lock().unwrap().clone()
        });
        NUMBER.set(2);
        yield_now().await;
        value.set_result(()).unwrap();
        let mut seen = task.await.unwrap();
        seen.sort();
        assert_eq!((seen, NUMBER.get()), (vec![1, 3], 2));
    });
}

#[test]
fn ctx_5_a_callback_has_those_of_the_call_or_those_given() {
    asyncio::run_virtual(async {
        let (event_loop, notes) = (get_running_loop(), Notes::new());
        NUMBER.set(1);
        let said = notes.clone();
        event_loop.call_soon(move || {
            said.say(NUMBER.get());
            NUMBER.set(9);
        });
        let mut other = copy_context();
        other.run(|| NUMBER.set(2));
        let said = notes.clone();
        event_loop.call_soon_in(other.clone(), move || said.say(NUMBER.get()));
        let said = notes.clone();
        event_loop.call_at_in(other, event_loop.time() + SECOND, move || said.say(NUMBER.get()));
        let said = notes.clone();
        DEPTH.set(5);
        event_loop
            .call_later(2 * SECOND, move || said.say(format!("{} {}", NUMBER.get(), DEPTH.get())));
        NUMBER.set(3);
        sleep(3 * SECOND).await;
        // One that is not inherited is not there.
        assert_eq!((notes.read().as_str(), NUMBER.get(), DEPTH.get()), ("1 2 2 1 0", 3, 5));
    });
}

#[test]
fn ctx_6_awaiting_shares_and_a_task_does_not() {
    async fn set(n: u32) {
        NUMBER.set(n);
    }
    asyncio::run_virtual(async {
        set(1).await;
        assert_eq!(NUMBER.get(), 1);
        wait_for(set(2), SECOND).await.unwrap();
        wait_for(set(3), None).await.unwrap();
        assert_eq!(NUMBER.get(), 3);
        gather!(set(4), set(5)).await;
        assert_eq!(NUMBER.get(), 3);
        TaskGroup::run(async |g| drop(g.create_task(set(6)))).await.unwrap();
        create_task(set(7)).await.unwrap();
        assert_eq!(NUMBER.get(), 3);
    });
}

#[test]
fn ctx_7_to_thread_has_a_copy_and_an_executor_none() {
    asyncio::run(async {
        NUMBER.set(1);
        let seen = to_thread(|| {
            let seen = NUMBER.get();
            NUMBER.set(9);
            seen
        });
        assert_eq!((seen.await.unwrap(), NUMBER.get()), (1, 1));
        let pool = ThreadPoolExecutor::new(1);
        let bare = get_running_loop().run_in_executor(Some(&pool), || NUMBER.get());
        assert_eq!(bare.await.unwrap(), 0);
    });
}

#[test]
fn ctx_8_the_runs_of_a_runner_share_one() {
    let mut runner = Runner::builder().virtual_time(true).build().unwrap();
    runner.run(async { _ = NUMBER.set(4) }).unwrap();
    assert_eq!(runner.run(async { NUMBER.get() }).unwrap(), 4);
    assert_eq!(NUMBER.get(), 0);
}
