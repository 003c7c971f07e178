//! What the tests share: a driver per backend, and an executor for one future.

use asyncio_reactor::{Backend, Driver};
use rustix::event::{PollFd, PollFlags, Timespec};
use std::future::Future;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

/// A test that hangs is cut off after this long.
pub(crate) const TOO_LONG: Duration = Duration::from_secs(20);

pub(crate) const BACKENDS: &[Backend] = &[
    #[cfg(target_os = "linux")]
    Backend::Epoll,
    Backend::Polling,
    Backend::PollingOneShot,
];

/// Runs `test` with each backend's driver, entered.
pub(crate) fn on_each_backend(test: impl Fn(&mut Driver)) {
    for &backend in BACKENDS {
        println!("{backend:?}");
        let mut driver = Driver::with(backend).unwrap();
        let _entered = driver.enter();
        test(&mut driver);
    }
}

/// A waker that counts.
#[derive(Debug, Default)]
pub(crate) struct Count {
    wakes: AtomicUsize,
    /// Woken as well: whoever polls may have to be got out of a wait.
    then: Option<Waker>,
}

impl Count {
    pub(crate) fn new() -> (Arc<Count>, Waker) {
        let count = Arc::new(Count::default());
        (count.clone(), Waker::from(count))
    }

    pub(crate) fn get(&self) -> usize {
        self.wakes.load(SeqCst)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.wakes.fetch_add(1, SeqCst);
        if let Some(then) = &self.then {
            then.wake_by_ref();
        }
    }
}

/// Polls once with a waker of no interest.
pub(crate) fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls once with this waker.
pub(crate) fn poll_with<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// Turns the driver for this future, which is polled only when it was woken.
pub(crate) fn run<F: Future>(driver: &mut Driver, future: F) -> F::Output {
    let mut future = pin!(future);
    // The driver that delivers may be another one, on another thread.
    let then = Some(driver.notifier());
    let woken = Arc::new(Count { then, ..Count::default() });
    let waker = Waker::from(woken.clone());
    let mut seen = 0;
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        driver.turn(Some(Duration::ZERO)).unwrap();
        turn_until(driver, || woken.get() > seen);
        seen = woken.get();
    }
}

/// Turns the driver until `done`.
pub(crate) fn turn_until(driver: &mut Driver, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < TOO_LONG, "it hangs");
        driver.turn(Some(TOO_LONG)).unwrap();
    }
}

/// Everything that has happened by now is delivered.
pub(crate) fn settle(driver: &mut Driver) {
    for _ in 0..3 {
        driver.turn(Some(Duration::ZERO)).unwrap();
    }
}

/// A connection over loopback: ours and the peer's, which blocks.
pub(crate) fn tcp_pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    peer.set_nodelay(true).unwrap();
    (listener.accept().unwrap().0, peer)
}

/// Writes until the peer's side takes no more.
pub(crate) fn fill(mut stream: &TcpStream) {
    stream.set_nonblocking(true).unwrap();
    while stream.write(&[0; 65_536]).is_ok() {}
}

/// Whether the driver's descriptor says that a turn has something to do.
pub(crate) fn is_readable(driver: &Driver) -> bool {
    let mut fds = [PollFd::from_borrowed_fd(driver.as_fd(), PollFlags::IN)];
    rustix::event::poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).unwrap() > 0
}
