//! The driver itself: notifications, hosts, its end.

use crate::support::{
    BACKENDS, Count, is_readable, on_each_backend, poll, poll_with, run, tcp_pair, turn_until,
};
use asyncio_context::{clock, report};
use asyncio_reactor::{Async, Backend, Driver, Sleep, sleep};
use std::io::{Read, Write};
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::thread;
use std::time::Duration;

#[test]
fn the_environment_chooses_the_backend() {
    let expected = match std::env::var("ASYNCIO_DRIVER").as_deref() {
        Ok("polling") => Backend::Polling,
        Ok("polling-oneshot") => Backend::PollingOneShot,
        #[cfg(target_os = "linux")]
        _ => Backend::Epoll,
        #[cfg(not(target_os = "linux"))]
        _ => Backend::Polling,
    };
    assert_eq!(Backend::from_env(), expected);
}

#[test]
fn a_notification_before_the_turn_is_not_lost() {
    on_each_backend(|driver| {
        driver.notifier().wake();
        driver.turn(None).unwrap(); // would wait for ever
        driver.handle().notify();
        driver.handle().notify();
        driver.turn(None).unwrap();
        // Both were one notification: now it waits.
        let start = std::time::Instant::now();
        driver.turn(Some(Duration::from_millis(2))).unwrap();
        assert!(start.elapsed() >= Duration::from_millis(2));
    });
}

#[test]
fn a_notification_ends_the_turn_that_waits() {
    on_each_backend(|driver| {
        for _ in 0..200 {
            let notifier = driver.notifier();
            let thread = thread::spawn(move || notifier.wake());
            driver.turn(None).unwrap();
            thread.join().unwrap();
        }
    });
}

#[test]
fn a_host_waits_for_the_descriptor() {
    on_each_backend(|driver| {
        driver.set_hosted().unwrap();
        let look = |driver: &mut Driver| driver.turn(Some(Duration::ZERO)).unwrap();
        look(driver);
        assert!(!is_readable(driver));

        thread::scope(|scope| {
            let notifier = driver.notifier();
            scope.spawn(move || notifier.wake());
        });
        assert!(is_readable(driver), "notified between turns");
        look(driver);
        assert!(!is_readable(driver), "and taken");

        let (ours, mut peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        let (woken, waker) = Count::new();
        let mut readable = ours.readable();
        assert!(poll_with(&mut readable, &waker).is_pending());
        look(driver);
        peer.write_all(b"x").unwrap();
        assert!(is_readable(driver), "a source is ready");
        look(driver);
        assert_eq!(woken.get(), 1);
        assert!(!is_readable(driver));

        // Notified from within the turn: the host must come back.
        struct Again(Waker);
        impl Wake for Again {
            fn wake(self: Arc<Self>) {
                self.0.wake_by_ref();
            }
        }
        let again = Waker::from(Arc::new(Again(driver.notifier())));
        let mut nap = sleep(Duration::from_nanos(1));
        assert!(poll_with(&mut nap, &again).is_pending());
        assert!(driver.next_deadline().is_some());
        while poll_with(&mut nap, &again).is_pending() {
            look(driver);
        }
        assert!(is_readable(driver));

        // A hosted driver can still wait itself.
        look(driver);
        run(driver, sleep(Duration::from_millis(1)));
    });
}

#[test]
fn a_sleep_from_elsewhere_reaches_a_host() {
    on_each_backend(|driver| {
        driver.set_hosted().unwrap();
        // Also when the driver itself has said that it would look again before that deadline: by
        // the time the host waits, the timer that it said so for may be gone.
        let mut gone = sleep(Duration::from_secs(1));
        assert!(poll(&mut gone).is_pending());
        driver.turn(Some(Duration::from_nanos(1))).unwrap();
        drop(gone);
        for duration in [Duration::from_secs(3600), Duration::from_nanos(1)] {
            let handle = driver.handle();
            let mut nap = thread::spawn(move || {
                let mut nap = Sleep::with_handle(duration, &handle);
                assert!(poll(&mut nap).is_pending());
                nap
            })
            .join()
            .unwrap();
            assert!(is_readable(driver), "the host is told that its deadline has changed");
            driver.turn(Some(Duration::ZERO)).unwrap();
            nap.reset(clock::now());
            run(driver, &mut nap);
        }
    });
}

#[test]
fn what_waits_for_a_driver_that_goes_finds_another() {
    for &backend in BACKENDS {
        let (ours, mut peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        let (woken, waker) = Count::new();
        let mut nap = sleep(Duration::from_millis(1));
        let mut reading = ours.read_with(|mut io| io.read(&mut [0; 8]));
        let first = Driver::with(backend).unwrap();
        let handle = first.handle();
        let mut remote = thread::spawn({
            let (handle, waker) = (handle.clone(), waker.clone());
            move || {
                let mut remote = Sleep::with_handle(Duration::from_millis(1), &handle);
                assert!(poll_with(&mut remote, &waker).is_pending());
                remote
            }
        })
        .join()
        .unwrap();
        {
            let _entered = first.enter();
            assert!(poll_with(&mut nap, &waker).is_pending());
            assert!(poll_with(&mut reading, &waker).is_pending());
        }
        drop(first);
        assert_eq!(woken.get(), 3, "all are told");
        assert!(!handle.is_alive());

        let mut second = Driver::with(backend).unwrap();
        let _entered = second.enter();
        run(&mut second, &mut nap);
        run(&mut second, &mut remote);
        assert!(poll_with(&mut reading, &waker).is_pending());
        peer.write_all(b"abc").unwrap();
        assert_eq!(run(&mut second, &mut reading).unwrap(), 3);
    }
}

#[test]
fn a_driver_that_is_dropped_while_entered_serves_nobody() {
    let driver = Driver::new().unwrap();
    let entered = driver.enter();
    drop(driver);
    // So these use the driver thread.
    futures_lite::future::block_on(sleep(Duration::from_millis(1)));
    let (ours, mut peer) = tcp_pair();
    let ours = Async::new(ours).unwrap();
    let mut readable = ours.readable();
    assert!(poll(&mut readable).is_pending());
    peer.write_all(b"x").unwrap();
    futures_lite::future::block_on(readable).unwrap();
    drop(entered);
}

#[test]
fn drivers_can_be_entered_one_inside_the_other() {
    let (mut outer, mut inner) = (Driver::new().unwrap(), Driver::new().unwrap());
    let entered_outer = outer.enter();
    let entered_inner = inner.enter();
    let mut nap = sleep(Duration::from_millis(1));
    assert!(poll(&mut nap).is_pending());
    assert!(outer.is_idle() && !inner.is_idle());
    run(&mut inner, nap);
    drop(entered_inner);
    run(&mut outer, sleep(Duration::from_millis(1)));
    drop(entered_outer);
}

#[test]
fn a_waker_that_panics_takes_nobody_along() {
    struct Bomb;
    impl Wake for Bomb {
        fn wake(self: Arc<Self>) {
            panic!("boom");
        }
    }
    on_each_backend(|driver| {
        let seen = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
        let log = seen.clone();
        let _handler = report::enter_handler(std::rc::Rc::new(move |report| {
            log.borrow_mut().push(report.message);
        }));
        let mut first = sleep(Duration::from_nanos(1));
        assert!(poll_with(&mut first, &Waker::from(Arc::new(Bomb))).is_pending());
        let (woken, waker) = Count::new();
        let mut second = sleep(Duration::from_nanos(2));
        assert!(poll_with(&mut second, &waker).is_pending());
        turn_until(driver, || woken.get() == 1);
        assert_eq!(*seen.borrow(), ["a waker panicked: boom"]);
    });
}

#[test]
fn dropping_a_waker_may_use_the_driver() {
    // What hangs on a waker is dropped with it, and may hold a sleep or a source itself.
    struct Holds(#[allow(dead_code)] std::sync::Mutex<Option<Sleep>>);
    impl Wake for Holds {
        fn wake(self: Arc<Self>) {}
    }
    on_each_backend(|driver| {
        let mut inner = sleep(Duration::from_secs(5));
        assert!(poll(&mut inner).is_pending());
        let waker = Waker::from(Arc::new(Holds(std::sync::Mutex::new(Some(inner)))));
        let mut outer = sleep(Duration::from_secs(6));
        assert!(poll_with(&mut outer, &waker).is_pending());
        drop(waker);
        drop(outer);
        assert!(driver.is_idle());
    });
}
