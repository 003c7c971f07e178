//! Every wait, dropped at every point of its life: tasks go on or are told, results stay readable,
//! others that wait are woken, and parts that only this future had are dropped with it.

use crate::world::*;
use asyncio_context::testing::{Drops, Victim, assert_every_wait_is_dropped, drop_at_every_poll};
use asyncio_executor::{Task, create_task};
use asyncio_task::{
    Child, Deferred, ReturnWhen, TaskGroup, Waitable, as_completed, as_completed_tasks,
    create_future, gather, local, staggered_race, timeout_at, try_gather, wait, wait_for,
    yield_now,
};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Fails where there is a wait that nothing here drops.
#[test]
fn every_public_wait_is_dropped_at_every_point() {
    let scenarios: &[fn()] = &[
        tasks_go_on_without_who_gathers_them,
        wai_12_tasks_go_on_without_who_waits_for_them,
        wai_12_results_that_were_not_given_can_be_read,
        asc_15_what_was_not_given_comes_with_the_next_call,
        a_handle_that_is_handed_back_detaches_its_task,
        tasks_go_on_without_who_limits_their_time,
        parts_are_dropped_with_the_whole,
        a_dropped_group_asks_its_children_to_stop,
        a_child_goes_on_without_who_awaits_it,
        others_that_wait_for_the_value_get_it,
        slp_2_a_turn_is_handed_on,
    ];
    assert_every_wait_is_dropped(env!("CARGO_MANIFEST_DIR"), &[], scenarios);
}

/// Two tasks, of which all that matters is whether they went on.
struct Works {
    done: Rc<Cell<u64>>,
    tasks: RefCell<Vec<Task<Result<u64, u64>>>>,
}

impl Works {
    fn new() -> Works {
        let done = Rc::new(Cell::new(0));
        let tasks = [1, 2].map(|n| {
            let done = done.clone();
            create_task(async move {
                sleep(n).await;
                done.set(done.get() + n);
                Ok(n)
            })
        });
        Works { done, tasks: RefCell::new(tasks.into()) }
    }

    fn take(&self) -> Vec<Task<Result<u64, u64>>> {
        self.tasks.take()
    }
}

/// Drops the future that `wait` makes of two tasks, which go on all the same, unasked.
fn go_on<F: Future>(wait: impl Fn(Vec<Task<Result<u64, u64>>>) -> F) {
    drop_at_every_poll(|drops| {
        run_virtual(async {
            let works = Works::new();
            let tasks = works.take();
            let refs: Vec<_> = tasks.iter().map(Task::task_ref).collect();
            drops.victim_without_trace(wait(tasks)).await;
            sleep(5).await;
            assert_eq!(works.done.get(), 3);
            assert!(refs.iter().all(|task| task.done() && task.cancelling() == 0));
        });
    });
}

#[test]
fn tasks_go_on_without_who_gathers_them() {
    go_on(gather);
    go_on(|tasks| gather(tasks).return_exceptions());
    go_on(|tasks| try_gather(tasks.into_iter().map(|task| async { task.await.unwrap() })));
}

#[test]
fn wai_12_tasks_go_on_without_who_waits_for_them() {
    go_on(|tasks| wait(tasks, ReturnWhen::AllCompleted));
    go_on(|tasks| wait(tasks, ReturnWhen::FirstCompleted).timeout(secs(1)));
}

#[test]
fn wai_12_results_that_were_not_given_can_be_read() {
    drop_at_every_poll(|drops| {
        run_virtual(async {
            let mut tasks = Works::new().take();
            let waited = drops.victim(wait(&mut tasks[1..], ReturnWhen::AllCompleted)).await;
            let given = waited.is_some();
            drop(waited);
            sleep(5).await;
            assert_eq!(tasks[0].result().unwrap().unwrap(), Ok(1));
            assert!(given || tasks[1].done());
        });
    });
}

#[test]
fn asc_15_what_was_not_given_comes_with_the_next_call() {
    drop_at_every_poll(|drops| {
        run_virtual(async {
            let mut all = as_completed(Works::new().take());
            let first = drops.victim(all.next()).await.flatten();
            let mut given: Vec<_> = first.into_iter().collect();
            while let Some(next) = all.next().await {
                given.push(next);
            }
            let given: Vec<_> = given.into_iter().map(|n| n.unwrap().unwrap()).collect();
            assert_eq!(given, [1, 2]);
        });
    });
    drop_at_every_poll(|drops| {
        run_virtual(async {
            let mut all = as_completed(Works::new().take()).timeout(secs(9));
            let first = drops.victim(all.next()).await.flatten();
            let mut given: Vec<_> = first.into_iter().collect();
            while let Some(next) = all.next().await {
                given.push(next);
            }
            let given: Vec<_> = given.into_iter().map(|n| n.unwrap().unwrap().unwrap()).collect();
            assert_eq!(given, [1, 2]);
        });
    });
    // The errors of those that are late come once each, too.
    drop_at_every_poll(|drops| {
        run_virtual(async {
            let mut all = as_completed([never::<()>(), never()]).timeout(secs(1));
            let first = drops.victim(all.next()).await.flatten();
            let mut late = usize::from(first.is_some_and(|next| next.is_err()));
            while let Some(next) = all.next().await {
                late += usize::from(next.is_err());
            }
            assert_eq!((late, now()), (2, 1));
        });
    });
}

#[test]
fn a_handle_that_is_handed_back_detaches_its_task() {
    drop_at_every_poll(|drops| {
        run_virtual(async {
            let works = Works::new();
            let mut all = as_completed_tasks(works.take());
            let first = drops.victim(all.next()).await.flatten();
            drop((first, all));
            sleep(5).await;
            assert_eq!(works.done.get(), 3);
        });
    });
}

#[test]
fn tasks_go_on_without_who_limits_their_time() {
    go_on(|mut tasks| {
        let second = tasks.pop().unwrap();
        drop(tasks);
        wait_for(second, secs(9))
    });
    // The body alone is dropped, and its timer with it.
    drop_at_every_poll(|drops| {
        run_virtual(async {
            let held = Rc::new(());
            let own = held.clone();
            let body = async move |_| {
                sleep(1).await;
                drop(own);
            };
            drops.victim_without_trace(timeout_at(at(2), body)).await;
            assert_eq!(Rc::strong_count(&held), 1);
        });
    });
}

#[test]
fn parts_are_dropped_with_the_whole() {
    async fn part(held: Rc<()>) -> Result<(), ()> {
        yield_now().await;
        sleep(1).await;
        drop(held);
        Err(())
    }
    fn all_dropped<F: Future>(wait: impl Fn(&Drops, Vec<Rc<()>>) -> Victim<F>) {
        drop_at_every_poll(|drops| {
            run_virtual(async {
                let held = Rc::new(());
                let victim = wait(drops, vec![held.clone(), held.clone()]);
                victim.await;
                assert_eq!(Rc::strong_count(&held), 1);
            });
        });
    }
    all_dropped(|drops, held| drops.victim_without_trace(gather(held.into_iter().map(part))));
    all_dropped(|drops, held| drops.victim_without_trace(try_gather(held.into_iter().map(part))));
    all_dropped(|drops, held| {
        drops.victim_without_trace(staggered_race(held.into_iter().map(part), secs(1)))
    });
}

#[test]
fn a_dropped_group_asks_its_children_to_stop() {
    drop_at_every_poll(|drops| {
        run_virtual(async {
            let (held, ended) = (Rc::new(()), Rc::new(Cell::new(0)));
            let (own, over) = (held.clone(), ended.clone());
            let run = local::TaskGroup::run(async move |g| {
                let inner = own.clone();
                g.create_task(async move {
                    sleep(1).await;
                    drop(inner);
                });
                g.create_static(async move {
                    sleep(2).await;
                    drop(own);
                    over.set(1);
                });
                sleep(1).await;
            });
            let end = drops.victim(run).await;
            sleep(0).await;
            sleep(0).await;
            // Those that have a place of their own in the loop were told, and are over too.
            assert_eq!(
                (Rc::strong_count(&held), ended.get() == 1),
                (1, end.is_some() || now() == 2)
            );
        });
    });
}

#[test]
fn a_child_goes_on_without_who_awaits_it() {
    fn goes_on<F: Future>(wait: impl Fn(Child<u64>) -> F) {
        drop_at_every_poll(|drops| {
            run_virtual(async {
                let done = AtomicUsize::new(0);
                let count = &done;
                TaskGroup::run(async |g| {
                    let child = g.create_task(async move {
                        sleep(1).await;
                        count.fetch_add(1, Ordering::Relaxed);
                        7_u64
                    });
                    drops.victim_without_trace(wait(child)).await;
                })
                .await
                .unwrap();
                assert_eq!(done.into_inner(), 1);
            });
        });
    }
    goes_on(Child::into_future);
    goes_on(Waitable::into_watch);
    drop_at_every_poll(|drops| {
        run_virtual(async {
            let mut child = TaskGroup::run(async |g| {
                let mut child = g.create_task(async {
                    sleep(1).await;
                    7
                });
                if let Some(end) = drops.victim(&mut child).await {
                    assert_eq!(end.unwrap(), 7);
                    return None;
                }
                Some(child)
            })
            .await
            .unwrap();
            if let Some(child) = &mut child {
                assert_eq!((child.await.unwrap(), now()), (7, 1));
            }
        });
    });
}

#[test]
fn others_that_wait_for_the_value_get_it() {
    fn get_it<F: Future>(wait: impl Fn(Deferred<u64>) -> F) {
        drop_at_every_poll(|drops| {
            run_virtual(async {
                let value = create_future();
                let got = Rc::new(Cell::new(0));
                let gets = |value: Deferred<u64>| {
                    let got = got.clone();
                    drop(create_task(async move {
                        let n = value.await.unwrap();
                        got.set(got.get() + n);
                    }));
                };
                gets(value.clone());
                let sets = value.clone();
                drop(create_task(async move {
                    sleep(1).await;
                    sets.set_result(7).unwrap();
                }));
                yield_now().await;
                drops.victim_without_trace(wait(value.clone())).await;
                gets(value.clone());
                sleep(2).await;
                assert_eq!((got.get(), value.cancelled()), (14, false));
            });
        });
    }
    get_it(Deferred::into_future);
    get_it(Waitable::into_watch);
}

#[test]
fn slp_2_a_turn_is_handed_on() {
    drop_at_every_poll(|drops| {
        run_virtual(async {
            let ran = Rc::new(Cell::new(false));
            let runs = ran.clone();
            drop(create_task(async move { runs.set(true) }));
            let yielded = drops.victim_without_trace(yield_now()).await.is_some();
            assert!(ran.get() || !yielded);
            sleep(0).await;
            assert!(ran.get());
        });
    });
}

#[test]
fn wai_17_a_task_that_is_not_over_keeps_no_waker_of_who_waited() {
    drop_at_every_poll(|drops| {
        run_virtual(async {
            let mut tasks = Works::new().take();
            drops.victim_without_trace(wait(&mut tasks, ReturnWhen::FirstCompleted)).await;
        });
    });
}
