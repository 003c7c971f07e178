//! Programs that pin the shapes of the API: what they borrow, what `?` converts, what is `Send`.

use crate::world::{Parked, run_virtual, secs as s};
use asyncio_context::clock;
use asyncio_executor::{SharedTask, create_task, spawn};
use asyncio_sync::{Event, Queue};
use asyncio_task::{
    BoxError, Child, Deadline, Deferred, ExceptionGroup, Group, ReturnWhen, TaskGroup,
    TimeoutError, as_completed, catch_cancel, create_future, current_task, gather, local, scoped,
    shield, sleep, timeout, try_gather, wait, wait_for, with_cleanup,
};
use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;

fn assert_send<T: Send>(value: T) -> T {
    value
}

fn assert_all<T: Send + Sync + 'static>() {}

#[test]
fn handles_are_send_and_sync() {
    assert_all::<Group<'static>>();
    assert_all::<Child<u8>>();
    assert_all::<Deadline>();
    assert_all::<Deferred<u8>>();
    assert_all::<ExceptionGroup>();
    assert_all::<TimeoutError>();
    assert_all::<SharedTask<u8>>();
}

async fn say(n: usize, text: &str) -> usize {
    sleep(s(n as u64)).await;
    text.len()
}

async fn fetch(url: &str) -> Result<usize, BoxError> {
    sleep(s(1)).await;
    Ok(url.len())
}

#[test]
fn p1_spawn_borrow_gather_join() {
    let n = run_virtual(async {
        let t = create_task(say(1, "hello"));
        let word = "big".to_string();
        let (a, b) = gather!(say(2, &word), say(2, "world")).await;
        t.await.unwrap() + a + b
    });
    assert_eq!(n, 13);
}

#[test]
fn p2_children_borrow_and_mutate_results_after_the_block() {
    async fn p2() -> Result<usize, BoxError> {
        let (urls, mut hits) = (vec!["a".to_string(), "bc".into()], vec![0]);
        let (a, b) = TaskGroup::run(async |g| {
            g.create_task(async { hits.push(1) });
            (g.create_task(fetch(&urls[0])), g.create_task(fetch(&urls[1])))
        })
        .await?;
        Ok(a.result()? + b.result()? + hits.len())
    }
    assert_eq!(run_virtual(assert_send(p2())).unwrap(), 5);
}

#[test]
fn p3_the_same_inside_a_send_task() {
    let total = run_virtual(async {
        let shared = spawn(async {
            let urls = ["a".to_string()];
            timeout(s(5), async |t| {
                TaskGroup::try_run(async |g| {
                    let g2 = g.clone();
                    g.create_task(async move {
                        g2.create_task(async {});
                    });
                    t.reschedule(s(9));
                    Ok(g.create_task(fetch(&urls[0])).await? + fetch("x").await?)
                })
                .await
            })
            .await
        });
        shared.await.unwrap().unwrap().unwrap()
    });
    assert_eq!(total, 2);
}

#[test]
fn p4_two_cleanups_of_unequal_length_both_finish() {
    run_virtual(async {
        let q = &Queue::new(0);
        let job = |n, d| {
            with_cleanup(pending::<()>(), async move || {
                sleep(s(d)).await;
                q.put(n).await.unwrap()
            })
        };
        let r = timeout(s(1), async |_| gather!(job("a", 1), job("b", 3)).await).await;
        assert!(r.is_err());
        assert_eq!((q.get_nowait().unwrap(), q.get_nowait().unwrap()), ("a", "b"));
    });
}

#[test]
fn p5_forwarding() {
    run_virtual(async {
        let inner = create_task(async {
            match catch_cancel(pending::<()>()).await {
                Err(c) => {
                    c.swallow();
                    "kept"
                }
                Ok(()) => "",
            }
        });
        let outer = create_task(async move { (inner.await.unwrap(), current_task().cancelling()) });
        sleep(s(0)).await;
        outer.cancel();
        assert_eq!(outer.await.unwrap(), ("kept", 1));
    });
}

#[test]
fn p6_a_woken_getter_owns_nothing() {
    run_virtual(async {
        let q = Rc::new(Queue::new(1));
        let getter = create_task({
            let q = q.clone();
            async move { q.get().await }
        });
        sleep(s(0)).await;
        q.put_nowait(1).unwrap();
        assert_eq!((q.qsize(), q.put_nowait(2).is_err()), (1, true));
        getter.cancel();
        assert!(getter.await.unwrap_err().is_cancelled());
        assert_eq!(q.get_nowait().unwrap(), 1);
    });
}

#[test]
fn p10_a_virtual_day_in_order() {
    run_virtual(async {
        let (e, out, t0) = (Rc::new(Event::new()), Rc::new(RefCell::new(vec![])), clock::now());
        for n in 0..3 {
            let (e, out) = (e.clone(), out.clone());
            drop(create_task(async move {
                e.wait().await;
                out.borrow_mut().push(n)
            }));
        }
        sleep(s(86_400)).await;
        e.set();
        sleep(s(0)).await;
        sleep(s(0)).await;
        assert_eq!((clock::now() - t0, &*out.borrow()), (s(86_400), &vec![0, 1, 2]));
    });
}

/// The whole chapter inside one `Send` future.
#[test]
fn everything_is_usable_inside_a_shared_task() {
    async fn all(task: SharedTask<u8>) -> Result<u8, BoxError> {
        let name = String::from("borrowed");
        if let Err(c) = catch_cancel(async { sleep(s(0)).await }).await {
            c.propagate().await
        }
        with_cleanup(async { sleep(s(0)).await }, async || sleep(s(0)).await).await;
        scoped(vec![1], async |v| v.push(2), async |v: Vec<u8>| drop(v)).await;
        timeout(s(1), async |t| {
            t.reschedule(None);
            name.len()
        })
        .await?;
        wait_for(async { name.len() }, s(1)).await?;
        wait_for(async { 1 }, None).await?;
        gather((0..2).map(async |_| name.len())).await;
        gather!(async { name.len() }, async { 1 }).await;
        let (_, bad) = gather!(async { name.len() }, async { 1 }).return_exceptions().await;
        bad?;
        try_gather((0..2).map(async |_| Ok::<_, BoxError>(name.len()))).await?;
        try_gather!(async { Ok::<_, BoxError>(name.len()) }, async { Ok(1) }).await?;
        let mut done = as_completed((0..2).map(async |_| name.len()));
        while done.next().await.is_some() {}
        let child = TaskGroup::run(async |g| g.create_task(async { name.len() })).await?;
        child.result()?;
        let later = create_future::<u8>();
        later.set_result(1).unwrap();
        later.await?;
        let (done, _) = wait([task], ReturnWhen::AllCompleted).await;
        shield(spawn(async { 1 })).await?;
        Ok(*done[0].result.as_ref().unwrap())
    }
    let value = run_virtual(async {
        let task = spawn(async { 7 });
        spawn(assert_send(all(task))).await.unwrap().unwrap()
    });
    assert_eq!(value, 7);
}

/// Children that are not `Send` go to the local group, whose future is not `Send` either.
#[test]
fn a_local_group_takes_any_child() {
    let sum = run_virtual(async {
        let shared = Rc::new(RefCell::new(0));
        local::TaskGroup::run(async |g| {
            for n in 1..=3 {
                let shared = shared.clone();
                g.create_task(async move {
                    sleep(s(n)).await;
                    *shared.borrow_mut() += n;
                });
            }
        })
        .await
        .unwrap();
        shared.take()
    });
    assert_eq!(sum, 6);
}

/// A loop that is not ours: the scopes need no current task.
#[test]
fn scopes_work_outside_any_task() {
    let driver = asyncio_reactor::Driver::virtual_time(clock::VirtualClock::new()).unwrap();
    let _entered = driver.enter();
    let mut park = Parked(driver);
    let mut program = std::pin::pin!(async {
        let r = timeout(s(1), async |_| {
            with_cleanup(pending::<()>(), async || sleep(s(1)).await).await
        })
        .await;
        assert!(r.is_err());
        let failed = TaskGroup::try_run(async |g| {
            g.create_task(async { Err::<(), _>("no") });
            pending::<Result<(), BoxError>>().await
        })
        .await;
        assert_eq!(failed.unwrap_err().len(), 1);
        gather!(async { sleep(s(1)).await }, async { 2 }).await.1
    });
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let value = loop {
        if let std::task::Poll::Ready(value) = program.as_mut().poll(&mut cx) {
            break value;
        }
        asyncio_executor::Park::park(&mut park, Some(s(10))).unwrap();
    };
    assert_eq!(value, 2);
}
