//! A loop for tests, and a peer that speaks bytes.

use asyncio_context::clock::VirtualClock;
use asyncio_context::report;
use asyncio_executor::{LocalExecutor, Park, create_task};
use asyncio_hyper::http::{Request, Response};
use asyncio_hyper::hyper::body::Incoming;
use asyncio_hyper::hyper::service::service_fn;
use asyncio_hyper::{HttpServer, serve};
use asyncio_net::{StreamReader, StreamWriter, TcpListener};
use asyncio_reactor::Driver;
use std::cell::RefCell;
use std::convert::Infallible;
use std::io;
use std::rc::Rc;
use std::task::Waker;
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

pub(crate) fn run<T: 'static>(future: impl Future<Output = T>) -> T {
    run_on(Driver::new().unwrap(), future)
}

/// On a clock that jumps when everybody waits for time.
pub(crate) fn run_virtual<T: 'static>(future: impl Future<Output = T>) -> T {
    run_on(Driver::virtual_time(VirtualClock::new()).unwrap(), future)
}

fn run_on<T: 'static>(driver: Driver, future: impl Future<Output = T>) -> T {
    let _entered = driver.enter();
    LocalExecutor::new().run_until(future, &mut InDriver(driver)).unwrap()
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

pub(crate) async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// Answers every request with its method and path.
pub(crate) async fn mirror() -> HttpServer {
    serve(
        listener().await,
        service_fn(async |request: Request<Incoming>| {
            let text = format!("{} {}", request.method(), request.uri());
            Ok::<_, Infallible>(Response::new(text))
        }),
    )
}

/// Accepts one connection, reads a request's head, and does with it as the test says. Returns its
/// URL.
pub(crate) async fn peer<F>(answer: F) -> String
where
    F: AsyncFn(&mut StreamReader, &mut StreamWriter) + 'static,
{
    let listener = listener().await;
    let url = format!("http://{}/path?query", listener.local_addr().unwrap());
    drop(create_task(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (mut reader, mut writer) = stream.into_streams();
            while reader.readuntil(b"\r\n\r\n").await.is_ok() {
                answer(&mut reader, &mut writer).await;
                if writer.is_closing() {
                    break;
                }
            }
        }
    }));
    url
}
