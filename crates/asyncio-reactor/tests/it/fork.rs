//! A forked child shares the descriptors of its parent's driver and must leave them alone.

use crate::support::{BACKENDS, Count, poll_with, tcp_pair, turn_until};
use asyncio_reactor::{Async, Driver, sleep};
use std::io::Write;
use std::time::Duration;

#[test]
fn the_child_touches_nothing_of_the_parents() {
    for &backend in BACKENDS {
        let mut driver = Driver::with(backend).unwrap();
        let entered = driver.enter();
        let (ours, mut peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        let (woken, waker) = Count::new();
        let mut readable = ours.readable();
        assert!(poll_with(&mut readable, &waker).is_pending());
        let mut nap = sleep(Duration::from_secs(3600));
        assert!(poll_with(&mut nap, &waker).is_pending());

        // SAFETY: the child runs only the code below, which locks nothing that another thread of
        // the test program might have held, and leaves without destructors.
        match unsafe { libc::fork() } {
            -1 => panic!("no fork"),
            0 => {
                let refused = driver.turn(Some(Duration::ZERO)).is_err();
                driver.handle().notify();
                let alive = driver.handle().is_alive();
                drop(readable);
                drop(ours); // would end the parent's registration
                drop(nap);
                drop(entered);
                drop(driver);
                // SAFETY: ends the child at once.
                unsafe { libc::_exit(if refused && !alive { 7 } else { 1 }) };
            }
            child => {
                let mut status = 0;
                // SAFETY: the child is ours, and the pointer is to a live variable.
                assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
                assert_eq!(libc::WEXITSTATUS(status), 7);
                peer.write_all(b"x").unwrap();
                turn_until(&mut driver, || woken.get() > 0);
                assert!(poll_with(&mut readable, &waker).is_ready());
                drop(nap);
                drop(entered);
            }
        }
    }
}
