//! One connection of the server, as a task.

use super::shared::Shared;
use crate::SocketIo;
use asyncio_context::report::{Report, report};
use asyncio_context::{panic_text, try_current_task};
use asyncio_executor::create_task;
use asyncio_net::TcpStream;
use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use std::error::Error;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

pub(super) struct Serving<S> {
    pub(super) service: Rc<S>,
    pub(super) http: http1::Builder,
}

pub(super) fn start<S, B>(
    shared: &Rc<Shared>,
    serving: &Serving<S>,
    stream: TcpStream,
    peer: SocketAddr,
) where
    S: Service<Request<Incoming>, Response = Response<B>> + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let entry = shared.enter();
    let id = entry.id;
    let service = Rc::clone(&serving.service);
    let http = serving.http.clone();
    let task = create_task(async move {
        let entry = entry;
        let connection = http.serve_connection(SocketIo::new(stream), service).with_upgrades();
        let mut connection = pin!(connection);
        let mut told = false;
        let ended = poll_fn(|cx| {
            entry.note(cx.waker());
            if entry.shared.is_stopping() && !told {
                told = true;
                connection.as_mut().graceful_shutdown();
            }
            match catch_unwind(AssertUnwindSafe(|| connection.as_mut().poll(cx))) {
                Ok(polled) => polled.map(Ok),
                Err(payload) => Poll::Ready(Err(payload)),
            }
        });
        match ended.await {
            Ok(Ok(())) => {}
            // What a peer does wrong, and that it goes away, is no failure of the program's.
            Ok(Err(error)) if !error.is_user() => {}
            Ok(Err(error)) => {
                // hyper's own text does not hold what the service said.
                let said = error.source().map_or(String::new(), |said| format!(": {said}"));
                failed(peer, format!("{error}{said}").into());
            }
            Err(payload) => {
                let text = panic_text(&*payload).unwrap_or("with no text");
                failed(peer, format!("it panicked: {text}").into());
            }
        }
    });
    shared.set_task(id, task);
}

#[cold]
fn failed(peer: SocketAddr, error: Box<dyn Error + Send + Sync>) {
    let mut failure =
        Report::new(format!("the HTTP service failed at a request of client {peer}")).error(error);
    if let Some(task) = try_current_task() {
        failure = failure.task(task);
    }
    report(failure);
}
