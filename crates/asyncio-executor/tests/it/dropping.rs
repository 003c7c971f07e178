//! Every wait, dropped at every point of its life: the task goes on or is told, its result stays
//! readable by those who may read it, others who wait are woken.

use crate::support::{run, yield_now};
use asyncio_context::testing::{Drops, Victim, assert_every_wait_is_dropped, drop_at_every_poll};
use asyncio_context::{JoinError, TaskRef};
use asyncio_executor::{
    AbortOnDrop, Executor, Job, LocalJob, SharedTask, Shieldable, Task, create_task,
    install_local_spawn, install_spawn, spawn,
};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Fails where there is a wait that nothing here drops.
#[test]
fn every_public_wait_is_dropped_at_every_point() {
    let scenarios: &[fn()] = &[
        shd_3_the_task_goes_on_without_who_awaits_it,
        a_result_that_was_not_taken_can_be_read,
        exe_7_other_readers_of_a_result_get_it,
        an_aborting_handle_asks_the_task_to_stop,
        a_dropped_job_ends_its_task_cancelled,
    ];
    assert_every_wait_is_dropped(env!("CARGO_MANIFEST_DIR"), &[], scenarios);
}

/// Says when it is over, which takes some turns.
async fn work(done: Arc<AtomicBool>) -> u32 {
    for _ in 0..3 {
        yield_now().await;
    }
    done.store(true, Ordering::Relaxed);
    42
}

async fn turns() {
    for _ in 0..10 {
        yield_now().await;
    }
}

#[test]
fn shd_3_the_task_goes_on_without_who_awaits_it() {
    detached(|drops, done| {
        let task = create_task(work(done));
        (task.task_ref(), drops.victim_without_trace(task.into_future()))
    });
    // With the task's own waker, which the tasks of a loop lend each other.
    detached(|drops, done| {
        let task = create_task(work(done));
        (task.task_ref(), drops.victim(task.into_future()))
    });
    detached(|drops, done| {
        let task = spawn(work(done));
        (task.task_ref(), drops.victim_without_trace(task.into_future()))
    });
    detached(|drops, done| {
        let task = create_task(work(done));
        (task.task_ref(), drops.victim_without_trace(task.shield()))
    });
    detached(|drops, done| {
        let task = spawn(work(done));
        (task.task_ref(), drops.victim_without_trace(task.shield()))
    });
}

fn detached<F>(wait: impl Fn(&Drops, Arc<AtomicBool>) -> (TaskRef, Victim<F>))
where
    F: Future<Output = Result<u32, JoinError>>,
{
    drop_at_every_poll(|drops| {
        run(async {
            let done = Arc::new(AtomicBool::new(false));
            let (task, victim) = wait(drops, done.clone());
            if let Some(end) = victim.await {
                assert_eq!(end.unwrap(), 42);
            }
            turns().await;
            assert_eq!((task.cancelling(), done.load(Ordering::Relaxed)), (0, true));
        });
    });
}

#[test]
fn a_result_that_was_not_taken_can_be_read() {
    drop_at_every_poll(|drops| {
        run(async {
            let mut task = create_task(work(Arc::default()));
            let end = drops.victim(&mut task).await;
            turns().await;
            assert_eq!(task.cancelling(), 0);
            assert_eq!(end.or_else(|| task.result()).unwrap().unwrap(), 42);
        });
    });
    drop_at_every_poll(|drops| {
        run(async {
            let mut task: SharedTask<u32> = spawn(work(Arc::default()));
            let end = drops.victim(&mut task).await;
            turns().await;
            assert_eq!(task.cancelling(), 0);
            assert_eq!(end.or_else(|| task.result()).unwrap().unwrap(), 42);
        });
    });
}

#[test]
fn exe_7_other_readers_of_a_result_get_it() {
    drop_at_every_poll(|drops| {
        run(async {
            let first = create_task(work(Arc::default())).shared();
            let (second, third) = (first.clone(), first.clone());
            let read = Rc::new(Cell::new(0));
            let reads = |reader: asyncio_executor::SharedResult<u32>| {
                let read = read.clone();
                create_task(async move {
                    let value = reader.await.unwrap();
                    read.set(read.get() + value);
                })
            };
            // One waits before the victim, one behind it.
            let before = reads(first);
            yield_now().await;
            let kept = third.clone();
            drops.victim_without_trace(second).await;
            let behind = reads(third);
            turns().await;
            assert!(before.done() && behind.done());
            assert_eq!((read.get(), kept.peek().unwrap().unwrap()), (84, 42));
        });
    });
}

#[test]
fn an_aborting_handle_asks_the_task_to_stop() {
    drop_at_every_poll(|drops| {
        run(async {
            let done = Arc::new(AtomicBool::new(false));
            let handle = AbortOnDrop::new(create_task(work(done.clone())));
            let task = handle.task_ref();
            let before = drops.victim_without_trace(handle).await.is_some() || task.done();
            turns().await;
            assert_eq!((task.cancelled(), done.load(Ordering::Relaxed)), (!before, before));
        });
    });
}

#[test]
fn a_dropped_job_ends_its_task_cancelled() {
    drop_at_every_poll(|drops| {
        let jobs = Rc::new(RefCell::new(Vec::new()));
        let queue = jobs.clone();
        let installed =
            install_local_spawn(Rc::new(move |job: LocalJob| queue.borrow_mut().push(job)));
        let mut task: Task<u32> = create_task(work(Arc::default()));
        drop(installed);
        let job = jobs.borrow_mut().pop().unwrap();
        Executor::new().run(async {
            let end = drops.victim_without_trace(job).await;
            assert_eq!(task.result().unwrap().is_ok(), end.is_some());
            assert_eq!(task.cancelled(), end.is_none());
        });
    });
    drop_at_every_poll(|drops| {
        let jobs = Arc::new(Mutex::new(Vec::new()));
        let queue = jobs.clone();
        let installed = install_spawn(Arc::new(move |job: Job| queue.lock().unwrap().push(job)));
        let mut task = spawn(work(Arc::default()));
        drop(installed);
        let job = jobs.lock().unwrap().pop().unwrap();
        Executor::new().run(async {
            let end = drops.victim_without_trace(job).await;
            assert_eq!(task.result().unwrap().is_ok(), end.is_some());
            assert_eq!(task.cancelled(), end.is_none());
        });
    });
}
