//! Sleeps: order, moving, and where their entries are.

use crate::support::{Count, on_each_backend, poll, poll_with, run, turn_until};
use asyncio_context::clock::{self, VirtualClock};
use asyncio_reactor::{Driver, Sleep, sleep, sleep_until};
use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn never_early_in_real_time() {
    on_each_backend(|driver| {
        for micros in [1, 50, 999, 1_000, 2_345] {
            let start = Instant::now();
            let duration = Duration::from_micros(micros);
            run(driver, sleep(duration));
            assert!(start.elapsed() >= duration, "{micros} us");
        }
    });
}

#[test]
fn zero_is_one_bare_yield() {
    on_each_backend(|driver| {
        let (woken, waker) = Count::new();
        let mut nap = sleep(Duration::ZERO);
        assert!(poll_with(&mut nap, &waker).is_pending());
        assert_eq!(woken.get(), 1, "woken at once, without the driver");
        assert!(driver.is_idle());
        assert!(poll_with(&mut nap, &waker).is_ready());
    });
}

#[test]
fn a_deadline_in_the_past_fires_at_the_next_turn() {
    on_each_backend(|driver| {
        let (woken, waker) = Count::new();
        let mut nap = sleep_until(clock::now() - Duration::from_secs(1));
        assert!(nap.is_elapsed());
        assert!(poll_with(&mut nap, &waker).is_pending());
        driver.turn(Some(Duration::ZERO)).unwrap();
        assert_eq!(woken.get(), 1);
        assert!(poll_with(&mut nap, &waker).is_ready());
        assert!(poll_with(&mut nap, &waker).is_ready(), "and stays so");
    });
}

#[test]
fn wakes_by_deadline_then_by_age() {
    struct Named(usize, Arc<Mutex<Vec<usize>>>);
    impl Wake for Named {
        fn wake(self: Arc<Self>) {
            self.1.lock().unwrap().push(self.0);
        }
    }
    let mut driver = Driver::virtual_time(VirtualClock::new()).unwrap();
    let _entered = driver.enter();
    let order = Arc::new(Mutex::new(Vec::new()));
    let start = clock::now();
    let seconds = [3, 1, 2, 1, 3, 0, 1];
    let mut sleeps: Vec<_> =
        seconds.iter().map(|&s| sleep_until(start + Duration::from_secs(s + 5))).collect();
    for (n, nap) in sleeps.iter_mut().enumerate() {
        let waker = Waker::from(Arc::new(Named(n, order.clone())));
        assert!(poll_with(nap, &waker).is_pending());
    }
    turn_until(&mut driver, || order.lock().unwrap().len() == seconds.len());
    assert_eq!(*order.lock().unwrap(), [5, 1, 3, 6, 2, 0, 4]);
}

#[test]
fn a_dropped_sleep_leaves_nothing() {
    on_each_backend(|driver| {
        let (woken, waker) = Count::new();
        let mut nap = sleep(DAY);
        assert!(poll_with(&mut nap, &waker).is_pending());
        assert!(driver.next_deadline().is_some());
        drop(nap);
        assert!(driver.is_idle());
        assert_eq!(driver.next_deadline(), None);
        assert_eq!((woken.get(), Arc::strong_count(&woken)), (0, 2));
    });
}

#[test]
fn reset_moves_it_in_every_state() {
    let mut driver = Driver::virtual_time(VirtualClock::new()).unwrap();
    let _entered = driver.enter();
    let (start, second) = (clock::now(), Duration::from_secs(1));
    let (woken, waker) = Count::new();
    let mut nap = sleep(DAY);
    nap.reset(start + second); // before the first poll
    assert!(poll_with(&mut nap, &waker).is_pending());
    nap.reset(start + 2 * second); // later, while it waits
    driver.turn(None).unwrap();
    assert_eq!(clock::now() - start, 2 * second);
    assert_eq!(woken.get(), 1);
    nap.reset(start + 3 * second); // fired, and not polled yet
    assert!(poll_with(&mut nap, &waker).is_pending(), "the new deadline counts");
    nap.reset(start + 5 * second / 2); // earlier, while it waits
    driver.turn(None).unwrap();
    assert_eq!(clock::now() - start, 5 * second / 2);
    assert!(poll_with(&mut nap, &waker).is_ready());
    nap.reset(start + 4 * second); // after its end
    assert!(!nap.is_elapsed());
    run(&mut driver, &mut nap);
    assert_eq!(clock::now() - start, 4 * second);
    assert_eq!(nap.deadline(), start + 4 * second);
}

#[test]
fn the_last_waker_is_woken() {
    on_each_backend(|driver| {
        let ((first, wake_first), (second, wake_second)) = (Count::new(), Count::new());
        let mut nap = sleep(Duration::from_millis(1));
        assert!(poll_with(&mut nap, &wake_first).is_pending());
        assert!(poll_with(&mut nap, &wake_second).is_pending());
        turn_until(driver, || second.get() > 0);
        assert_eq!((first.get(), second.get()), (0, 1));
    });
}

#[test]
fn durations_past_the_end_of_the_clock() {
    on_each_backend(|driver| {
        let mut nap = sleep(Duration::MAX);
        assert!(poll(&mut nap).is_pending());
        assert!(driver.next_deadline().unwrap() > clock::now() + 1_000 * DAY);
        driver.turn(Some(Duration::ZERO)).unwrap();
        assert!(poll(&mut nap).is_pending());
    });
}

#[test]
fn dropped_on_another_thread() {
    on_each_backend(|driver| {
        let (woken, waker) = Count::new();
        let mut nap = sleep(DAY);
        assert!(poll_with(&mut nap, &waker).is_pending());
        drop(waker);
        thread::spawn(move || drop(nap)).join().unwrap();
        driver.turn(Some(Duration::ZERO)).unwrap();
        assert!(driver.is_idle());
        assert_eq!((woken.get(), Arc::strong_count(&woken)), (0, 1));
    });
}

#[test]
fn moved_to_another_thread_while_it_waits() {
    on_each_backend(|driver| {
        let (_, waker) = Count::new();
        let mut nap = sleep(Duration::from_millis(5));
        let deadline = nap.deadline();
        assert!(poll_with(&mut nap, &waker).is_pending());
        // There is no driver there, so it goes on with the driver thread.
        thread::spawn(move || futures_lite::future::block_on(nap)).join().unwrap();
        assert!(clock::now() >= deadline);
        driver.turn(Some(Duration::ZERO)).unwrap();
        assert!(driver.is_idle(), "and is gone here");
    });
}

#[test]
fn reset_on_another_thread_wakes_its_task() {
    on_each_backend(|driver| {
        let (woken, waker) = Count::new();
        let mut nap = sleep(DAY);
        assert!(poll_with(&mut nap, &waker).is_pending());
        let soon = clock::now() + Duration::from_millis(1);
        let mut nap = thread::spawn(move || {
            nap.reset(soon);
            nap
        })
        .join()
        .unwrap();
        turn_until(driver, || woken.get() == 1);
        run(driver, &mut nap);
        assert!(clock::now() >= soon);
    });
}

#[test]
fn with_a_handle_from_another_thread() {
    on_each_backend(|driver| {
        let handle = driver.handle();
        let notifier = driver.notifier();
        let (sender, receiver) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            let start = clock::now();
            let (_, waker) = Count::new();
            let mut nap = Sleep::with_handle(DAY, &handle);
            assert!(poll_with(&mut nap, &waker).is_pending());
            nap.reset(start + Duration::from_millis(1));
            futures_lite::future::block_on(&mut nap);
            assert!(clock::now() >= nap.deadline());
            let mut dropped = Sleep::with_handle(DAY, &handle);
            assert!(poll_with(&mut dropped, &waker).is_pending());
            drop(dropped);
            sender.send(()).unwrap();
            notifier.wake();
        });
        turn_until(driver, || receiver.try_recv().is_ok());
        thread.join().unwrap();
        driver.turn(Some(Duration::ZERO)).unwrap();
        assert!(driver.is_idle());
    });
}

#[test]
fn it_tells_its_task_what_it_waits_for() {
    on_each_backend(|driver| {
        let line = line!() + 1;
        let nap = sleep(Duration::from_millis(1));
        let mut task = std::pin::pin!(asyncio_context::recorded("napper", async {
            let me = asyncio_context::current_task();
            let mut nap = nap;
            std::future::poll_fn(|cx| {
                let poll = std::pin::Pin::new(&mut nap).poll(cx);
                if poll.is_pending() {
                    let wait = me.waits_for().expect("it waits");
                    assert_eq!(wait.kind, asyncio_context::WaitKind::Sleep);
                    assert_eq!((wait.at.file(), wait.at.line()), (file!(), line));
                }
                poll
            })
            .await;
        }));
        use std::future::Future;
        run(driver, task.as_mut()).unwrap();
    });
}
