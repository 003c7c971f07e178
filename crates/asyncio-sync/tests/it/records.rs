//! What the record of a waiting task says.

use crate::fifo::poll;
use crate::in_both_confinements;
use asyncio_context::{Wait, WaitKind, recorded};
use asyncio_sync::confined::{
    Barrier, BoundedSemaphore, Condition, Confinement, Event, Lock, Queue, Semaphore,
};
use std::pin::pin;

in_both_confinements! {
    a_wait_names_the_primitive_that_the_user_holds,
}

/// What `future`, which has to wait, leaves in the record of its task.
fn note(future: impl Future) -> Wait {
    let task = recorded("waits", future);
    let record = task.task();
    assert!(poll(pin!(task)).is_pending());
    record.waits_for().unwrap()
}

fn names<T>(future: impl Future, kind: WaitKind, primitive: &T) {
    let wait = note(future);
    let address = std::ptr::from_ref(primitive).addr();
    assert_eq!((wait.kind, wait.resource), (kind, address));
}

fn a_wait_names_the_primitive_that_the_user_holds<R: Confinement>() {
    let lock = Lock::<[u8; 3], R>::new([0; 3]);
    let held = lock.try_lock();
    names(lock.lock(), WaitKind::Lock, &lock);
    drop(held);

    let condition = Condition::<R>::new();
    names(condition.wait(lock.try_lock().unwrap()), WaitKind::Condition, &condition);

    let event = Event::<R>::new();
    names(event.wait(), WaitKind::Event, &event);
    let semaphore = Semaphore::<R>::new(0);
    names(semaphore.acquire(), WaitKind::Semaphore, &semaphore);
    let bounded = BoundedSemaphore::<R>::new(1);
    bounded.try_acquire().unwrap().forget();
    names(bounded.acquire(), WaitKind::Semaphore, &bounded);
    let barrier = Barrier::<R>::new(2);
    names(barrier.wait(), WaitKind::Barrier, &barrier);

    let queue = Queue::<u8, R>::new(1);
    names(queue.get(), WaitKind::QueueGet, &queue);
    queue.put_nowait(1).unwrap();
    names(queue.put(2), WaitKind::QueuePut, &queue);
    names(queue.join(), WaitKind::QueueJoin, &queue);
}
