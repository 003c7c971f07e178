//! asyncio with the primitives of one loop.

use super::Listening;
use crate::echo::{BUFFER, Connection};
use asyncio::Task;
use asyncio::local::{Lock, Queue};
use asyncio::net::TcpListener;
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

fn spsc(capacity: usize) -> (Rc<Queue<usize>>, Rc<Queue<usize>>) {
    let queue = mpmc(capacity);
    (queue.clone(), queue)
}

async fn put(queue: &mut Rc<Queue<usize>>, value: usize) {
    queue.put(value).await.unwrap();
}

async fn get(queue: &mut Rc<Queue<usize>>) -> usize {
    queue.get().await.unwrap()
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
