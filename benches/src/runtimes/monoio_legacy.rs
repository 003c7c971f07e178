//! monoio on epoll. Its own `local-sync` has the queue of one consumer and the semaphore that stands for a lock.

use super::Listening;
use crate::echo::{BUFFER, Connection};
use local_sync::mpsc::bounded::{Rx, Tx, channel};
use local_sync::oneshot;
use local_sync::semaphore::Semaphore;
use monoio::io::{AsyncReadRent, AsyncWriteRentExt};
use monoio::task::JoinHandle;
use std::rc::Rc;
use std::time::Duration;

scenarios!();

fn run<T: 'static>(main: impl Future<Output = T> + 'static) -> T {
    let mut runtime =
        monoio::RuntimeBuilder::<monoio::LegacyDriver>::new().enable_timer().build().unwrap();
    runtime.block_on(async { spawn(main).await })
}

fn spawn<T: 'static>(f: impl Future<Output = T> + 'static) -> JoinHandle<T> {
    monoio::spawn(f)
}

async fn join<T>(task: JoinHandle<T>) -> T {
    task.await
}

fn detach<T>(task: JoinHandle<T>) {
    drop(task);
}

fn spsc<T>(capacity: usize) -> (Tx<T>, Rx<T>) {
    channel(capacity)
}

async fn put<T>(sender: &mut Tx<T>, value: T) {
    assert!(sender.send(value).await.is_ok());
}

async fn get<T>(receiver: &mut Rx<T>) -> T {
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

fn new_lock() -> Rc<Semaphore> {
    Rc::new(Semaphore::new(1))
}

async fn add_locked(lock: &Semaphore, hold: bool) {
    let _permit = lock.acquire().await.unwrap();
    if hold {
        self_wake().await;
    }
}

fn new_semaphore() -> Rc<Semaphore> {
    new_lock()
}

async fn hold_permit(semaphore: &Semaphore) {
    add_locked(semaphore, true).await;
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
    monoio::time::sleep(duration)
}

pub fn echo(listening: Listening) {
    run(async move {
        let listener = monoio::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listening(listener.local_addr().unwrap());
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let connection = Connection::opened();
            detach(spawn(async move {
                let _connection = connection;
                let mut buf = Vec::with_capacity(BUFFER);
                loop {
                    let (read, filled) = stream.read(buf).await;
                    let Ok(1..) = read else { return };
                    let (written, emptied) = stream.write_all(filled).await;
                    written.unwrap();
                    buf = emptied;
                    buf.clear();
                }
            }));
        }
    })
}
