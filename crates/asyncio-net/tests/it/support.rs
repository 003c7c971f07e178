//! A loop for tests: the executor, and a driver to wait in.

use asyncio_context::clock::VirtualClock;
use asyncio_context::report;
use asyncio_executor::{LocalExecutor, Park};
use asyncio_reactor::Driver;
use futures_io::AsyncRead;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

struct InDriver(Driver);

impl Park for InDriver {
    fn park(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.turn(timeout)
    }

    fn unparker(&self) -> Waker {
        self.0.notifier()
    }

    fn has_outside(&self) -> bool {
        !self.0.is_idle()
    }

    fn next_deadline(&self) -> Option<Instant> {
        self.0.next_deadline()
    }
}

/// Runs `future` as the main task of a loop, on the driver that the environment chose.
pub(crate) fn run<T: 'static>(future: impl Future<Output = T>) -> T {
    run_on(Driver::new().unwrap(), future)
}

/// The same on a clock that jumps when everybody waits for time.
pub(crate) fn run_virtual<T: 'static>(future: impl Future<Output = T>) -> T {
    run_on(Driver::virtual_time(VirtualClock::new()).unwrap(), future)
}

fn run_on<T: 'static>(driver: Driver, future: impl Future<Output = T>) -> T {
    let _entered = driver.enter();
    let executor = LocalExecutor::new();
    executor.run_until(future, &mut InDriver(driver)).unwrap()
}

/// Collects this thread's reports.
pub(crate) struct Reports {
    seen: Rc<RefCell<Vec<String>>>,
    _guard: report::HandlerGuard,
}

impl Reports {
    pub(crate) fn here() -> Reports {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let list = Rc::clone(&seen);
        let handler = Rc::new(move |report: report::Report| {
            list.borrow_mut().push(report.to_string());
        });
        Reports { seen, _guard: report::enter_handler(handler) }
    }

    pub(crate) fn take(&self) -> Vec<String> {
        self.seen.take()
    }
}

/// What a [`feed`] is told to give next.
#[derive(Default)]
struct Fed {
    chunks: VecDeque<io::Result<Vec<u8>>>,
    eof: bool,
    waker: Option<Waker>,
}

/// The end of a stream that a test reads through a `StreamReader`.
#[derive(Clone, Default)]
pub(crate) struct Feed(Arc<Mutex<Fed>>);

impl Feed {
    fn change(&self, change: impl FnOnce(&mut Fed)) {
        let waker = {
            let mut fed = self.0.lock().unwrap();
            change(&mut fed);
            fed.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(crate) fn data(&self, chunk: &[u8]) {
        self.change(|fed| fed.chunks.push_back(Ok(chunk.to_vec())));
    }

    pub(crate) fn error(&self, kind: io::ErrorKind) {
        self.change(|fed| fed.chunks.push_back(Err(kind.into())));
    }

    pub(crate) fn eof(&self) {
        self.change(|fed| fed.eof = true);
    }
}

impl AsyncRead for Feed {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut fed = self.0.lock().unwrap();
        match fed.chunks.pop_front() {
            Some(Ok(mut chunk)) => {
                let count = chunk.len().min(buf.len());
                buf[..count].copy_from_slice(&chunk[..count]);
                let rest = chunk.split_off(count);
                if !rest.is_empty() {
                    fed.chunks.push_front(Ok(rest));
                }
                Poll::Ready(Ok(count))
            }
            Some(Err(error)) => Poll::Ready(Err(error)),
            None if fed.eof => Poll::Ready(Ok(0)),
            None => {
                fed.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}
