//! Tasks that have their first turn inside the turn of their maker. Run under AddressSanitizer, too.

use crate::support::{Log, OnDrop, quiet, reports, run, yield_now};
use asyncio_context::current_task;
use asyncio_executor::{LocalExecutor, Task, ThreadPark, create_task};
use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

/// An eager task.
fn eager<F: Future + 'static>(future: F) -> Task<F::Output>
where
    F::Output: 'static,
{
    Task::builder().eager_start(true).spawn(future)
}

#[test]
fn eag_13_a_task_of_another_loop_waits_for_that_loops_turn() {
    quiet();
    let log = Log::default();
    let other = Rc::new(LocalExecutor::new());
    other.set_eager_tasks(true);
    let (theirs, said) = (other.clone(), log.clone());
    run(async move {
        let (inside, out) = (theirs.clone(), OnDrop(said.clone(), "dropped"));
        // Polled in this turn it could close its own loop, and drop itself in its poll.
        let task = theirs.create_task(async move {
            let third = LocalExecutor::new();
            let _entered = third.enter();
            inside.close();
            drop(out);
        });
        assert!(!task.done());
        theirs.spawn_hidden_now(async move { said.say("hidden") });
        theirs.close();
        assert!(task.cancelled());
    });
    assert_eq!(log.take(), ["dropped"]);
}

#[test]
fn a_first_step_that_panics_is_the_tasks_result() {
    quiet();
    let (said, _guard) = reports();
    run(async {
        let task = eager(async { panic!("boom") });
        assert!(task.done());
        let result: Result<(), _> = task.await;
        assert!(result.unwrap_err().is_panic());
        drop(eager(async { panic!("boom unread") }));
        yield_now().await;
    });
    let said = said.take();
    assert!(said.len() == 1 && said[0].contains("boom unread"), "{said:?}");
}

#[test]
fn a_task_that_cancels_itself_in_its_first_step() {
    run(async {
        let done = eager(async { current_task().cancel() });
        assert!(done.done() && done.cancelled());
        let mut waits = eager(async {
            current_task().cancel();
            pending::<()>().await;
        });
        assert!((&mut waits).await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_task_does_not_wait_for_itself() {
    quiet();
    let (said, _guard) = reports();
    run(async {
        let slot = Rc::new(RefCell::new(None::<Task<()>>));
        let own = slot.clone();
        let task = eager(async move {
            yield_now().await;
            let task = own.take().unwrap();
            task.await.unwrap();
        });
        slot.replace(Some(task));
        yield_now().await;
        yield_now().await;
    });
    assert!(said.take()[0].contains("cannot await itself"));
}

#[test]
fn a_first_step_neither_turns_nor_closes_its_loop() {
    quiet();
    let (_, _guard) = reports();
    let executor = Rc::new(LocalExecutor::new());
    let inside = executor.clone();
    executor
        .run_until(
            async {
                let (turns, closes) = (inside.clone(), inside.clone());
                let turned = eager(async move {
                    drop(turns.turn(&mut ThreadPark::new(), Some(Duration::ZERO)));
                });
                let closed = eager(async move {
                    let third = LocalExecutor::new();
                    let _entered = third.enter();
                    closes.close();
                });
                for (task, text) in [(turned, "inside a turn"), (closed, "its own turn")] {
                    let error = task.await.unwrap_err().to_string();
                    assert!(error.contains(text), "{error}");
                }
            },
            &mut ThreadPark::new(),
        )
        .unwrap();
}

#[test]
fn each_has_its_own_record_down_to_a_depth() {
    fn nested(depth: u32) -> Task<u32> {
        eager(async move {
            let own = current_task();
            let inner = (depth > 0).then(|| nested(depth - 1));
            assert_eq!(current_task(), own);
            match inner {
                Some(inner) => inner.await.unwrap() + 1,
                None => {
                    yield_now().await;
                    0
                }
            }
        })
    }
    run(async {
        let maker = current_task();
        let task = nested(100);
        assert_eq!(current_task(), maker);
        assert_eq!(task.await.unwrap(), 100);
    });
}

#[test]
fn what_a_destructor_makes_amid_the_closing_never_runs() {
    struct Makes(Log);
    impl Drop for Makes {
        fn drop(&mut self) {
            let log = self.0.clone();
            let task = eager(async move { log.say("ran") });
            self.0.say(format!("cancelled: {}", task.cancelled()));
        }
    }
    let log = Log::default();
    let executor = LocalExecutor::new();
    executor.set_eager_tasks(true);
    let makes = Makes(log.clone());
    executor
        .run_until(
            async {
                drop(create_task(async move {
                    let _makes = makes;
                    pending::<()>().await;
                }));
            },
            &mut ThreadPark::new(),
        )
        .unwrap();
    executor.close();
    assert_eq!(log.take(), ["cancelled: true"]);
}
