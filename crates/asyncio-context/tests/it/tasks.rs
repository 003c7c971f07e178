//! Records, `Recorded` under any executor, and what its edges do.

use asyncio_context::tree::{Node, Step};
use asyncio_context::{
    Cancelled, CatchCancel, Context, JoinError, Recorded, TaskRef, WaitKind, catch_cancel,
    current_task, current_task_id, recorded, scoped, try_current_task, waiting, with_cleanup,
    without_task,
};
use futures_lite::future::{block_on, pending, poll_once, yield_now};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Wake, Waker};

fn is_send<T: Send>(value: T) -> T {
    value
}

#[test]
fn everything_is_send_that_can_be() {
    fn of<T: Send + Sync>() {}
    of::<TaskRef>();
    of::<Cancelled>();
    of::<JoinError>();
    of::<Node>();
    of::<Context>();
    of::<CatchCancel<std::future::Ready<()>>>();
    is_send(recorded("t", async {
        let caught = catch_cancel(yield_now()).await;
        if let Err(token) = caught {
            yield_now().await;
            token.propagate().await
        }
        with_cleanup(yield_now(), async || yield_now().await).await;
        scoped(1, async |_: &mut i32| yield_now().await, async |_| yield_now().await).await;
    }));
}

#[test]
fn a_record_says_who_it_is() {
    assert!(try_current_task().is_none());
    assert!(current_task_id().is_none());
    let line = line!() + 1;
    let task = recorded("outer", async {
        let outer = current_task();
        let inner = recorded("inner", async {});
        assert_eq!(inner.task().parent(), Some(outer.id()));
        assert_eq!(without_task(try_current_task), None);
        outer.set_name("renamed");
        outer
    });
    assert_eq!((task.task().name().as_ref(), task.task().location().line()), ("outer", line));
    let outer = block_on(task).unwrap();
    assert_eq!((outer.name().as_ref(), outer.done(), outer.cancel()), ("renamed", true, false));
    let unnamed = Recorded::new(async {}, std::panic::Location::caller()).task();
    assert_eq!(unnamed.name(), format!("Task-{}", unnamed.id()));
}

#[test]
fn a_wait_is_noted_until_the_next_turn() {
    let mut polls = 0;
    let mut task = pin!(recorded(
        "t",
        std::future::poll_fn(|_| {
            polls += 1;
            if polls == 1 {
                waiting(WaitKind::Lock, 7, std::panic::Location::caller());
            }
            if polls == 3 { Poll::Ready(()) } else { Poll::Pending }
        })
    ));
    let handle = task.as_ref().task();
    assert!(block_on(poll_once(task.as_mut())).is_none());
    let wait = handle.waits_for().unwrap();
    assert_eq!((wait.kind, wait.resource), (WaitKind::Lock, 7));
    assert!(block_on(poll_once(task.as_mut())).is_none());
    assert!(handle.waits_for().is_none());
}

#[test]
fn from_another_thread() {
    let (begun, wait) = std::sync::mpsc::channel();
    let task = recorded("t", async move {
        begun.send(()).unwrap();
        let token = catch_cancel(pending::<()>()).await.unwrap_err();
        let text = token.message().unwrap().to_owned();
        token.swallow();
        text
    });
    let handle = task.task();
    let other = std::thread::spawn(move || {
        wait.recv().unwrap();
        handle.cancel_with(String::from("from afar"))
    });
    assert_eq!(block_on(task).unwrap(), "from afar");
    assert!(other.join().unwrap());
}

#[test]
fn dropped_it_ends_its_record() {
    let task = recorded("t", pending::<()>());
    let handle = task.task();
    drop(task);
    assert!(handle.done() && !handle.cancel());
    drop(handle);
}

#[test]
fn a_panicking_destructor_takes_the_value_along() {
    struct Bomb(&'static str);
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("{}", self.0)
        }
    }
    // The value itself, of a task that cancelled itself.
    let end = block_on(recorded("t", async {
        current_task().cancel();
        Bomb("value")
    }));
    let error = end.err().unwrap();
    assert_eq!(error.to_string(), "task \"t\" panicked: value");
    assert_eq!(*error.into_panic().downcast_ref::<String>().unwrap(), "value");
    // A future that completes and then panics as it is dropped.
    struct Ends(#[allow(dead_code, reason = "dropped")] Bomb);
    impl Future for Ends {
        type Output = i32;
        fn poll(self: Pin<&mut Self>, _: &mut std::task::Context<'_>) -> Poll<i32> {
            Poll::Ready(5)
        }
    }
    let end = block_on(recorded("t", Ends(Bomb("future"))));
    assert_eq!(end.unwrap_err().to_string(), "task \"t\" panicked: future");
}

/// A group child's error stands although the child had cancelled itself; its value does not.
#[test]
fn a_self_cancelled_task_keeps_what_it_is_told_to_keep() {
    let ends = |end: Result<i32, &'static str>| {
        let task = recorded("t", async move {
            current_task().cancel();
            end
        });
        block_on(task.keeping(Result::is_err))
    };
    assert_eq!(ends(Err("bad")).unwrap(), Err("bad"));
    assert!(ends(Ok(5)).unwrap_err().is_cancelled());
}

struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A delivery does not wake the task that is being polled for it.
#[test]
fn an_unwinding_costs_no_turn_of_its_own() {
    let count = Arc::new(Count(AtomicUsize::new(0)));
    let waker = Waker::from(count.clone());
    let mut cx = std::task::Context::from_waker(&waker);
    let deep = with_cleanup(with_cleanup(pending::<()>(), async || {}), async || {});
    let mut task = pin!(recorded("t", with_cleanup(deep, async || {})));
    assert!(task.as_mut().poll(&mut cx).is_pending());
    task.as_ref().task().cancel();
    assert_eq!(count.0.load(Ordering::SeqCst), 1);
    assert!(task.as_mut().poll(&mut cx).is_ready());
    assert_eq!(count.0.load(Ordering::SeqCst), 1);
}

/// Ten thousand boundaries under one foreign join are asked, answer and leave.
#[test]
fn many_boundaries_side_by_side() {
    let mut futures: Vec<_> =
        (0..10_000).map(|_| Some(Box::pin(catch_cancel(pending::<()>())))).collect();
    let mut caught = 0;
    let mut task = pin!(recorded(
        "t",
        std::future::poll_fn(|cx| {
            for slot in &mut futures {
                if let Some(future) = slot
                    && let Poll::Ready(end) = future.as_mut().poll(cx)
                {
                    end.unwrap_err().swallow();
                    caught += 1;
                    *slot = None;
                }
            }
            if caught == 10_000 { Poll::Ready(caught) } else { Poll::Pending }
        })
    ));
    assert!(block_on(poll_once(task.as_mut())).is_none());
    task.as_ref().task().cancel();
    assert_eq!(block_on(task).unwrap(), 10_000);
}

#[test]
#[should_panic(expected = "not polled after")]
fn a_node_polled_after_its_end() {
    let mut node = Node::stop();
    let mut cx = std::task::Context::from_waker(Waker::noop());
    assert!(matches!(node.poll(&mut cx, |_| Poll::Ready(())), Step::Ready(())));
    let _ = node.poll(&mut cx, |_| Poll::Ready(()));
}
