//! The acceptor: takes connections from one listener and makes a task for each.

use super::handle::Handler;
use super::shared::{Accepted, Shared};
use crate::stream::waiters::Place;
use asyncio_context::report::{Report, report};
use asyncio_reactor::{Sleep, sleep};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// How long an acceptor rests after `error`: for acceptors that are written elsewhere.
#[doc(hidden)]
pub fn rest_after(error: &io::Error) -> Duration {
    if is_exhaustion(error) { EXHAUSTED } else { FAILED }
}

/// How long an acceptor rests when there are no descriptors or no memory: connections that have
/// ended meanwhile give theirs back, and the clients wait in the system's queue.
const EXHAUSTED: Duration = Duration::from_secs(1);

/// How long it rests after another failure, so that one that stays does not keep the loop busy.
const FAILED: Duration = Duration::from_millis(50);

pub(super) struct Acceptor<H> {
    pub(super) server: Arc<Shared>,
    pub(super) index: usize,
    pub(super) handler: H,
    pub(super) place: Place,
    pub(super) rest: Option<Sleep>,
}

impl<H: Handler> Acceptor<H> {
    fn failed(&mut self, error: io::Error) {
        let rest = rest_after(&error);
        let at = match (self.server.addrs.get(self.index), &self.server.path) {
            (Some(addr), _) => addr.to_string(),
            (None, Some(path)) => path.display().to_string(),
            (None, None) => String::from("a server"),
        };
        self.rest = Some(sleep(rest));
        report(
            Report::new(format!("accepting at {at} failed and is tried again in {rest:?}"))
                .error(error),
        );
    }
}

/// EMFILE, ENFILE, ENOBUFS, ENOMEM.
fn is_exhaustion(error: &io::Error) -> bool {
    use rustix::io::Errno;
    matches!(
        Errno::from_io_error(error),
        Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM)
    )
}

impl<H: Handler> Future for Acceptor<H> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        loop {
            if let Some(rest) = &mut this.rest {
                if this.server.poll_closed(cx, &mut this.place).is_ready() {
                    return Poll::Ready(());
                }
                ready!(Pin::new(rest).poll(cx));
                this.rest = None;
            }
            match ready!(this.server.poll_accept(this.index, cx, &mut this.place)) {
                Accepted::Connection(io, peer) => {
                    let connection = this.server.join(io);
                    this.handler.handle(connection, peer);
                }
                Accepted::Failed(error) => this.failed(error),
                Accepted::Closed => return Poll::Ready(()),
            }
        }
    }
}

impl<H> Drop for Acceptor<H> {
    fn drop(&mut self) {
        self.server.leave(&mut self.place);
    }
}
