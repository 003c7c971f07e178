//! smol: a `LocalExecutor` under `smol::block_on`, which turns async-io's reactor.

use super::Listening;
use crate::echo::{BUFFER, Connection};
use async_channel::{Receiver, Sender};
use async_lock::{Mutex, Semaphore};
use smol::io::{AsyncReadExt, AsyncWriteExt};
use smol::{LocalExecutor, Task};
use std::rc::Rc;
use std::time::Duration;

scenarios!();

thread_local! {
    static EXECUTOR: &'static LocalExecutor<'static> = Box::leak(Box::new(LocalExecutor::new()));
}

fn run<T: 'static>(main: impl Future<Output = T> + 'static) -> T {
    let executor = EXECUTOR.with(|executor| *executor);
    smol::block_on(executor.run(executor.spawn(main)))
}

fn spawn<T: 'static>(f: impl Future<Output = T> + 'static) -> Task<T> {
    EXECUTOR.with(|executor| executor.spawn(f))
}

async fn join<T>(task: Task<T>) -> T {
    task.await
}

fn detach<T>(task: Task<T>) {
    task.detach();
}

fn spsc<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    async_channel::bounded(capacity)
}

async fn put<T>(sender: &mut Sender<T>, value: T) {
    assert!(sender.send(value).await.is_ok());
}

async fn get<T>(receiver: &mut Receiver<T>) -> T {
    receiver.recv().await.unwrap()
}

// It has nothing smaller for one value.
fn oneshot() -> (Sender<usize>, Receiver<usize>) {
    async_channel::bounded(1)
}

fn answer(sender: Sender<usize>, value: usize) {
    assert!(sender.try_send(value).is_ok());
}

async fn answered(receiver: Receiver<usize>) -> usize {
    receiver.recv().await.unwrap()
}

type Mpmc = (Sender<usize>, Receiver<usize>);

fn mpmc(capacity: usize) -> Mpmc {
    async_channel::bounded(capacity)
}

async fn mpmc_put(queue: &Mpmc, value: usize) {
    queue.0.send(value).await.unwrap();
}

async fn mpmc_get(queue: &Mpmc) -> usize {
    queue.1.recv().await.unwrap()
}

fn new_lock() -> Rc<Mutex<usize>> {
    Rc::new(Mutex::new(0))
}

async fn add_locked(lock: &Mutex<usize>, hold: bool) {
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

// What its own crates wait on.
type Fires = Rc<event_listener::Event>;

fn new_event() -> Fires {
    Rc::new(event_listener::Event::new())
}

async fn wait_event(event: &Fires) {
    event.listen().await;
}

fn fire(event: &Fires) {
    event.notify(usize::MAX);
}

fn sleep(duration: Duration) -> impl Future {
    smol::Timer::after(duration)
}

pub fn echo(listening: Listening) {
    run(async move {
        let listener = smol::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listening(listener.local_addr().unwrap());
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let connection = Connection::opened();
            detach(spawn(async move {
                let _connection = connection;
                let mut buf = vec![0; BUFFER];
                while let Ok(n @ 1..) = stream.read(&mut buf).await {
                    stream.write_all(&buf[..n]).await.unwrap();
                }
            }));
        }
    })
}
