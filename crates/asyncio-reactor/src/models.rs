//! Models of what happens between threads, run through every interleaving:
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test -p asyncio-reactor --release --lib models
//! ```
//!
//! Where a change is named beside a model, the model was seen to fail with it.

use crate::driver::{Driver, Handle, Inbox, Message, Parking, RemoteTimer, Shared};
use crate::poller::{Backend, Poller};
use crate::source::{Bits, Interest, Outcome, Parked, Source, Waiter};
use asyncio_timer::Wheel;
use loom::sync::Notify;
use loom::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use loom::thread;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::task::{Poll, Wake, Waker};

/// Stands for a task that sleeps until it is woken: loom finds out if it never is.
struct Sleeper(Notify);

impl Sleeper {
    fn new() -> (Arc<Sleeper>, Waker) {
        let sleeper = Arc::new(Sleeper(Notify::new()));
        (sleeper.clone(), Waker::from(sleeper))
    }
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.notify();
    }
}

/// Every interleaving with up to three preemptions: more take too long and have shown nothing.
fn model(f: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(f);
}

fn driver() -> (Driver, Handle) {
    let driver = Driver::new().unwrap();
    let handle = driver.handle();
    (driver, handle)
}

/// A leaf that takes bytes against a driver that announces them.
///
/// Fails when `park` does not look at the bit again under the lock, and when `clear` ignores the
/// tick.
#[test]
fn no_edge_is_lost() {
    model(|| {
        let (_driver, handle) = driver();
        let (fd, _peer) = UnixStream::pair().unwrap();
        let source = Arc::new(Source::new(Some(handle)));
        let bytes = Arc::new(AtomicU32::new(0));
        let deliverer = thread::spawn({
            let (source, bytes) = (source.clone(), bytes.clone());
            move || {
                for _ in 0..2 {
                    bytes.fetch_add(1, Relaxed);
                    let mut wakers = Vec::new();
                    source.deliver(Bits::READABLE, false, &mut wakers);
                    wakers.into_iter().for_each(Waker::wake);
                }
            }
        });
        let (sleeper, waker) = Sleeper::new();
        let mut taken = 0;
        while taken < 2 {
            let seen = source.snapshot();
            if seen.is(Bits::READABLE) {
                match bytes.swap(0, Relaxed) {
                    0 => source.drained(Interest::Readable, seen),
                    count => taken += count,
                }
            } else if let Ok(Parked::Yes) =
                source.park(fd.as_fd(), Interest::Readable, Waiter::Slot, &waker)
            {
                sleeper.0.wait();
            }
        }
        deliverer.join().unwrap();
        source.leave(fd.as_fd());
    });
}

/// Two threads that block first on one source, each with a driver of its own: the registration is
/// looked for and made under one lock.
#[test]
fn one_of_two_registers() {
    model(|| {
        let ((_first, a), (_second, b)) = (driver(), driver());
        let fd = Arc::new(UnixStream::pair().unwrap().0);
        let source = Arc::new(Source::new(None));
        source.drained(Interest::Readable, source.snapshot());
        let park = |handle: &Handle| {
            let (source, fd, driver) = (source.clone(), fd.clone(), handle.0.clone());
            move || {
                let mut ticket = None;
                let (waiter, waker) = (Waiter::Future(&mut ticket), Waker::noop().clone());
                let outcome =
                    source.park_at(&driver, fd.as_fd(), Interest::Readable, waiter, waker);
                assert!(matches!(outcome, Outcome::Parked(None)));
            }
        };
        let other = thread::spawn(park(&a));
        park(&b)();
        other.join().unwrap();
        let registered = |handle: &Handle| usize::from(handle.0.has_sources());
        assert_eq!(registered(&a) + registered(&b), 1);
        source.leave(fd.as_fd());
        assert_eq!(registered(&a) + registered(&b), 0);
    });
}

/// A source that blocks while its driver goes.
///
/// Fails when `close` does not refuse later registrations.
#[test]
fn a_source_is_not_left_with_a_driver_that_goes() {
    model(|| {
        let (_driver, handle) = driver();
        let fd = UnixStream::pair().unwrap().0;
        let source = Arc::new(Source::new(None));
        source.drained(Interest::Readable, source.snapshot());
        let closing = thread::spawn({
            let handle = handle.clone();
            move || {
                let mut wakers = Vec::new();
                for source in handle.0.close() {
                    source.abandoned_by(&handle.0, &mut wakers);
                }
                wakers.into_iter().for_each(Waker::wake);
            }
        });
        let (sleeper, waker) = Sleeper::new();
        let mut ticket = None;
        let waiter = Waiter::Future(&mut ticket);
        match source.park_at(&handle.0, fd.as_fd(), Interest::Readable, waiter, waker) {
            // With a driver that is about to go, or ready because it went.
            Outcome::Parked(_) | Outcome::Ready(_) => {
                while source.is_waited_for() {
                    sleeper.0.wait();
                }
            }
            Outcome::Gone(_) => {}
            _ => panic!("a driver that goes is no failure of its sources"),
        }
        closing.join().unwrap();
    });
}

/// A notifier that makes something ready against a driver that is about to sleep.
///
/// Fails when the swap of `notify` is relaxed, and when `wake_up` stores without acquiring. The
/// orderings of `fall_asleep` are stronger than it needs: a `wake_up` follows.
#[test]
fn no_notification_is_lost() {
    model(|| {
        let parking = Arc::new((Parking::new(), Notify::new(), AtomicBool::new(false)));
        let notifier = thread::spawn({
            let parking = parking.clone();
            move || {
                let (parking, eventfd, ready) = &*parking;
                ready.store(true, Relaxed);
                if parking.notify() {
                    eventfd.notify();
                }
            }
        });
        let (word, eventfd, ready) = &*parking;
        loop {
            word.wake_up(); // after a turn that only looked, or the one that slept
            if ready.load(Relaxed) {
                break;
            }
            if word.fall_asleep() {
                eventfd.wait();
            }
        }
        notifier.join().unwrap();
    });
}

/// A message against a driver that is about to sleep for ever.
///
/// Fails when `sleep_until` does not look at the messages, or `post` at the time.
#[test]
fn no_message_is_slept_through() {
    model(|| {
        let shared = Arc::new((Parking::new(), Notify::new(), Inbox::new()));
        let key = Wheel::new(0).insert(0, ());
        let poster = thread::spawn({
            let shared = shared.clone();
            move || {
                let (parking, eventfd, inbox) = &*shared;
                if inbox.post(Message::Expire(key)).unwrap() && parking.notify() {
                    eventfd.notify();
                }
            }
        });
        let (parking, eventfd, inbox) = &*shared;
        let mut messages = Vec::new();
        loop {
            inbox.take(&mut messages);
            if !messages.is_empty() {
                break;
            }
            if inbox.sleep_until(u64::MAX) && parking.fall_asleep() {
                eventfd.wait();
            }
            parking.wake_up();
        }
        poster.join().unwrap();
    });
}

/// A message against the closing of the inbox: read there, or handed back here.
#[test]
fn a_message_is_read_or_handed_back() {
    model(|| {
        let inbox = Arc::new(Inbox::new());
        let key = Wheel::new(0).insert(0, ());
        let poster = thread::spawn({
            let inbox = inbox.clone();
            move || usize::from(inbox.post(Message::Remove(key)).is_err())
        });
        let read = inbox.close().len();
        assert_eq!(read + poster.join().unwrap(), 1);
    });
}

/// A timer that fires against the task that polls it: `poll` looks and leaves its waker under one
/// lock.
#[test]
fn no_expiry_is_lost() {
    model(|| {
        let (sleeper, waker) = Sleeper::new();
        let shared = Shared::new(Poller::new(Backend::from_env()).unwrap().0);
        let timer = Arc::new(RemoteTimer::new(shared, Waker::noop().clone()));
        let driver = thread::spawn({
            let timer = timer.clone();
            move || timer.fire().map(Waker::wake)
        });
        while let Some(Poll::Pending) = timer.poll(waker.clone()) {
            sleeper.0.wait();
        }
        driver.join().unwrap();
    });
}
