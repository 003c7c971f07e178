//! A source registers where it blocks first, and moves when it blocks elsewhere.

use crate::support::{BACKENDS, Count, poll_with, run, tcp_pair, turn_until};
use asyncio_reactor::{Async, Driver};
use std::io::{Read, Write};
use std::sync::Barrier;
use std::task::Poll;
use std::thread;

#[test]
fn it_moves_to_the_driver_that_polls_it() {
    for &backend in BACKENDS {
        let (mut first, mut second) =
            (Driver::with(backend).unwrap(), Driver::with(backend).unwrap());
        let (ours, mut peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        assert!(first.is_idle(), "nothing is registered before it blocks");
        let (woken, waker) = Count::new();
        let read = || ours.read_with(|mut io| io.read(&mut [0; 8]));
        for driver in [&mut first, &mut second] {
            let _entered = driver.enter();
            let seen = woken.get();
            let mut reading = read();
            assert!(poll_with(&mut reading, &waker).is_pending());
            assert!(!driver.is_idle());
            peer.write_all(b"x").unwrap();
            turn_until(driver, || woken.get() > seen);
            assert!(poll_with(&mut reading, &waker).is_ready());
        }
        assert!(first.is_idle() && !second.is_idle());
    }
}

#[test]
fn it_stays_where_another_task_waits_for_it() {
    for &backend in BACKENDS {
        let (mut first, second) = (Driver::with(backend).unwrap(), Driver::with(backend).unwrap());
        let (ours, mut peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        crate::support::fill(ours.get_ref());
        let ((reader, wake_reader), (_, wake_writer)) = (Count::new(), Count::new());
        let mut reading = ours.read_with(|mut io| io.read(&mut [0; 8]));
        let mut writing = ours.write_with(|mut io| io.write(b"x"));
        {
            let _entered = first.enter();
            assert!(poll_with(&mut reading, &wake_reader).is_pending());
        }
        {
            let _entered = second.enter();
            assert!(poll_with(&mut writing, &wake_writer).is_pending());
        }
        assert!(second.is_idle());
        peer.write_all(b"x").unwrap();
        turn_until(&mut first, || reader.get() > 0);
    }
}

#[test]
fn of_two_threads_that_block_first_one_registers() {
    for &backend in BACKENDS {
        for _ in 0..50 {
            let (ours, mut peer) = tcp_pair();
            let ours = Async::new(ours).unwrap();
            let barrier = Barrier::new(2);
            let parked = Barrier::new(3);
            thread::scope(|scope| {
                for n in 0..2_u8 {
                    let (ours, barrier, parked) = (&ours, &barrier, &parked);
                    scope.spawn(move || {
                        let mut driver = Driver::with(backend).unwrap();
                        let _entered = driver.enter();
                        let (_, waker) = Count::new();
                        let mut reading = ours.read_with(|mut io| io.read(&mut [0; 1]));
                        barrier.wait();
                        let poll = poll_with(&mut reading, &waker);
                        assert!(poll.is_pending());
                        parked.wait();
                        // Each gets a byte. One of the drivers serves both until its thread is
                        // done; when it goes, the other finds its own.
                        assert_eq!(run(&mut driver, reading).unwrap(), 1, "thread {n}");
                    });
                }
                parked.wait();
                peer.write_all(b"ab").unwrap();
            });
        }
    }
}

#[test]
fn with_a_handle_it_stays_with_its_driver() {
    for &backend in BACKENDS {
        let (mut named, entered) = (Driver::with(backend).unwrap(), Driver::with(backend).unwrap());
        let _entered = entered.enter();
        let (ours, mut peer) = tcp_pair();
        ours.set_nonblocking(true).unwrap();
        let ours = Async::with_handle(ours, &named.handle());
        let (woken, waker) = Count::new();
        let mut readable = ours.readable();
        assert!(poll_with(&mut readable, &waker).is_pending());
        assert!(entered.is_idle() && !named.is_idle());
        peer.write_all(b"x").unwrap();
        turn_until(&mut named, || woken.get() > 0);
        assert!(matches!(poll_with(&mut readable, &waker), Poll::Ready(Ok(()))));
    }
}
