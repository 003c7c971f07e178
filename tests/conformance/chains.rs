//! Chains of waiting.

use asyncio::{
    Lock, Task, WaitKind, create_task, current_task, gather, shield, sleep, try_current_task,
    yield_now,
};
use std::rc::Rc;
use std::time::Duration;

#[test]
fn diff_ccg_1_a_task_tells_what_it_waits_for_since_when_and_where() {
    asyncio::run_virtual(async {
        let inner = create_task(sleep(Duration::from_secs(1)));
        let inner_ref = inner.task_ref();
        let line = line!() + 1;
        let outer = create_task(async move { inner.await.unwrap() });
        yield_now().await;
        yield_now().await;
        let wait = outer.task_ref().waits_for().unwrap();
        assert_eq!((wait.kind, wait.at.line()), (WaitKind::Task, line));
        // The next link of the chain is found by its number.
        assert_eq!(wait.resource, inner_ref.id().get() as usize);
        assert_eq!(inner_ref.waits_for().unwrap().kind, WaitKind::Sleep);
        outer.await.unwrap();
    });
}

#[test]
fn diff_ccg_2_outside_a_task_there_is_none() {
    assert!(try_current_task().is_none());
    assert!(crate::notes::panics_with(current_task).contains("outside a task"));
}

#[test]
fn diff_ccg_3_waits_are_noted_while_they_last() {
    asyncio::run_virtual(async {
        let lock = Rc::new(Lock::new(()));
        let guard = lock.lock().await;
        let waits = |name, future| Task::builder().name(name).spawn(future);
        type Waits = std::pin::Pin<Box<dyn Future<Output = ()>>>;
        let inner = create_task(std::future::pending::<()>());
        let takes = lock.clone();
        let tasks: Vec<(Task<()>, WaitKind)> = vec![
            (
                waits("lock", Box::pin(async move { drop(takes.lock().await) }) as Waits),
                WaitKind::Lock,
            ),
            (
                waits(
                    "gather",
                    Box::pin(async { _ = gather!(sleep(Duration::from_secs(9))).await }) as Waits,
                ),
                WaitKind::Gather,
            ),
            (waits("shield", Box::pin(async { _ = shield(inner).await }) as Waits), WaitKind::Task),
        ];
        for _ in 0..3 {
            yield_now().await;
        }
        for (task, kind) in &tasks {
            let wait = task.task_ref().waits_for().map(|wait| wait.kind);
            assert_eq!(wait, Some(*kind), "{}", task.name());
        }
        drop(guard);
        yield_now().await;
        assert!(tasks[0].0.done() && tasks[0].0.task_ref().waits_for().is_none());
    });
}
