//! The acceptor: a task for each connection.

use super::connection::{Serving, start};
use super::shared::Shared;
use asyncio_context::report::{Report, report};
use asyncio_net::rest_after;
use asyncio_reactor::{Sleep, sleep};
use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::service::Service;
use std::error::Error;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

pub(super) struct Acceptor<S> {
    shared: Rc<Shared>,
    serving: Serving<S>,
    rest: Option<Sleep>,
}

impl<S> Acceptor<S> {
    pub(super) fn new(shared: Rc<Shared>, serving: Serving<S>) -> Acceptor<S> {
        Acceptor { shared, serving, rest: None }
    }
}

/// Nothing in it is pinned.
impl<S> Unpin for Acceptor<S> {}

impl<S, B> Future for Acceptor<S>
where
    S: Service<Request<Incoming>, Response = Response<B>> + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        loop {
            if this.shared.poll_until(cx, Shared::is_stopping).is_ready() {
                return Poll::Ready(());
            }
            if let Some(rest) = &mut this.rest {
                ready!(Pin::new(rest).poll(cx));
                this.rest = None;
            }
            // Not kept while this waits, so that stopping closes it.
            let Some(listener) = this.shared.listener() else { return Poll::Ready(()) };
            match ready!(listener.poll_accept(cx)) {
                Ok((stream, peer)) => start(&this.shared, &this.serving, stream, peer),
                Err(error) => {
                    let rest = rest_after(&error);
                    this.rest = Some(sleep(rest));
                    let at = listener.local_addr().map_or(String::new(), |at| format!(" at {at}"));
                    let text = format!("accepting{at} failed and is tried again in {rest:?}");
                    report(Report::new(text).error(error));
                }
            }
        }
    }
}
