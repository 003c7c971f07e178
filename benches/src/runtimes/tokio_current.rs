//! tokio, `current_thread`. Its tasks are `Send`: `spawn_local` would be slower.

use super::Listening;
use crate::echo::{BUFFER, Connection};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Mutex, Notify, Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;

scenarios!();

fn run<T: Send + 'static>(main: impl Future<Output = T> + Send + 'static) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // A task, because what `block_on` polls itself is woken more slowly.
    runtime.block_on(async { tokio::spawn(main).await.unwrap() })
}

fn spawn<T: Send + 'static>(f: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(f)
}

async fn join<T>(task: JoinHandle<T>) -> T {
    task.await.unwrap()
}

fn detach<T>(task: JoinHandle<T>) {
    drop(task);
}

fn spsc<T>(capacity: usize) -> (mpsc::Sender<T>, mpsc::Receiver<T>) {
    mpsc::channel(capacity)
}

async fn put<T>(sender: &mut mpsc::Sender<T>, value: T) {
    assert!(sender.send(value).await.is_ok());
}

async fn get<T>(receiver: &mut mpsc::Receiver<T>) -> T {
    receiver.recv().await.unwrap()
}

fn oneshot() -> (oneshot::Sender<usize>, oneshot::Receiver<usize>) {
    oneshot::channel()
}

fn answer(sender: oneshot::Sender<usize>, value: usize) {
    sender.send(value).unwrap();
}

async fn answered(receiver: oneshot::Receiver<usize>) -> usize {
    receiver.await.unwrap()
}

// It has no queue of many consumers: its users take this one.
type Mpmc = (async_channel::Sender<usize>, async_channel::Receiver<usize>);

fn mpmc(capacity: usize) -> Mpmc {
    async_channel::bounded(capacity)
}

async fn mpmc_put(queue: &Mpmc, value: usize) {
    queue.0.send(value).await.unwrap();
}

async fn mpmc_get(queue: &Mpmc) -> usize {
    queue.1.recv().await.unwrap()
}

fn new_lock() -> Arc<Mutex<usize>> {
    Arc::new(Mutex::new(0))
}

async fn add_locked(lock: &Mutex<usize>, hold: bool) {
    let mut guard = lock.lock().await;
    *guard += 1;
    if hold {
        self_wake().await;
    }
}

fn new_semaphore() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(1))
}

async fn hold_permit(semaphore: &Semaphore) {
    let _permit = semaphore.acquire().await.unwrap();
    self_wake().await;
}

fn new_event() -> Arc<Notify> {
    Arc::new(Notify::new())
}

async fn wait_event(event: &Notify) {
    event.notified().await;
}

fn fire(event: &Notify) {
    event.notify_waiters();
}

fn sleep(duration: Duration) -> impl Future<Output = ()> {
    tokio::time::sleep(duration)
}

pub fn echo(listening: Listening) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listening(listener.local_addr().unwrap());
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                let connection = Connection::opened();
                tokio::spawn(async move {
                    let _connection = connection;
                    let mut buf = vec![0; BUFFER];
                    while let Ok(n @ 1..) = stream.read(&mut buf).await {
                        stream.write_all(&buf[..n]).await.unwrap();
                    }
                });
            }
        })
        .await
        .unwrap()
    })
}
