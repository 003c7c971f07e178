//! What must compile: statics, inference of the default confinement, auto traits.

use asyncio_sync::{Event, LifoQueue, Lock, PriorityQueue, Queue, Semaphore, local};
use futures_lite::future::block_on;
use std::rc::Rc;

static LOCK: Lock<u32> = Lock::new(1);
static EVENT: Event = Event::new();
static SEMAPHORE: Semaphore = Semaphore::new(1);
static QUEUE: Queue<u32> = Queue::new(0);

#[test]
fn statics_are_const_constructed() {
    EVENT.set();
    block_on(async {
        *LOCK.lock().await += 1;
        EVENT.wait().await;
        let _permit = SEMAPHORE.acquire().await;
        QUEUE.put(1).await.unwrap();
        assert_eq!(QUEUE.get().await.unwrap(), 1);
    });
    assert_eq!(*LOCK.try_lock().unwrap(), 2);
}

#[test]
fn new_without_types_is_thread_safe_and_local_new_is_local() {
    let queue = Rc::new(Queue::new(1));
    queue.put_nowait(1).unwrap();
    assert_eq!((queue.qsize(), queue.put_nowait(2).is_err()), (1, true));
    let local = Rc::new(local::Queue::new(1));
    local.put_nowait("a").unwrap();
    block_on(async {
        assert_eq!((queue.get().await.unwrap(), local.get().await.unwrap()), (1, "a"));
        let (lock, lifo, heap) = (Lock::new(0), LifoQueue::new(0), PriorityQueue::new(0));
        *lock.lock().await += 1;
        for n in [2, 1, 3] {
            lifo.put(n).await.unwrap();
            heap.put(n).await.unwrap();
        }
        assert_eq!((lifo.get().await.unwrap(), heap.get().await.unwrap()), (3, 1));
        let (lock, event, semaphore) =
            (local::Lock::new('a'), local::Event::new(), local::Semaphore::new(1));
        event.set();
        event.wait().await;
        drop((lock.lock().await, semaphore.acquire().await));
    });
}
