//! What nobody should do to a loop, and is no fault of memory all the same. Run under AddressSanitizer, too.

use crate::support::{Log, quiet, reports, yield_now};
use asyncio_executor::{Entered, LocalExecutor, Task, ThreadPark, create_task};
use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

/// Calls a function when it is dropped.
struct Calls<F: FnMut()>(F);

impl<F: FnMut()> Drop for Calls<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// A task that waits for ever, and calls `f` when it is dropped.
fn waits_with(executor: &LocalExecutor, f: impl FnMut() + 'static) -> Task<()> {
    let calls = Calls(f);
    executor.create_task(async move {
        let _calls = calls;
        pending::<()>().await;
    })
}

/// What `f` panicked with.
fn panic_of(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("it panics");
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
}

#[test]
fn a_loop_that_is_being_closed_takes_no_turn() {
    quiet();
    let log = Log::default();
    let executor = Rc::new(LocalExecutor::new());
    let waker = Rc::new(RefCell::new(None::<Waker>));
    let slot = waker.clone();
    // The first wakes the second, which is gone by the time the third takes a turn.
    drop(waits_with(&executor, move || waker.take().unwrap().wake()));
    drop(executor.create_task(poll_fn(move |cx| {
        *slot.borrow_mut() = Some(cx.waker().clone());
        Poll::<()>::Pending
    })));
    let (inside, said) = (executor.clone(), log.clone());
    drop(waits_with(&executor, move || {
        let park = &mut ThreadPark::new();
        said.say(panic_of(|| drop(inside.turn(park, Some(Duration::ZERO)))));
        said.say(panic_of(|| drop(inside.run_until(async {}, park))));
        said.say(panic_of(|| drop(inside.cancel_all(park))));
    }));
    executor.run_until(yield_now(), &mut ThreadPark::new()).unwrap();
    executor.close();
    let lines = log.take();
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| line.contains("is being closed")), "{lines:?}");
}

#[test]
fn a_loop_is_not_closed_amid_its_closing() {
    quiet();
    let log = Log::default();
    let executor = Rc::new(LocalExecutor::new());
    let (inside, said) = (executor.clone(), log.clone());
    let task = waits_with(&executor, move || {
        // Hides from the loop that it is inside.
        let other = LocalExecutor::new();
        let _entered = other.enter();
        said.say(panic_of(|| inside.close()));
    });
    executor.run_until(yield_now(), &mut ThreadPark::new()).unwrap();
    executor.close();
    assert!(log.take()[0].contains("cannot be closed"));
    assert!(task.done());
}

#[test]
fn a_loop_is_not_closed_in_its_turn_under_another_loops_guard() {
    quiet();
    let (_, _guard) = reports();
    let executor = Rc::new(LocalExecutor::new());
    let inside = executor.clone();
    let closes = async move {
        let other = LocalExecutor::new();
        let _entered = other.enter();
        inside.close();
    };
    let error = executor.run_until(closes, &mut ThreadPark::new()).unwrap_err();
    assert!(error.to_string().contains("from within its own turn"), "{error}");
    executor.run_until(yield_now(), &mut ThreadPark::new()).unwrap();
}

#[test]
fn guards_may_be_dropped_out_of_order() {
    quiet();
    let outer = LocalExecutor::new();
    let inner = LocalExecutor::new();
    let of_outer = outer.enter();
    let of_inner = inner.enter();
    drop(of_outer);
    drop(outer);
    drop(of_inner);
    panic_of(|| drop(create_task(async {})));
    inner
        .run_until(async { create_task(async {}).await.unwrap() }, &mut ThreadPark::new())
        .unwrap();
}

#[test]
fn a_loop_may_be_closed_below_another_loops_guard() {
    quiet();
    let outer = LocalExecutor::new();
    let inner = LocalExecutor::new();
    let of_outer = outer.enter();
    let of_inner = inner.enter();
    let task = outer.create_task(pending::<()>());
    outer.close();
    assert!(task.done());
    drop(of_inner);
    panic_of(|| drop(create_task(async {})));
    drop(of_outer);
}

#[test]
fn a_guard_may_be_leaked() {
    quiet();
    let executor = LocalExecutor::new();
    let task = executor.create_task(pending::<()>());
    std::mem::forget::<Entered<'_>>(executor.enter());
    drop(executor);
    assert!(task.done());
    panic_of(|| drop(create_task(async {})));
}
