//! The waits of a [`StreamWriter`].

use super::out::lost;
use super::waiters::Place;
use super::writer::StreamWriter;
use asyncio_context::{WaitKind, waiting};
use std::fmt;
use std::future::Future;
use std::io::{self, IoSlice};
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

type At = &'static Location<'static>;

impl StreamWriter {
    fn note_wait(&self, at: At) {
        waiting(WaitKind::Writable, self.connection.io.id(), at);
    }
}

/// See [`StreamWriter::drain`].
#[must_use = "futures do nothing unless awaited"]
pub struct Drain<'a> {
    writer: &'a StreamWriter,
    place: Place,
    gave_turn: bool,
    at: At,
}

impl<'a> Drain<'a> {
    pub(super) fn new(writer: &'a StreamWriter, at: At) -> Drain<'a> {
        Drain { writer, place: Place::new(), gave_turn: false, at }
    }
}

impl Future for Drain<'_> {
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let connection = &this.writer.connection;
        if connection.is_clear() {
            return Poll::Ready(Ok(()));
        }
        if !this.gave_turn && connection.is_closing() {
            this.gave_turn = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let polled = connection.poll_out(cx, &mut this.place, |out| match &out.ended {
            Some(Ok(())) => Poll::Ready(Err(lost())),
            Some(Err(kept)) => Poll::Ready(Err(kept.get())),
            None if out.paused => Poll::Pending,
            None => Poll::Ready(Ok(())),
        });
        if polled.is_pending() {
            this.writer.note_wait(this.at);
        }
        polled
    }
}

impl Drop for Drain<'_> {
    fn drop(&mut self) {
        if self.place.is_entered() {
            self.writer.connection.leave(&mut self.place);
        }
    }
}

/// See [`StreamWriter::wait_closed`].
#[must_use = "futures do nothing unless awaited"]
pub struct WaitClosed<'a> {
    writer: &'a StreamWriter,
    place: Place,
    at: At,
}

impl<'a> WaitClosed<'a> {
    pub(super) fn new(writer: &'a StreamWriter, at: At) -> WaitClosed<'a> {
        WaitClosed { writer, place: Place::new(), at }
    }
}

impl Future for WaitClosed<'_> {
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let connection = &this.writer.connection;
        let polled = connection.poll_out(cx, &mut this.place, |out| match &out.ended {
            Some(Ok(())) => Poll::Ready(Ok(())),
            Some(Err(kept)) => Poll::Ready(Err(kept.get())),
            None => Poll::Pending,
        });
        if polled.is_pending() {
            this.writer.note_wait(this.at);
        }
        polled
    }
}

impl Drop for WaitClosed<'_> {
    fn drop(&mut self) {
        if self.place.is_entered() {
            self.writer.connection.leave(&mut self.place);
        }
    }
}

/// See [`StreamWriter::write_all`].
#[must_use = "futures do nothing unless awaited"]
pub struct WriteAll<'a> {
    pub(super) writer: &'a mut StreamWriter,
    pub(super) data: &'a [u8],
    pub(super) at: At,
}

impl WriteAll<'_> {
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Also for no data: a connection that is over is to be noticed.
        ready!(self.writer.poll_clear(cx))?;
        while !self.data.is_empty() {
            let count = ready!(self.writer.poll_direct(cx, &[IoSlice::new(self.data)]))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.data = &self.data[count..];
        }
        self.writer.poll_sink_flush(cx)
    }
}

impl Future for WriteAll<'_> {
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = this.poll_send(cx);
        if polled.is_pending() {
            this.writer.note_wait(this.at);
        }
        polled
    }
}

macro_rules! debug {
    ($($name:ident)*) => { $(
        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("writer", &self.writer).finish_non_exhaustive()
            }
        }
    )* };
}

debug!(Drain WaitClosed WriteAll);
