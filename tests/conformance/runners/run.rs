//! `run`.

use crate::execution::reports;
use crate::stage::{pending, played, say, secs, sleep, turns};
use asyncio::{
    EventLoop, Runner, catch_cancel, create_task, current_task, get_running_loop, run_virtual,
    to_thread, try_get_running_loop, with_cleanup,
};
use std::cell::Cell;
use std::future::IntoFuture;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::{Arc, Mutex, mpsc};

#[test]
fn run_1_what_main_returns() {
    assert_eq!(asyncio::run(async { "value" }), "value");
}

#[test]
fn run_2_a_failure_goes_on_after_the_clean_up() {
    let cleaned = Rc::new(Cell::new(false));
    let seen = cleaned.clone();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        run_virtual(async {
            drop(create_task(with_cleanup(pending(), async move || {
                sleep(1).await;
                seen.set(true);
            })));
            turns(1).await;
            panic!("out of main");
        })
    }));
    assert_eq!(panicked.unwrap_err().downcast_ref::<&str>(), Some(&"out of main"));
    assert!(cleaned.get());
    assert_eq!(run_virtual(async { Err::<(), _>("an Err is a value") }), Err("an Err is a value"));
}

struct Awaitable(u32);

impl IntoFuture for Awaitable {
    type Output = u32;
    type IntoFuture = std::future::Ready<u32>;

    fn into_future(self) -> Self::IntoFuture {
        std::future::ready(self.0)
    }
}

#[test]
fn run_4_any_awaitable() {
    assert_eq!(asyncio::run(Awaitable(4)), 4);
    assert_eq!(asyncio::run(std::future::ready(5)), 5);
}

#[test]
fn run_5_refused_inside_a_loop() {
    let started = Rc::new(Cell::new(false));
    let seen = started.clone();
    let refused = asyncio::run(async move {
        catch_unwind(AssertUnwindSafe(|| asyncio::run(async move { seen.set(true) }))).unwrap_err()
    });
    let text = refused.downcast_ref::<String>().unwrap();
    assert!(text.contains("cannot be called from a running event loop"), "{text}");
    assert!(!started.get());
}

#[test]
fn run_6_every_call_has_its_own_loop() {
    let first = asyncio::run(async { get_running_loop() });
    let second = asyncio::run(async { get_running_loop() });
    assert!(first != second && first.is_closed() && second.is_closed());
}

#[test]
fn run_7_the_debug_flag() {
    for debug in [true, false] {
        let mut runner = Runner::builder().debug(debug).build().unwrap();
        assert_eq!(runner.run(async { get_running_loop().debug() }).unwrap(), debug);
    }
    let wanted = std::env::var_os("ASYNCIO_DEBUG").is_some_and(|value| value != "0");
    assert_eq!(asyncio::run(async { get_running_loop().debug() }), wanted);
}

#[test]
fn diff_run_8_the_loop_is_described_or_made_by_the_caller() {
    let mut event_loop = EventLoop::builder().virtual_time(true).build().unwrap();
    let own = event_loop.loop_ref();
    let inside = event_loop.run_until_complete(async { get_running_loop() }).unwrap();
    assert!(own == inside);
}

#[test]
fn diff_run_9_a_loop_is_current_inside_its_run_only() {
    assert!(try_get_running_loop().is_none());
    let own = asyncio::run(async { try_get_running_loop() });
    assert!(own.is_some() && try_get_running_loop().is_none());
}

#[test]
fn run_10_what_main_leaves_is_cancelled_and_awaited() {
    let trace = played(async {
        drop(create_task(with_cleanup(pending(), async || {
            say!("asked");
            sleep(2).await;
            say!("cleaned up");
        })));
        turns(1).await;
        say!("main is done");
    });
    assert_eq!(trace, "0:main is done · 0:asked · 2:cleaned up");
}

#[test]
fn run_11_all_are_asked_first_and_one_that_fails_stops_nothing() {
    let trace = played(async {
        let _seen = reports();
        for n in [2, 1] {
            drop(create_task(with_cleanup(pending(), async move || {
                say!("{n} asked");
                sleep(n).await;
                say!("{n} over");
                assert!(n != 1, "fails");
            })));
        }
        turns(1).await;
    });
    assert_eq!(trace, "0:2 asked · 0:1 asked · 1:1 over · 2:2 over");
}

#[test]
fn run_12_a_failure_of_what_main_left_is_reported() {
    let (value, seen) = run_virtual(async {
        let seen = reports();
        drop(create_task(with_cleanup(pending(), async || panic!("boom in a clean-up"))));
        turns(1).await;
        ("main's own", seen)
    });
    assert_eq!(value, "main's own");
    let seen = seen.take();
    assert!(seen.len() == 1 && seen[0].contains("boom in a clean-up"), "{seen:?}");
}

#[test]
fn run_13_who_swallows_is_waited_for() {
    let trace = played(async {
        drop(create_task(async {
            catch_cancel(pending()).await.unwrap_err().swallow();
            sleep(3600).await;
            say!("over");
        }));
        turns(1).await;
    });
    assert_eq!(trace, "3600:over");
}

#[test]
fn run_14_there_is_one_pass() {
    let trace = played(async {
        drop(create_task(with_cleanup(pending(), async || {
            drop(create_task(async {
                sleep(1).await;
                say!("not reached");
            }));
            say!("made");
        })));
        turns(1).await;
    });
    assert_eq!(trace, "0:made");
}

#[derive(Clone, Default)]
struct Steps(Arc<Mutex<Vec<&'static str>>>);

impl Steps {
    fn say(&self, what: &'static str) {
        self.0.lock().unwrap().push(what);
    }
}

struct OnDrop(Steps, &'static str);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.say(self.1);
    }
}

#[test]
fn run_16_calls_in_threads_are_waited_for() {
    let steps = Steps::default();
    let call = steps.clone();
    let (go, may_go) = mpsc::channel();
    let (begins, has_begun) = mpsc::channel();
    asyncio::run(async {
        drop(create_task(async move {
            to_thread(move || {
                begins.send(()).unwrap();
                may_go.recv().unwrap();
                call.say("the call is over");
            })
            .await
        }));
        turns(1).await;
        // One that still waits for a thread would be cancelled with its task.
        has_begun.recv().unwrap();
        drop(create_task(with_cleanup(pending(), async move || go.send(()).unwrap())));
        turns(1).await;
    });
    assert_eq!(*steps.0.lock().unwrap(), ["the call is over"]);
}

#[test]
fn run_17_leftovers_then_calls_then_the_loop() {
    let steps = Steps::default();
    let (call, clean_up, closed) = (steps.clone(), steps.clone(), steps.clone());
    let (go, may_go) = mpsc::channel();
    let (begins, has_begun) = mpsc::channel();
    let event_loop = asyncio::run(async {
        drop(create_task(async move {
            to_thread(move || {
                begins.send(()).unwrap();
                may_go.recv().unwrap();
                call.say("calls");
            })
            .await
        }));
        drop(create_task(with_cleanup(pending(), async move || {
            let pending_at_the_end = OnDrop(closed, "closed");
            drop(create_task(async move {
                pending().await;
                drop(pending_at_the_end);
            }));
            turns(3).await;
            clean_up.say("leftovers");
            go.send(()).unwrap();
        })));
        turns(1).await;
        has_begun.recv().unwrap();
        get_running_loop()
    });
    assert_eq!(*steps.0.lock().unwrap(), ["leftovers", "calls", "closed"]);
    assert!(event_loop.is_closed());
}

#[test]
fn run_18_a_cancelled_main() {
    let main = async {
        current_task().cancel_with("enough");
        sleep(1).await;
    };
    let raised = catch_unwind(AssertUnwindSafe(|| run_virtual(main))).unwrap_err();
    assert_eq!(raised.downcast_ref::<String>().unwrap(), "the main task was cancelled: enough");
    let main = async {
        asyncio::timeout(secs(1), async |_| current_task().cancel()).await.unwrap();
        sleep(1).await;
    };
    let error = Runner::builder().virtual_time(true).build().unwrap().run(main).unwrap_err();
    assert!(!error.by_interrupt());
}
