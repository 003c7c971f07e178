use super::pool::Lease;
use hyper::body::{Body as HttpBody, Bytes, Frame, Incoming, SizeHint};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The body of a response, as it comes in.
///
/// When it has been read to its end its connection is kept for the next request; dropped before,
/// it ends the connection.
pub struct Body {
    incoming: Incoming,
    lease: Option<Lease>,
}

impl Body {
    pub(super) fn new(incoming: Incoming, lease: Lease) -> Body {
        Body { incoming, lease: Some(lease) }
    }

    /// After the end: waits until the connection is back, so that a request that follows at once
    /// finds it.
    pub(super) fn poll_return(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Lease::poll_return(&mut self.lease, cx)
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.incoming).poll_frame(cx));
        if let Some(Err(_)) = frame {
            self.lease = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if self.incoming.is_end_stream()
            && let Some(lease) = self.lease.take()
        {
            lease.give_back();
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.incoming.fmt(f)
    }
}
