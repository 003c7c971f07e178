//! The clock that jumps.

use crate::support::{Count, poll_with, run, tcp_pair, turn_until};
use asyncio_context::clock::{self, VirtualClock};
use asyncio_reactor::{Async, Driver, sleep};
use std::io::{Read, Write};
use std::time::{Duration, Instant};

const DAY: Duration = Duration::from_secs(86_400);

fn driver() -> Driver {
    Driver::virtual_time(VirtualClock::new()).unwrap()
}

#[test]
fn a_day_takes_no_time() {
    let mut driver = driver();
    let _entered = driver.enter();
    let (start, real) = (clock::now(), Instant::now());
    run(&mut driver, async {
        sleep(DAY).await;
        sleep(Duration::from_nanos(1)).await;
    });
    assert_eq!(clock::now() - start, DAY + Duration::from_nanos(1), "exact");
    assert!(real.elapsed() < Duration::from_secs(60));
}

#[test]
fn it_jumps_to_the_timeout_if_that_is_earlier_and_never_in_a_mere_look() {
    let mut driver = driver();
    let _entered = driver.enter();
    let start = clock::now();
    let (woken, waker) = Count::new();
    let mut nap = sleep(DAY);
    assert!(poll_with(&mut nap, &waker).is_pending());
    driver.turn(Some(Duration::ZERO)).unwrap();
    assert_eq!(clock::now(), start);
    driver.turn(Some(DAY / 2)).unwrap();
    assert_eq!((clock::now() - start, woken.get()), (DAY / 2, 0));
    driver.notifier().wake();
    driver.turn(None).unwrap();
    assert_eq!(clock::now() - start, DAY / 2, "somebody has something to do first");
    driver.turn(None).unwrap();
    assert_eq!((clock::now() - start, woken.get()), (DAY, 1));
}

#[test]
fn a_look_goes_by_the_clock_of_the_driver() {
    let mut driver = driver();
    let entered = driver.enter();
    let (woken, waker) = Count::new();
    let mut nap = sleep(DAY);
    assert!(poll_with(&mut nap, &waker).is_pending());
    drop(entered);
    let ahead = VirtualClock::new();
    ahead.advance_to(clock::now() + 2 * DAY);
    let _ahead = ahead.enter();
    driver.look().unwrap();
    assert_eq!(woken.get(), 0, "the day is not over there");
}

#[test]
fn a_socket_that_is_waited_for_makes_it_wait_for_real() {
    let mut driver = driver();
    let _entered = driver.enter();
    let (ours, mut peer) = tcp_pair();
    let ours = Async::new(ours).unwrap();
    let start = clock::now();
    let (read, wake_read) = Count::new();
    let mut reading = ours.read_with(|mut io| io.read(&mut [0; 8]));
    assert!(poll_with(&mut reading, &wake_read).is_pending());
    let (woken, waker) = Count::new();
    let mut nap = sleep(DAY);
    assert!(poll_with(&mut nap, &waker).is_pending());
    // Written by another thread, after the turn has begun or before: it comes through either way.
    let writer = std::thread::spawn(move || {
        peer.write_all(b"x").unwrap();
        peer
    });
    turn_until(&mut driver, || read.get() > 0);
    assert_eq!(woken.get(), 0, "the day has not passed");
    assert!(clock::now() - start < DAY);
    assert!(poll_with(&mut reading, &wake_read).is_ready());
    // Nobody waits for the socket any more, so the clock may jump, registered or not.
    driver.turn(None).unwrap();
    assert_eq!((clock::now() - start >= DAY, woken.get()), (true, 1));
    drop(writer.join().unwrap());
}

#[test]
fn time_goes_on_while_it_waits_for_real() {
    let mut driver = driver();
    let _entered = driver.enter();
    let (ours, _peer) = tcp_pair();
    let ours = Async::new(ours).unwrap();
    let (start, real) = (clock::now(), Instant::now());
    let (_, waker) = Count::new();
    let mut reading = ours.readable();
    assert!(poll_with(&mut reading, &waker).is_pending());
    run(&mut driver, sleep(Duration::from_millis(5)));
    let passed = clock::now() - start;
    assert!(passed >= Duration::from_millis(5) && passed <= real.elapsed(), "{passed:?}");
}

#[test]
fn a_hold_keeps_it_from_jumping() {
    let mut driver = driver();
    let _entered = driver.enter();
    let start = clock::now();
    let (woken, waker) = Count::new();
    let mut nap = sleep(DAY);
    assert!(poll_with(&mut nap, &waker).is_pending());
    let hold = clock::hold();
    let notifier = driver.notifier();
    let worker = std::thread::spawn(move || {
        notifier.wake(); // the result is there
        drop(hold);
    });
    driver.turn(None).unwrap(); // waits until the worker is done
    assert_eq!(woken.get(), 0);
    assert!(clock::now() - start < DAY);
    worker.join().unwrap();
    turn_until(&mut driver, || woken.get() == 1);
    assert!(clock::now() - start >= DAY);
}
