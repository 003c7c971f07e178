//! `create_task`, and what `ensure_future` is for.

use crate::stage::{played, say, sleep, turns};
use asyncio::{
    EventLoop, Task, context_var, copy_context, create_task, current_task, run_virtual, shield,
};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

context_var! {
    static COLOUR: &'static str = "none";
}

#[test]
fn crt_1_needs_a_loop() {
    let refused = catch_unwind(|| drop(create_task(async { unreachable!("there is no loop") })));
    let text = refused.unwrap_err();
    assert!(text.downcast_ref::<&str>().unwrap().contains("no running loop"));
}

#[test]
fn crt_3_given_at_once_and_not_begun() {
    let trace = played(async {
        let task = create_task(async { say!("begun") });
        say!("made, done: {}", task.done());
        task.await.unwrap();
    });
    assert_eq!(trace, "0:made, done: false · 0:begun");
}

#[test]
fn crt_7_eager_start_as_asked_or_as_the_loop_does() {
    let trace = played(async {
        let make = |eager: Option<bool>, name: &'static str| {
            let builder = Task::builder();
            let builder = match eager {
                Some(eager) => builder.eager_start(eager),
                None => builder,
            };
            drop(builder.spawn(async move { say!("{name}") }));
        };
        make(Some(true), "eager");
        make(None, "as the loop does");
        say!("made");
        turns(1).await;
        asyncio::get_running_loop().set_eager_tasks(true);
        make(Some(false), "late");
        make(None, "as the eager loop does");
        say!("made");
        turns(1).await;
    });
    assert_eq!(
        trace,
        "0:eager · 0:made · 0:as the loop does · 0:as the eager loop does · 0:made · 0:late"
    );
}

#[test]
fn crt_4_they_start_in_the_order_of_their_creation() {
    let trace = played(async {
        for n in 0..4 {
            drop(create_task(async move { say!("{n}") }));
        }
        turns(1).await;
        say!("one turn");
    });
    assert_eq!(trace, "0:0 · 0:1 · 0:2 · 0:3 · 0:one turn");
}

#[test]
fn crt_5_names() {
    run_virtual(async {
        let named = Task::builder().name("fetcher").spawn(async { current_task().name() });
        assert_eq!(named.name(), "fetcher");
        assert_eq!(named.await.unwrap(), "fetcher");
        let number = |task: &Task<()>| -> u64 {
            task.name().strip_prefix("Task-").expect("Task-N").parse().unwrap()
        };
        let (first, second) = (create_task(async {}), create_task(async {}));
        assert!(number(&first) < number(&second));
    });
}

#[test]
fn diff_crt_6_a_context_is_a_value() {
    run_virtual(async {
        let mut context = copy_context();
        context.run(|| drop(COLOUR.set("given")));
        let task = Task::builder().context(context.clone()).spawn(async {
            let seen = COLOUR.get();
            drop(COLOUR.set("the task's"));
            (seen, COLOUR.get())
        });
        assert_eq!(task.await.unwrap(), ("given", "the task's"));
        assert_eq!(context.run(|| COLOUR.get()), "given", "the task had a copy");
        drop(COLOUR.set("the maker's"));
        let copied = create_task(async { COLOUR.get() });
        drop(COLOUR.set("set later"));
        assert_eq!(copied.await.unwrap(), "the maker's");
    });
}

struct OnDrop(Rc<Cell<bool>>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

#[test]
fn crt_8_a_closed_loop_refuses() {
    let mut event_loop = EventLoop::new().unwrap();
    let own = event_loop.loop_ref();
    event_loop.close();
    let refused = catch_unwind(AssertUnwindSafe(|| drop(own.create_task(async {}))));
    assert!(refused.is_err());
}

#[test]
fn diff_crt_9_the_loop_keeps_a_task_that_waits() {
    let trace = played(async {
        drop(create_task(async {
            sleep(5).await;
            say!("still here");
        }));
        sleep(6).await;
    });
    assert_eq!(trace, "5:still here");
}

/// A future without `async`.
struct ByHand(u32);

impl Future for ByHand {
    type Output = &'static str;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<&'static str> {
        if self.0 == 0 {
            return Poll::Ready("made by hand");
        }
        self.0 -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

#[test]
fn crt_10_a_future_made_by_hand() {
    assert_eq!(run_virtual(async { create_task(ByHand(3)).await.unwrap() }), "made by hand");
}

#[test]
fn diff_ens_1_what_takes_both_takes_a_task_as_it_is() {
    run_virtual(async {
        let task = create_task(async { current_task() });
        let own = task.task_ref();
        assert!(shield(task).await.unwrap() == own);
    });
}

#[test]
fn diff_ens_3_and_makes_one_of_a_future() {
    run_virtual(async {
        let inside = shield(async { current_task() }).await;
        assert!(inside.unwrap() != current_task());
    });
}

#[test]
fn ens_4_any_awaitable_becomes_a_task() {
    run_virtual(async {
        let awaitable = create_task(async { 4 });
        assert_eq!(create_task(awaitable.into_future()).await.unwrap().unwrap(), 4);
    });
}

#[test]
fn ens_6_what_gets_no_task_is_dropped() {
    let mut event_loop = EventLoop::new().unwrap();
    let own = event_loop.loop_ref();
    event_loop.close();
    let dropped = Rc::new(Cell::new(false));
    let inside = OnDrop(dropped.clone());
    let refused = catch_unwind(AssertUnwindSafe(|| {
        drop(own.create_task(async move {
            turns(1).await;
            drop(inside);
        }))
    }));
    assert!(refused.is_err() && dropped.get());
}
