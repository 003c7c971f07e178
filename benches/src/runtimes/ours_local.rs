//! asyncio with the primitives of one loop.

use super::Listening;
use crate::echo::{BUFFER, Connection};
use asyncio::local::{Event, Lock, Queue, Semaphore};
use asyncio::net::TcpListener;
use asyncio::{Deferred, Task, create_future};
use std::future::poll_fn;
use std::rc::Rc;
use std::time::Duration;

scenarios!();

fn run<T: 'static>(main: impl Future<Output = T> + 'static) -> T {
    // A task among others, as for the rivals.
    asyncio::run(async { asyncio::create_task(main).await.unwrap() })
}

fn spawn<T: 'static>(f: impl Future<Output = T> + 'static) -> Task<T> {
    asyncio::create_task(f)
}

async fn join<T: 'static>(task: Task<T>) -> T {
    task.await.unwrap()
}

fn detach<T>(task: Task<T>) {
    drop(task);
}

fn spsc<T>(capacity: usize) -> (Rc<Queue<T>>, Rc<Queue<T>>) {
    let queue = Rc::new(Queue::new(capacity));
    (queue.clone(), queue)
}

async fn put<T>(queue: &mut Rc<Queue<T>>, value: T) {
    queue.put(value).await.unwrap();
}

async fn get<T>(queue: &mut Rc<Queue<T>>) -> T {
    queue.get().await.unwrap()
}

// One type for both: what a loop's own tasks hand each other may be sent to another thread too.
fn oneshot() -> (Deferred<usize>, Deferred<usize>) {
    let deferred = create_future();
    (deferred.clone(), deferred)
}

fn answer(deferred: Deferred<usize>, value: usize) {
    deferred.set_result(value).unwrap();
}

async fn answered(deferred: Deferred<usize>) -> usize {
    deferred.await.unwrap()
}

fn mpmc(capacity: usize) -> Rc<Queue<usize>> {
    Rc::new(Queue::new(capacity))
}

async fn mpmc_put(queue: &Queue<usize>, value: usize) {
    queue.put(value).await.unwrap();
}

async fn mpmc_get(queue: &Queue<usize>) -> usize {
    queue.get().await.unwrap()
}

fn new_lock() -> Rc<Lock<usize>> {
    Rc::new(Lock::new(0))
}

async fn add_locked(lock: &Lock<usize>, hold: bool) {
    let mut guard = lock.lock().await;
    *guard += 1;
    if hold {
        self_wake().await;
    }
}

fn new_semaphore() -> Rc<Semaphore> {
    Rc::new(Semaphore::new(1))
}

async fn hold_permit(semaphore: &Semaphore) {
    let _permit = semaphore.acquire().await;
    self_wake().await;
}

fn new_event() -> Rc<Event> {
    Rc::new(Event::new())
}

async fn wait_event(event: &Event) {
    event.wait().await;
}

fn fire(event: &Event) {
    event.set();
    event.clear();
}

fn sleep(duration: Duration) -> impl Future {
    asyncio::sleep(duration)
}

pub fn echo(listening: Listening) {
    run(async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listening(listener.local_addr().unwrap());
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let connection = Connection::opened();
            detach(spawn(async move {
                let _connection = connection;
                let mut buf = vec![0; BUFFER];
                while let Ok(n @ 1..) = poll_fn(|cx| stream.poll_read(cx, &mut buf)).await {
                    let mut written = 0;
                    while written < n {
                        written +=
                            poll_fn(|cx| stream.poll_write(cx, &buf[written..n])).await.unwrap();
                    }
                }
            }));
        }
    })
}
