//! Turns: what a loop does between looks at its `Park`.

use crate::support::{Log, run, yield_now};
use asyncio_context::clock;
use asyncio_executor::{LocalExecutor, Park, ThreadPark, all_tasks, create_task};
use std::cell::{Cell, RefCell};
use std::future::pending;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Wake, Waker};
use std::time::Duration;

/// Counts its looks, and may have something outside.
struct Looks {
    outside: bool,
    looks: Rc<Cell<usize>>,
    inner: ThreadPark,
}

impl Park for Looks {
    fn park(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.looks.set(self.looks.get() + 1);
        self.inner.park(timeout)
    }

    fn unparker(&self) -> Waker {
        self.inner.unparker()
    }

    fn has_outside(&self) -> bool {
        self.outside
    }
}

fn looks_of(outside: bool, tasks: usize, polls: usize) -> usize {
    let looks = Rc::new(Cell::new(0));
    let mut park = Looks { outside, looks: looks.clone(), inner: ThreadPark::new() };
    let executor = LocalExecutor::new();
    executor
        .run_until(
            async move {
                let tasks: Vec<_> = (0..tasks)
                    .map(|_| {
                        create_task(async move {
                            for _ in 0..polls {
                                yield_now().await;
                            }
                        })
                    })
                    .collect();
                for task in tasks {
                    task.await.unwrap();
                }
            },
            &mut park,
        )
        .unwrap();
    looks.get()
}

#[test]
fn outside_events_are_looked_for_after_every_batch() {
    // Ten batches of one task each, and few more for the beginning and the end.
    let looks = looks_of(true, 1, 10);
    assert!((10..16).contains(&looks), "{looks}");
}

#[test]
fn outside_events_are_looked_for_within_a_long_batch() {
    // A batch of 1000 polls is interrupted sixteen times.
    let looks = looks_of(true, 1000, 1);
    assert!(looks >= 2 * 16, "{looks}");
}

#[test]
fn without_outside_events_nobody_looks() {
    assert_eq!(looks_of(false, 10, 100), 0);
}

#[test]
fn a_turn_runs_what_is_ready_and_says_whether_there_is_more() {
    let executor = LocalExecutor::new();
    let mut park = Looks { outside: true, looks: Rc::default(), inner: ThreadPark::new() };
    let now = Some(Duration::ZERO);
    assert!(!executor.turn(&mut park, now).unwrap().more);
    let task = executor.create_task(async { yield_now().await });
    assert!(executor.is_ready());
    assert!(executor.turn(&mut park, now).unwrap().more);
    assert!(!executor.turn(&mut park, now).unwrap().more);
    assert!(task.done());
}

struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A host's driver: never waits, and counts who wakes it.
struct Hosted(Arc<Count>);

impl Park for Hosted {
    fn park(&mut self, _: Option<Duration>) -> io::Result<()> {
        Ok(())
    }

    fn unparker(&self) -> Waker {
        Waker::from(self.0.clone())
    }
}

#[test]
fn a_host_is_told_of_what_becomes_ready_between_its_turns() {
    let woken = Arc::new(Count(AtomicUsize::new(0)));
    let executor = LocalExecutor::new();
    let mut park = Hosted(woken.clone());
    let slot = Rc::new(RefCell::new(None::<Waker>));
    let keep = slot.clone();
    let task = executor.create_task(std::future::poll_fn(move |cx| {
        if keep.borrow().is_some() {
            return std::task::Poll::Ready(());
        }
        *keep.borrow_mut() = Some(cx.waker().clone());
        std::task::Poll::Pending
    }));
    assert!(!executor.turn(&mut park, None).unwrap().more);
    let told = || woken.0.load(Ordering::SeqCst);
    assert_eq!(told(), 0);
    // By a waker on the loop's own thread, outside its turn: once, however often.
    let waker = slot.borrow().clone().unwrap();
    waker.wake_by_ref();
    waker.wake_by_ref();
    assert_eq!(told(), 1);
    assert!(!executor.turn(&mut park, None).unwrap().more);
    assert!(task.done());
    // By the executor itself.
    executor.call_soon(|| ());
    executor.call_soon(|| ());
    assert_eq!(told(), 2);
    executor.turn(&mut park, None).unwrap();
    // By a post.
    executor.remote().post(|| ()).unwrap();
    assert_eq!(told(), 3);
    executor.turn(&mut park, None).unwrap();
    // And by nothing else.
    drop(waker);
    drop(task);
    assert_eq!(told(), 4, "the handle's reference came back by the inbox");
}

#[test]
fn run_5_a_loop_cannot_run_inside_a_turn() {
    for what in ["run", "turn", "another"] {
        let executor = Rc::new(LocalExecutor::new());
        let inside = executor.clone();
        let error = executor
            .run_until(
                async move {
                    match what {
                        "run" => drop(inside.run_until(async {}, &mut ThreadPark::new())),
                        "turn" => drop(inside.turn(&mut ThreadPark::new(), None)),
                        _ => drop(LocalExecutor::new().run_until(async {}, &mut ThreadPark::new())),
                    }
                },
                &mut ThreadPark::new(),
            )
            .unwrap_err();
        assert!(
            error.to_string().contains("cannot be called from a running event loop"),
            "{error}"
        );
        // And works again afterwards.
        executor.run_until(async {}, &mut ThreadPark::new()).unwrap();
    }
}

#[test]
fn main_may_borrow_and_its_result_may_too() {
    let text = String::from("borrowed");
    let log = Log::default();
    let found = run(async {
        log.say("main");
        yield_now().await;
        &text[..6]
    });
    assert_eq!(found, "borrow");
    assert_eq!(log.take(), ["main"]);
}

#[test]
fn what_is_ready_when_main_ends_still_runs_and_the_rest_stays() {
    let log = Log::default();
    let executor = LocalExecutor::new();
    let (l1, l2) = (log.clone(), log.clone());
    executor
        .run_until(
            async move {
                drop(create_task(async move { l1.say("first step") }));
                drop(create_task(async move {
                    for _ in 0..10 {
                        yield_now().await;
                    }
                    l2.say("later");
                }));
            },
            &mut ThreadPark::new(),
        )
        .unwrap();
    assert_eq!(log.take(), ["first step"]);
    assert_eq!(executor.all_tasks().len(), 1);
    executor.run_until(async { yield_now_times(12).await }, &mut ThreadPark::new()).unwrap();
    assert_eq!(log.take(), ["later"]);
}

async fn yield_now_times(n: usize) {
    for _ in 0..n {
        yield_now().await;
    }
}

#[test]
fn all_tasks_lists_those_that_are_not_over() {
    run(async {
        let main = asyncio_context::current_task();
        let one = create_task(pending::<()>());
        let two = create_task(async {});
        let shared = asyncio_executor::spawn(pending::<()>());
        let expected = [main.id(), one.id(), two.id(), shared.id()];
        assert!(all_tasks().iter().map(|task| task.id()).eq(expected));
        // Asked from within, too.
        let inside = create_task(async { all_tasks().len() });
        assert_eq!(inside.await.unwrap(), 4);
        assert_eq!(all_tasks().len(), 3);
    });
    assert!(all_tasks().is_empty());
}

#[test]
fn a_park_that_fails_panics_and_main_is_dropped() {
    crate::support::quiet();
    struct Broken;
    impl Park for Broken {
        fn park(&mut self, _: Option<Duration>) -> io::Result<()> {
            Err(io::Error::other("no events"))
        }
        fn unparker(&self) -> Waker {
            Waker::noop().clone()
        }
    }
    let log = Log::default();
    let executor = LocalExecutor::new();
    let borrowed = crate::support::OnDrop(log.clone(), "main dropped");
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        executor.run_until(
            async {
                let _keep = borrowed;
                loop {
                    yield_now().await;
                }
            },
            &mut Broken,
        )
    }));
    assert!(failed.is_err());
    assert_eq!(log.take(), ["main dropped"]);
    // The loop still works; the entry of the main that is gone is passed over.
    executor.run_until(async { yield_now().await }, &mut ThreadPark::new()).unwrap();
    assert!(
        matches!(executor.turn(&mut Broken, None), Err(error) if error.to_string() == "no events")
    );
}

/// The entry of such a main task has a reference: a loop that is closed without another turn gives it
/// back, which the leak check sees.
#[test]
fn a_main_that_was_queued_when_its_run_unwound_leaks_nothing() {
    crate::support::quiet();
    struct WakesAndFails(Rc<Cell<Option<Waker>>>);
    impl Park for WakesAndFails {
        fn park(&mut self, _: Option<Duration>) -> io::Result<()> {
            self.0.take().expect("main was polled").wake();
            Err(io::Error::other("no events"))
        }
        fn unparker(&self) -> Waker {
            Waker::noop().clone()
        }
        fn has_outside(&self) -> bool {
            false
        }
    }
    let waker = Rc::new(Cell::new(None));
    let slot = waker.clone();
    let executor = LocalExecutor::new();
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let main = std::future::poll_fn(move |cx| {
            slot.set(Some(cx.waker().clone()));
            Poll::<()>::Pending
        });
        executor.run_until(main, &mut WakesAndFails(waker))
    }));
    assert!(failed.is_err());
    drop(executor);
}

/// A driver that has waited knows the time, so it is not read again; nor does the time of the turn before
/// stand while the loop sleeps.
#[test]
fn a_turn_begins_when_its_park_says_or_else_after_it() {
    struct Tells(Option<u64>, Rc<Cell<Option<Waker>>>);
    impl Park for Tells {
        fn park(&mut self, _: Option<Duration>) -> io::Result<()> {
            assert!(clock::turn_nanos() > 7);
            if self.0.is_some() {
                clock::set_turn_nanos(self.0);
            }
            self.1.take().expect("main was polled").wake();
            Ok(())
        }
        fn unparker(&self) -> Waker {
            Waker::noop().clone()
        }
        fn has_outside(&self) -> bool {
            false
        }
    }
    let turn_after = |told| {
        let waker = Rc::new(Cell::new(None));
        let slot = waker.clone();
        let mut polls = 0;
        let main = std::future::poll_fn(move |cx| {
            polls += 1;
            if polls == 2 {
                return Poll::Ready(clock::turn_nanos());
            }
            slot.set(Some(cx.waker().clone()));
            clock::set_turn_nanos(Some(7));
            Poll::Pending
        });
        LocalExecutor::new().run_until(main, &mut Tells(told, waker)).unwrap()
    };
    assert_eq!(turn_after(Some(5)), 5);
    let start = clock::now_nanos();
    assert!(turn_after(None) >= start);
}
