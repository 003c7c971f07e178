//! Models of what happens between threads.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p asyncio-sync --release --lib loom`
//!
//! Tried, each by itself, and each fails a model: the store of NOTIFIED relaxed, `Word::exchange`
//! relaxed, `Word::load` relaxed, a waiter that does not look under exclusion whether it was handed
//! the lock meanwhile, a wait that does not look under exclusion whether the event was set meanwhile,
//! a release that does not look under exclusion whether it is one too many by now.

use crate::confine::model::Modelled;
use crate::confined::{Condition, Event, Lock, Queue, Semaphore};
use crate::permits::{Acquiring, Permits};
use asyncio_context::WaitKind;
use loom::cell::UnsafeCell;
use loom::future::block_on;
use loom::sync::Arc;
use loom::thread;
use std::panic::Location;
use std::pin::pin;
use std::task::{Context, Waker};

/// A value whose every access loom checks for races.
type Watched = UnsafeCell<usize>;

fn add(value: &Watched) {
    // SAFETY: loom fails the model if this is not exclusive.
    value.with_mut(|value| unsafe { *value += 1 });
}

fn read(value: &Watched) -> usize {
    // SAFETY: as above.
    value.with(|value| unsafe { *value })
}

/// Checks every schedule of two threads with at most three forced switches, of three with two.
fn model(threads: usize, f: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(5 - threads);
    builder.check(f);
}

/// Shared, with its word made before that: loom takes the making of an atomic for a write.
fn share<T>(primitive: T, touch: impl FnOnce(&T) -> usize) -> Arc<T> {
    touch(&primitive);
    Arc::new(primitive)
}

fn lock<T>(value: T) -> Arc<Lock<T, Modelled>> {
    share(Lock::new(value), |lock| usize::from(lock.locked()))
}

fn event() -> Arc<Event<Modelled>> {
    share(Event::new(), |event| usize::from(event.is_set()))
}

fn queue(maxsize: usize) -> Arc<Queue<usize, Modelled>> {
    share(Queue::new(maxsize), Queue::qsize)
}

/// Two threads go through the fast ways and the waiter list in every mixture.
#[test]
fn lock_fast_way_against_enqueue() {
    model(2, || {
        let lock = lock(Watched::new(0));
        let other = lock.clone();
        let thread = thread::spawn(move || add(&*block_on(other.lock())));
        add(&*block_on(lock.lock()));
        thread.join().unwrap();
        assert_eq!(read(&lock.try_lock().unwrap()), 2);
    });
}

/// A waiter goes away while the lock is handed to it; the next must get it.
#[test]
fn lock_hand_over_against_drop() {
    model(2, || {
        let lock = lock(Watched::new(0));
        let held = lock.try_lock().unwrap();
        let other = lock.clone();
        let thread = thread::spawn(move || {
            let mut wait = pin!(other.lock());
            // Ready or not, it goes.
            drop(wait.as_mut().poll(&mut Context::from_waker(Waker::noop())));
        });
        add(&held);
        drop(held);
        add(&*block_on(lock.lock()));
        thread.join().unwrap();
        assert!(!lock.locked());
        assert_eq!(read(&lock.try_lock().unwrap()), 2);
    });
}

/// A waiter is polled again while the lock is handed to it: it must see that it has it.
#[test]
fn lock_hand_over_against_poll() {
    model(2, || {
        let lock = lock(Watched::new(0));
        let held = lock.try_lock().unwrap();
        let other = lock.clone();
        let thread = thread::spawn(move || {
            let mut wait = Box::pin(other.lock());
            drop(wait.as_mut().poll(&mut Context::from_waker(Waker::noop())));
            // With another waker, so that it has to look under exclusion.
            if let Some(guard) = block_on(async {
                let polled = std::future::poll_fn(|cx| wait.as_mut().poll(cx));
                Some(polled.await)
            }) {
                add(&guard);
            }
        });
        add(&held);
        drop(held);
        thread.join().unwrap();
        assert_eq!(read(&lock.try_lock().unwrap()), 2);
    });
}

/// A release finds a waiter or leaves a permit.
#[test]
fn semaphore_release_against_enqueue() {
    model(2, || {
        let semaphore = share(Semaphore::<Modelled>::new(0), Semaphore::value);
        let value = Arc::new(Watched::new(0));
        let (other, theirs) = (semaphore.clone(), value.clone());
        let thread = thread::spawn(move || {
            add(&theirs);
            other.release();
        });
        block_on(semaphore.acquire()).forget();
        assert_eq!(read(&value), 1);
        thread.join().unwrap();
        assert_eq!(semaphore.value(), 0);
    });
}

/// A set is not missed, and what was done before it is seen.
#[test]
fn event_set_against_wait() {
    model(2, || {
        let event = event();
        let value = Arc::new(Watched::new(0));
        let (other, theirs) = (event.clone(), value.clone());
        let thread = thread::spawn(move || {
            add(&theirs);
            other.set();
        });
        block_on(event.wait());
        assert_eq!(read(&value), 1);
        thread.join().unwrap();
    });
}

/// A waiter goes away while the event is set; the other is released.
#[test]
fn event_set_against_drop() {
    model(3, || {
        let event = event();
        let (setter, dropper) = (event.clone(), event.clone());
        let sets = thread::spawn(move || setter.set());
        let drops = thread::spawn(move || {
            let mut wait = pin!(dropper.wait());
            let _ = wait.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        });
        block_on(event.wait());
        sets.join().unwrap();
        drops.join().unwrap();
    });
}

/// A getter goes away while it is woken; the other gets the item.
#[test]
fn queue_turn_against_drop() {
    model(3, || {
        let queue = queue(0);
        let (producer, dropper) = (queue.clone(), queue.clone());
        let drops = thread::spawn(move || {
            let mut get = pin!(dropper.get());
            match get.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                std::task::Poll::Ready(item) => dropper.put_nowait(item.unwrap()).unwrap(),
                std::task::Poll::Pending => {}
            }
        });
        let puts = thread::spawn(move || producer.put_nowait(7).unwrap());
        assert_eq!(block_on(queue.get()).unwrap(), 7);
        drops.join().unwrap();
        puts.join().unwrap();
        assert!(queue.empty());
    });
}

/// Putting waits for room that a get makes.
#[test]
fn queue_of_one() {
    model(2, || {
        let queue = queue(1);
        let producer = queue.clone();
        let puts = thread::spawn(move || {
            block_on(producer.put(1)).unwrap();
            block_on(producer.put(2)).unwrap();
        });
        assert_eq!(block_on(queue.get()).unwrap(), 1);
        assert_eq!(block_on(queue.get()).unwrap(), 2);
        puts.join().unwrap();
    });
}

/// The lock is released by a wait when it can be notified, not before.
#[test]
fn condition_notify_against_wait() {
    model(2, || {
        let shared = Arc::new((lock(false), Condition::<Modelled>::new()));
        let other = shared.clone();
        let thread = thread::spawn(move || {
            let (lock, condition) = &*other;
            *block_on(lock.lock()) = true;
            condition.notify(1);
        });
        let (lock, condition) = &*shared;
        block_on(async {
            let guard = lock.lock().await;
            assert!(*condition.wait_for(guard, |set| *set).await);
        });
        thread.join().unwrap();
    });
}

#[test]
fn releases_too_many_do_not_pass_the_bound() {
    model(3, || {
        let permits = share(Permits::<Modelled>::new(1, 1), Permits::free);
        assert!(permits.try_acquire());
        let waits = Acquiring::start(&*permits, WaitKind::Semaphore, Location::caller());
        let mut waits = pin!(waits);
        assert!(waits.as_mut().poll_acquire(&mut Context::from_waker(Waker::noop())).is_pending());
        let others = [(); 2].map(|()| {
            let permits = permits.clone();
            thread::spawn(move || permits.release().is_ok())
        });
        let mut released = usize::from(permits.release().is_ok());
        for other in others {
            released += usize::from(other.join().unwrap());
        }
        // One for the waiter, and one that makes the permit free.
        assert_eq!((released, permits.free()), (2, 1));
    });
}
