//! `current_task`, `all_tasks`.

use crate::stage::{played, say, turns};
use asyncio::{
    EventLoop, Task, all_tasks, create_task, current_task, get_running_loop, run_virtual,
    try_current_task,
};
use std::panic::catch_unwind;

#[test]
fn cur_1_the_task_that_runs() {
    run_virtual(async {
        let task = create_task(async {
            let before = current_task();
            turns(2).await;
            assert!(before == current_task());
            before
        });
        let own = task.task_ref();
        assert!(task.await.unwrap() == own);
    });
}

#[test]
fn cur_2_none_in_a_callback() {
    let trace = played(async {
        get_running_loop().call_soon(|| say!("none: {}", try_current_task().is_none()));
        turns(1).await;
    });
    assert_eq!(trace, "0:none: true");
}

#[test]
fn cur_3_an_error_outside() {
    assert!(try_current_task().is_none());
    assert!(catch_unwind(current_task).is_err());
}

#[test]
fn cur_4_each_sees_itself() {
    run_virtual(async {
        let tasks = [(); 2].map(|()| {
            create_task(async {
                let own = current_task();
                for _ in 0..5 {
                    turns(1).await;
                    assert!(current_task() == own);
                }
                own
            })
        });
        for task in tasks {
            let own = task.task_ref();
            assert!(task.await.unwrap() == own);
        }
    });
}

#[test]
fn all_1_the_unfinished_ones_and_the_caller() {
    run_virtual(async {
        let waits = create_task(std::future::pending::<()>());
        turns(1).await;
        let not_begun = create_task(async {});
        let all = all_tasks();
        assert_eq!(all.len(), 3);
        for task in [current_task(), waits.task_ref(), not_begun.task_ref()] {
            assert!(all.contains(&task));
        }
    });
}

#[test]
fn all_2_never_finished_ones() {
    run_virtual(async {
        let over = create_task(async {});
        turns(1).await;
        assert!(over.done() && !all_tasks().contains(&over.task_ref()));
    });
}

#[test]
fn all_3_one_in_its_eager_first_step_and_after_if_it_suspended() {
    run_virtual(async {
        let eager = |suspends: bool| {
            Task::builder().eager_start(true).spawn(async move {
                assert!(all_tasks().contains(&current_task()));
                if suspends {
                    turns(1).await;
                }
            })
        };
        let (over, waits) = (eager(false), eager(true));
        let all = all_tasks();
        assert!(!all.contains(&over.task_ref()) && all.contains(&waits.task_ref()));
        over.await.unwrap();
        waits.await.unwrap();
    });
}

#[test]
fn cur_5_the_new_task_in_an_eager_first_step_and_its_maker_after() {
    run_virtual(async {
        let maker = current_task();
        let inside = Task::builder().eager_start(true).spawn(async { current_task() });
        assert_eq!(current_task(), maker);
        let task = inside.task_ref();
        assert_eq!(inside.await.unwrap(), task);
        assert_eq!(current_task(), maker);
    });
}

#[test]
fn all_4_not_those_of_other_loops() {
    let other = EventLoop::new().unwrap();
    let theirs = other.create_task(async {});
    run_virtual(async {
        assert_eq!(all_tasks(), [current_task()]);
    });
    assert_eq!(other.loop_ref().all_tasks(), [theirs.task_ref()]);
}

#[test]
fn all_5_gone_when_dropped() {
    let mut other = EventLoop::new().unwrap();
    let task = other.create_task(std::future::pending::<()>());
    let own = other.loop_ref();
    assert_eq!(own.all_tasks().len(), 1);
    other.close();
    assert!(own.all_tasks().is_empty() && task.cancelled());
}
