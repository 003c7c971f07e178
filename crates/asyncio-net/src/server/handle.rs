//! One connection: the handler as a task, and what becomes of its failure.

use crate::stream::{Connection, StreamReader, StreamWriter};
use asyncio_context::report::{Report, report};
use asyncio_context::{Context as Variables, panic_text, try_current_task};
use asyncio_executor::Task;
use asyncio_task::Outcome;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::{Arc, Weak};
use std::task::Poll;

/// What an acceptor does with a connection.
pub(super) trait Handler: Unpin + 'static {
    fn handle(&self, connection: Arc<Connection>, peer: Option<SocketAddr>);
}

/// Makes a task of the user's function, in a copy of the variables in which the server was
/// started.
pub(super) struct InTask<F, R> {
    function: Rc<F>,
    limit: usize,
    variables: Variables,
    at: &'static Location<'static>,
    output: PhantomData<fn() -> R>,
}

impl<F, R> InTask<F, R> {
    pub(super) fn new(
        function: Rc<F>,
        limit: usize,
        variables: Variables,
        at: &'static Location<'static>,
    ) -> InTask<F, R> {
        InTask { function, limit, variables, at, output: PhantomData }
    }
}

impl<F, R> Handler for InTask<F, R>
where
    F: AsyncFn(StreamReader, StreamWriter) -> R + 'static,
    R: Outcome + 'static,
{
    fn handle(&self, connection: Arc<Connection>, peer: Option<SocketAddr>) {
        let (function, limit, at) = (Rc::clone(&self.function), self.limit, self.at);
        let _detached = Task::builder().context(self.variables.clone()).spawn(async move {
            let watch = Arc::downgrade(&connection);
            // The streams are made where they are handed over: what a future has held once keeps
            // its place in it, and an idle connection is little more than this future.
            let mut running = pin!(async {
                let reader = StreamReader::of(Arc::clone(&connection)).with_limit(limit);
                function(reader, StreamWriter::of(connection)).await.outcome()
            });
            let ended =
                poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(cx))) {
                    Ok(polled) => polled.map(Ok),
                    Err(payload) => Poll::Ready(Err(payload)),
                });
            let failure = match ended.await {
                Ok(Ok(_)) => return,
                Ok(Err(error)) => error,
                Err(payload) => {
                    let text = panic_text(&*payload);
                    text.map_or("it panicked".into(), |text| format!("it panicked: {text}").into())
                }
            };
            fail(&watch, peer, at, failure);
        });
    }
}

#[cold]
fn fail(
    connection: &Weak<Connection>,
    peer: Option<SocketAddr>,
    at: &'static Location<'static>,
    error: asyncio_task::BoxError,
) {
    // The handler may have left its streams elsewhere.
    if let Some(connection) = connection.upgrade() {
        connection.close();
    }
    let of = peer.map_or(String::from("a Unix client"), |peer| format!("client {peer}"));
    let mut failed = Report::new(format!("the handler of {of} failed")).error(error);
    if let Some(task) = try_current_task() {
        failed = failed.task(task);
    }
    report(failed.location(at));
}
