//! glommio: a `LocalExecutor` on io_uring, with its own channels. It has no lock; its `RwLock` written to is the nearest.

use super::Listening;
use crate::echo::{BUFFER, Connection};
use glommio::channels::local_channel::{LocalReceiver, LocalSender, new_bounded};
use glommio::sync::{RwLock, Semaphore};
use glommio::{LocalExecutorBuilder, Placement, Task};
use smol::io::{AsyncReadExt, AsyncWriteExt};
use std::rc::Rc;
use std::time::Duration;

scenarios!();

fn run<T: 'static>(main: impl Future<Output = T> + 'static) -> T {
    let executor = LocalExecutorBuilder::new(Placement::Fixed(0)).make().unwrap();
    executor.run(async { spawn(main).await })
}

fn spawn<T: 'static>(f: impl Future<Output = T> + 'static) -> Task<T> {
    glommio::spawn_local(f)
}

async fn join<T>(task: Task<T>) -> T {
    task.await
}

fn detach<T: 'static>(task: Task<T>) {
    task.detach();
}

fn spsc<T>(capacity: usize) -> (LocalSender<T>, LocalReceiver<T>) {
    new_bounded(capacity)
}

async fn put<T>(sender: &mut LocalSender<T>, value: T) {
    assert!(sender.send(value).await.is_ok());
}

async fn get<T>(receiver: &mut LocalReceiver<T>) -> T {
    receiver.recv().await.unwrap()
}

// It has nothing smaller for one value.
fn oneshot() -> (LocalSender<usize>, LocalReceiver<usize>) {
    new_bounded(1)
}

fn answer(sender: LocalSender<usize>, value: usize) {
    assert!(sender.try_send(value).is_ok());
}

async fn answered(receiver: LocalReceiver<usize>) -> usize {
    receiver.recv().await.unwrap()
}

// Its receivers cannot be shared: its users take this one.
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

fn new_lock() -> Rc<RwLock<usize>> {
    Rc::new(RwLock::new(0))
}

async fn add_locked(lock: &RwLock<usize>, hold: bool) {
    let mut guard = lock.write().await.unwrap();
    *guard += 1;
    if hold {
        self_wake().await;
    }
}

fn new_semaphore() -> Rc<Semaphore> {
    Rc::new(Semaphore::new(1))
}

async fn hold_permit(semaphore: &Semaphore) {
    let _permit = semaphore.acquire_permit(1).await.unwrap();
    self_wake().await;
}

// It has none of its own.
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
    glommio::timer::Timer::new(duration)
}

pub fn echo(listening: Listening) {
    run(async move {
        let listener = glommio::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listening(listener.local_addr().unwrap());
        loop {
            let mut stream = listener.accept().await.unwrap();
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
