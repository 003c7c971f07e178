//! `sleep`: SLP.

use crate::stage::*;
use asyncio::{EventLoop, as_completed, create_task, sleep_until, yield_now};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

/// A loop in virtual time that the test turns by hand.
pub fn hand_turned() -> EventLoop {
    EventLoop::builder().virtual_time(true).build().unwrap()
}

/// Turns `event_loop` until nothing is ready; time stands still.
pub fn settle(event_loop: &mut EventLoop) {
    while event_loop.turn(Some(Duration::ZERO)).unwrap().more {}
}

#[test]
fn slp_1_at_least_the_time_that_was_asked_for() {
    timed(async {
        let began = asyncio::now();
        asyncio::sleep(Duration::from_nanos(1_500_000_001)).await;
        assert!(asyncio::now() - began >= Duration::from_nanos(1_500_000_001));
        assert!(asyncio::now() - began < Duration::from_millis(1501));
    });
}

#[test]
fn slp_2_zero_is_one_turn_of_everything_ready() {
    timed(async {
        let order = Rc::new(RefCell::new(Vec::new()));
        for n in 0..3 {
            let order = order.clone();
            drop(create_task(async move {
                for step in 0..2 {
                    order.borrow_mut().push((n, step));
                    yield_now().await;
                }
            }));
        }
        sleep(0).await;
        assert_eq!(*order.borrow(), [(0, 0), (1, 0), (2, 0)]);
        sleep(0).await;
        assert_eq!(order.borrow().len(), 6);
        assert_eq!(second(), 0);
    });
}

#[test]
fn slp_3_a_time_in_the_past_is_as_zero() {
    timed(async {
        sleep(5).await;
        let other = create_task(async {});
        sleep_until(at(2)).await;
        assert!(other.done());
        assert_eq!(second(), 5);
    });
}

#[test]
fn slp_5_always_suspends_and_without_end_can_be_cancelled() {
    timed(async {
        let polled = futures_lite::future::poll_once(sleep(0)).await;
        assert!(polled.is_none());
        let forever = create_task(asyncio::sleep(Duration::MAX));
        sleep(1_000_000).await;
        assert!(!forever.done());
        forever.cancel();
        assert!(forever.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn slp_6_a_cancelled_sleep_takes_its_timer_along() {
    let mut event_loop = hand_turned();
    let sleeper = event_loop.create_task(sleep(60));
    settle(&mut event_loop);
    assert!(event_loop.next_deadline().is_some());
    sleeper.cancel();
    settle(&mut event_loop);
    assert!(sleeper.done());
    assert_eq!(event_loop.next_deadline(), None);
}

#[test]
fn slp_7_in_the_order_of_the_deadlines() {
    timed(async {
        let mut done = as_completed([3, 1, 2].map(|n| after(n, n)));
        let mut order = Vec::new();
        while let Some(n) = done.next().await {
            order.push((n, second()));
        }
        assert_eq!(order, [(1, 1), (2, 2), (3, 3)]);
    });
}

#[test]
fn slp_8_zero_takes_no_timer() {
    struct Woken(AtomicBool);
    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(woken.clone());
    let mut cx = Context::from_waker(&waker);
    let mut sleeping = std::pin::pin!(sleep(0));
    // Here is no loop, and on this thread no clock of anybody's.
    assert!(sleeping.as_mut().poll(&mut cx).is_pending());
    assert!(woken.0.load(Ordering::Relaxed));
    assert!(sleeping.as_mut().poll(&mut cx).is_ready());
}
