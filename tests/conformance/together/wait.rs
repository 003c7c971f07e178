//! `wait`.

use crate::sleeping::{hand_turned, settle};
use crate::stage::*;
use asyncio::{ReturnWhen, Task, catch_cancel, create_task, wait, yield_now};
use futures_lite::future::poll_once;
use std::collections::HashSet;

#[test]
fn wai_1_the_done_and_the_pending_are_the_inputs() {
    timed(async {
        let tasks = [1, 2, 3].map(|n| create_task(after(n, n)));
        let ids: HashSet<_> = tasks.iter().map(Task::id).collect();
        let (done, pending) = wait(tasks, ReturnWhen::FirstCompleted).await;
        let both = done.iter().map(|f| f.task.id()).chain(pending.iter().map(Task::id));
        assert_eq!(both.collect::<HashSet<_>>(), ids);
        assert_eq!((done.len(), pending.len()), (1, 2));
        assert!(done[0].task.done() && !pending[0].done());
    });
}

#[test]
fn diff_wai_2_nothing_to_wait_for_is_no_error() {
    timed(async {
        let (done, pending) = wait(Vec::<Task<()>>::new(), ReturnWhen::FirstCompleted).await;
        assert!(done.is_empty() && pending.is_empty());
    });
}

#[test]
fn diff_wai_4_a_boxed_future_comes_back_and_can_be_waited_for_again() {
    timed(async {
        let futures: [Boxed<Result<u64, asyncio::JoinError>>; 2] =
            [1, 2].map(|n| Box::pin(after(n, Ok(n))) as Boxed<_>);
        let (done, pending) = wait(futures, ReturnWhen::FirstCompleted).await;
        assert_eq!((done.len(), pending.len(), second()), (1, 1, 1));
        let (done, _) = wait(pending, ReturnWhen::AllCompleted).await;
        assert_eq!((*done[0].result.as_ref().unwrap(), second()), (2, 2));
    });
}

#[test]
fn diff_wai_6_each_handle_of_one_task_comes_back() {
    timed(async {
        // Any iterator.
        let (done, _) = wait((1..4).map(|n| create_task(after(n, n))), ReturnWhen::default()).await;
        assert_eq!(done.len(), 3);

        let task = create_task(after(1, 7)).task_and_twice();
        let (done, pending) = wait(task, ReturnWhen::AllCompleted).await;
        assert_eq!((done.len(), pending.len()), (2, 0));
    });
}

trait Twice {
    fn task_and_twice(self) -> [Seven; 2];
}

impl Twice for Task<i32> {
    fn task_and_twice(self) -> [Seven; 2] {
        let one = self.shared();
        [Seven(one.clone()), Seven(one)]
    }
}

/// A reader of a task that several read.
struct Seven(asyncio::SharedResult<i32>);

impl Future for &mut Seven {
    type Output = Result<i32, asyncio::JoinError>;

    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Self::Output> {
        std::pin::Pin::new(&mut self.0).poll(cx).map(|result| Ok(result.unwrap()))
    }
}

#[test]
fn wai_7_all_completed_however_they_end() {
    timed(async {
        let cancelled = create_task(never::<u64>());
        ask_at(3, cancelled.task_ref());
        let tasks = [create_task(after(1, 1)), create_task(panics_after(2)), cancelled];
        let (done, pending) = wait(tasks, ReturnWhen::AllCompleted).await;
        assert_eq!((done.len(), pending.len(), second()), (3, 0, 3));
    });
}

async fn panics_after(seconds: u64) -> u64 {
    sleep(seconds).await;
    panics("boom").await
}

#[test]
fn wai_8_first_completed() {
    timed(async {
        let tasks = [2, 1].map(|n| create_task(after(n, n)));
        let (done, pending) = wait(tasks, ReturnWhen::FirstCompleted).await;
        assert_eq!((*done[0].result.as_ref().unwrap(), pending.len(), second()), (1, 1, 1));
    });
}

#[test]
fn wai_9_first_exception_or_all() {
    timed(async {
        let tasks = [create_task(after(1, 1)), create_task(panics_after(2)), create_task(never())];
        let (done, pending) = wait(tasks, ReturnWhen::FirstException).await;
        assert_eq!((done.len(), pending.len(), second()), (2, 1, 2));

        let tasks = [create_task(after(1, Ok(1))), create_task(after(2, Err("bad")))];
        let (done, _) = wait(tasks, ReturnWhen::FirstException).await;
        assert_eq!((done.len(), second()), (2, 4));

        let tasks = vec![create_task(after(1, Err("bad"))), create_task(after(9, Ok(1)))];
        let (done, pending) = wait(tasks, ReturnWhen::FirstException).errors_count().await;
        assert_eq!((done.len(), pending.len(), second()), (1, 1, 5));
    });
}

#[test]
fn wai_10_a_cancelled_one_is_no_exception() {
    timed(async {
        let cancelled = create_task(never::<u64>());
        ask_at(1, cancelled.task_ref());
        let (done, _) =
            wait([cancelled, create_task(after(3, 3))], ReturnWhen::FirstException).await;
        assert_eq!((done.len(), second()), (2, 3));
    });
}

#[test]
fn wai_11_when_the_time_is_over_it_returns_what_is_there() {
    timed(async {
        let tasks = [1, 9].map(|n| create_task(after(n, n)));
        let (done, pending) = wait(tasks, ReturnWhen::AllCompleted).timeout(secs(2)).await;
        assert_eq!((done.len(), pending.len(), second()), (1, 1, 2));
    });
}

#[test]
fn wai_12_it_never_cancels_what_it_waits_for() {
    let trace = played(async {
        let inner = watched("inner", after(3, ()));
        let (_, mut pending) = wait([inner], ReturnWhen::default()).timeout(secs(1)).await;
        say!("asked {}", pending[0].cancelling());
        let waiting = create_task(async move {
            let caught = catch_cancel(wait(&mut pending, ReturnWhen::default())).await;
            let token = caught.map(|_| ()).unwrap_err();
            say!("interrupted {}", pending[0].cancelling());
            token.propagate().await
        });
        ask_at(2, waiting.task_ref());
        let ended: Result<(), _> = waiting.await;
        say!("{}", ended.show());
        sleep(2).await;
    });
    assert_eq!(trace, "1:asked 0 · 2:interrupted 0 · 2:Cancelled · 3:inner=over");
}

#[test]
fn wai_13_what_ended_until_the_waiter_resumes_is_done() {
    timed(async {
        let tasks = [0, 1, 2].map(|n| {
            create_task(async move {
                sleep(1).await;
                n
            })
        });
        let (done, pending) = wait(tasks, ReturnWhen::FirstCompleted).await;
        assert_eq!((done.len(), pending.len()), (3, 0));
    });
}

#[test]
fn wai_14_it_suspends_though_all_are_done() {
    timed(async {
        let task = create_task(async {});
        yield_now().await;
        assert!(task.done());
        let mut waiting = wait([task], ReturnWhen::AllCompleted);
        assert!(poll_once(&mut waiting).await.is_none());
        let (done, _) = waiting.await;
        assert_eq!((done.len(), second()), (1, 0));
    });
}

#[test]
fn wai_15_no_time_at_all() {
    timed(async {
        let tasks = [create_task(async { 1 }), create_task(never())];
        yield_now().await;
        let (done, pending) = wait(tasks, ReturnWhen::AllCompleted).timeout(secs(0)).await;
        assert_eq!((done.len(), pending.len(), second()), (1, 1, 0));
    });
}

#[test]
fn wai_16_failures_are_looked_at_one_by_one() {
    timed(async {
        let tasks = [create_task(panics::<u8>("boom")), create_task(async { 1 })];
        let (done, _) = wait(tasks, ReturnWhen::AllCompleted).await;
        assert!(done[0].result.as_ref().unwrap_err().is_panic());
        assert_eq!(*done[1].result.as_ref().unwrap(), 1);
    });
}

#[test]
fn wai_17_the_timer_goes_with_it() {
    let mut event_loop = hand_turned();
    let inner = event_loop.create_task(never::<()>());
    let inner_ref = inner.task_ref();
    let waiting = event_loop.create_task(async move {
        drop(wait([inner], ReturnWhen::default()).timeout(secs(60)).await)
    });
    settle(&mut event_loop);
    assert!(event_loop.next_deadline().is_some());
    waiting.cancel();
    settle(&mut event_loop);
    assert_eq!((event_loop.next_deadline(), inner_ref.cancelling()), (None, 0));

    let quick = event_loop.create_task(async {});
    drop(event_loop.create_task(async move {
        drop(wait([quick], ReturnWhen::default()).timeout(secs(60)).await)
    }));
    settle(&mut event_loop);
    assert_eq!(event_loop.next_deadline(), None);
}

#[test]
fn con_1_three_constants() {
    use ReturnWhen::{AllCompleted, FirstCompleted, FirstException};
    let all = HashSet::from([FirstCompleted, FirstException, AllCompleted]);
    assert_eq!(all.len(), 3);
    assert_eq!(
        format!("{FirstCompleted:?} {FirstException:?} {AllCompleted:?}"),
        "FirstCompleted FirstException AllCompleted"
    );
}
