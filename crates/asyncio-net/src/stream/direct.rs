//! Sending past the queue, from the caller's memory: what `write_all` and the traits do.

use super::out::Out;
use super::writer::StreamWriter;
use futures_io::AsyncWrite;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

impl StreamWriter {
    /// Waits until nothing is queued, so that a direct send is next in order.
    pub(super) fn poll_clear(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.connection.is_clear() {
            return Poll::Ready(Ok(()));
        }
        self.poll_queue(cx, |out| match out.refusal() {
            Some(error) => Poll::Ready(Err(error)),
            None if out.size == 0 => Poll::Ready(Ok(())),
            None => Poll::Pending,
        })
    }

    fn poll_queue(
        &mut self,
        cx: &mut Context<'_>,
        ask: impl Fn(&Out) -> Poll<io::Result<()>>,
    ) -> Poll<io::Result<()>> {
        self.connection.poll_out(cx, &mut self.place, ask)
    }

    /// Sends past the queue, which is empty.
    pub(super) fn poll_direct(
        &mut self,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_clear(cx))?;
        let result = ready!(self.connection.io.poll_write(cx, pieces));
        if let Err(error) = &result {
            self.connection.lost_with(error);
        }
        Poll::Ready(result)
    }

    pub(super) fn poll_sink_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.connection.io.is_buffered() {
            return Poll::Ready(Ok(()));
        }
        self.connection.io.poll_flush(cx)
    }
}

/// The queue goes first; then bytes go straight from the caller's memory. `poll_close` ends the
/// sending side.
impl AsyncWrite for StreamWriter {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_direct(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_direct(cx, bufs)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_queue(cx, |out| match &out.ended {
            Some(Err(kept)) => Poll::Ready(Err(kept.get())),
            _ if out.size == 0 => Poll::Ready(Ok(())),
            _ => Poll::Pending,
        }))?;
        self.poll_sink_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.connection.write_eof();
        self.poll_queue(cx, |out| match &out.ended {
            Some(Err(kept)) => Poll::Ready(Err(kept.get())),
            Some(Ok(())) => Poll::Ready(Ok(())),
            None if out.eof_done => Poll::Ready(Ok(())),
            None => Poll::Pending,
        })
    }
}
