//! Groups: what kinds of children there are, and what others see of them.

use crate::world::*;
use asyncio_context::WaitKind;
use asyncio_context::clock::VirtualClock;
use asyncio_executor::{Executor, LocalExecutor, create_task, install_spawn};
use asyncio_reactor::Driver;
use asyncio_task::{
    BoxError, JoinError, TaskGroup, catch_cancel, current_task, with_cleanup, yield_now,
};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

#[test]
fn a_panic_is_an_entry_with_the_tasks_name() {
    run_virtual(async {
        let failed = TaskGroup::run(async |g| {
            g.create_task(async {
                if n() == 0 {
                    panic!("boom")
                }
            })
            .named("worker");
        })
        .await
        .unwrap_err();
        let entry = failed.iter().next().unwrap();
        assert!(entry.is_panic());
        assert_eq!((entry.task(), failed.select::<JoinError>().count()), ("worker", 1));
    });
}

/// The group waits for children that run elsewhere, and cancels them as its own.
#[test]
fn static_and_shared_children() {
    run_virtual(async {
        let (a, b) = TaskGroup::run(async |g| {
            let local = Rc::new(5);
            let a = g.create_static(async move {
                sleep(1).await;
                assert_eq!(current_task().name(), "loop task");
                *local
            });
            a.set_name("loop task");
            (a, g.spawn(async { Ok::<_, BoxError>("shared") }))
        })
        .await
        .unwrap();
        assert_eq!((a.result().unwrap(), b.result().unwrap()), (5, "shared"));

        let failed = TaskGroup::run(async |g| {
            g.create_static(async {
                with_cleanup(pending(), async || sleep(2).await).await;
            });
            g.spawn(async {
                sleep(1).await;
                Err::<(), _>("shared")
            });
            g.create_static(async {
                yield_now().await;
                if n() == 0 {
                    panic!("boom")
                }
            });
        })
        .await
        .unwrap_err();
        assert_eq!(failed.show_error(), "Group(panic boom)");
        assert_eq!(now(), 1 + 2);
    });
}

/// Static children of a group that is dropped by foreign code go on, cancelled, under the loop.
#[test]
fn adopted_children_survive_a_hard_drop_to_clean_up() {
    let trace = run(|| {
        plain(async {
            {
                let group = TaskGroup::run(async |g| {
                    g.create_static(job("static", 2, pending()));
                    pending().await
                });
                crate::combinators::select2(
                    async {
                        let _ = group.await;
                    },
                    sleep(1),
                )
                .await;
            }
            say!("dropped")
        });
    });
    assert_eq!(trace, "1:dropped · 1:static+ · 1:t=ok · 3:static-");
}

/// Children of a group in a shared task may be woken by, and run on, other threads.
#[test]
fn shared_children_on_other_threads() {
    let executor = Arc::new(Executor::new());
    let stop = Arc::new(asyncio_sync::Event::new());
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (executor, stop) = (executor.clone(), stop.clone());
            std::thread::spawn(move || {
                executor.run(stop.wait());
            })
        })
        .collect();
    let total = {
        let _installed = install_spawn(executor.clone());
        futures_lite::future::block_on(async {
            let children = TaskGroup::run(async |g| {
                (0..100u64)
                    .map(|n| {
                        g.spawn(async move {
                            yield_now().await;
                            n
                        })
                    })
                    .collect::<Vec<_>>()
            })
            .await
            .unwrap();
            children.iter().map(|child| child.result().unwrap()).sum::<u64>()
        })
    };
    stop.set();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(total, 4950);
}

#[test]
fn the_record_says_what_a_group_waits_for() {
    run_virtual(async {
        let task = create_task(async {
            let _ = TaskGroup::run(async |g| {
                g.create_task(async { sleep(1).await });
            })
            .await;
        });
        sleep(0).await;
        sleep(0).await;
        sleep(0).await;
        assert_eq!(task.task_ref().waits_for().unwrap().kind, WaitKind::Group);
        task.await.unwrap();
    });
}

/// Has the tasks of this loop start in the call that makes them.
fn eagerly(future: impl Future<Output = ()> + 'static) {
    let driver = Driver::virtual_time(VirtualClock::new()).unwrap();
    let _entered = driver.enter();
    let executor = LocalExecutor::new();
    executor.set_eager_tasks(true);
    executor.run_until(future, &mut Parked(driver)).unwrap();
}

#[test]
fn an_eager_child_that_fails_in_its_first_step_has_its_name() {
    eagerly(async {
        let error = TaskGroup::run(async |g| {
            let child = g.create_static(async { Err::<(), _>("at once") });
            assert!(child.done());
            let text = child.result().unwrap_err().to_string();
            assert!(text.contains(&*child.name()), "{text}");
        })
        .await;
        let text = error.unwrap_err().to_string();
        assert!(text.contains("at once"), "{text}");
    });
}

#[test]
fn of_an_eager_child_that_comes_too_late_no_line_runs() {
    eagerly(async {
        let ran = Rc::new(Cell::new(false));
        let late = ran.clone();
        let ended = TaskGroup::run(async |g| {
            g.cancel();
            let stopped = catch_cancel(std::future::pending::<()>()).await;
            assert!(stopped.is_err());
            let child = g.create_static(async move { late.set(true) });
            assert!(!child.done());
        })
        .await;
        drop(ended);
        yield_now().await;
        assert!(!ran.get());
    });
}
