//! The waits of a [`Server`](super::Server).

use super::shared::{Shared, State};
use crate::stream::waiters::Place;
use asyncio_context::{WaitKind, waiting};
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Waits for a state of the server.
pub(super) struct Until {
    server: Arc<Shared>,
    place: Place,
    is_over: fn(&State) -> bool,
    at: &'static Location<'static>,
}

impl Until {
    pub(super) fn new(
        server: Arc<Shared>,
        is_over: fn(&State) -> bool,
        at: &'static Location<'static>,
    ) -> Until {
        Until { server, place: Place::new(), is_over, at }
    }
}

impl Future for Until {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let polled = this.server.poll_state(cx, &mut this.place, this.is_over);
        if polled.is_pending() {
            waiting(WaitKind::Event, Arc::as_ptr(&this.server) as usize, this.at);
        }
        polled
    }
}

impl Drop for Until {
    fn drop(&mut self) {
        self.server.leave(&mut self.place);
    }
}

/// See [`Server::wait_closed`](super::Server::wait_closed).
#[must_use = "futures do nothing unless awaited"]
pub struct ServerClosed(pub(super) Until);

impl Future for ServerClosed {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl fmt::Debug for ServerClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerClosed")
    }
}
