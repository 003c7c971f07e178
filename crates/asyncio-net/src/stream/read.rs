//! The waits of a [`StreamReader`].

use super::error::{IncompleteReadError, ReadError};
use super::reader::StreamReader;
use super::until::Search;
use futures_core::Stream;
use std::future::Future;
use std::io;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

type At = &'static Location<'static>;

macro_rules! debug {
    ($($name:ident)*) => { $(
        impl std::fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).field("reader", &self.reader).finish_non_exhaustive()
            }
        }
    )* };
}

debug!(Read ReadUntil ReadExactly ReadToEnd Lines);

/// See [`StreamReader::read`].
#[must_use = "futures do nothing unless awaited"]
pub struct Read<'a> {
    pub(super) reader: &'a mut StreamReader,
    pub(super) buf: &'a mut [u8],
    pub(super) at: At,
}

impl Future for Read<'_> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = this.reader.poll_some(cx, this.buf);
        if polled.is_pending() {
            this.reader.note_wait(this.at);
        }
        polled
    }
}

/// See [`StreamReader::readline`], [`StreamReader::readuntil`] and
/// [`StreamReader::readuntil_any`].
#[must_use = "futures do nothing unless awaited"]
pub struct ReadUntil<'a> {
    reader: &'a mut StreamReader,
    search: Search<'a>,
    line: bool,
    at: At,
}

impl<'a> ReadUntil<'a> {
    #[track_caller]
    pub(super) fn new(reader: &'a mut StreamReader, search: Search<'a>) -> ReadUntil<'a> {
        ReadUntil { reader, search, line: false, at: Location::caller() }
    }

    pub(super) fn line(reader: &'a mut StreamReader, at: At) -> ReadUntil<'a> {
        ReadUntil { reader, search: Search::one(b"\n"), line: true, at }
    }
}

impl Future for ReadUntil<'_> {
    type Output = Result<Vec<u8>, ReadError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.reader.failure()?;
        this.search.check()?;
        loop {
            let (buffer, limit) = this.reader.parts();
            match this.search.find(buffer.as_slice(), limit) {
                Ok(Some(found)) => return Poll::Ready(Ok(buffer.take(found.end))),
                Ok(None) => {}
                Err(overrun) => {
                    // A reader of lines can go on with the next line.
                    if this.line && overrun.found {
                        buffer.consume(overrun.consumed + 1);
                    } else if this.line {
                        buffer.clear();
                    }
                    return Poll::Ready(Err(ReadError::Limit(overrun)));
                }
            }
            match this.reader.poll_more(cx) {
                Poll::Ready(Ok(0)) => {
                    let partial = this.reader.parts().0.take_all();
                    return Poll::Ready(if this.line {
                        Ok(partial)
                    } else {
                        Err(ReadError::Incomplete(IncompleteReadError { partial, expected: None }))
                    });
                }
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error.into())),
                Poll::Pending => {
                    this.reader.note_wait(this.at);
                    return Poll::Pending;
                }
            }
        }
    }
}

/// See [`StreamReader::readexactly`].
#[must_use = "futures do nothing unless awaited"]
pub struct ReadExactly<'a> {
    pub(super) reader: &'a mut StreamReader,
    pub(super) count: usize,
    pub(super) at: At,
}

/// Memory is reserved for what a peer announced only up to here; beyond it has to come first.
const TRUSTED: usize = 1 << 20;

impl Future for ReadExactly<'_> {
    type Output = Result<Vec<u8>, ReadError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.reader.failure()?;
        loop {
            let (buffer, _) = this.reader.parts();
            if buffer.len() >= this.count {
                return Poll::Ready(Ok(buffer.take(this.count)));
            }
            match this.reader.poll_more(cx) {
                Poll::Ready(Ok(0)) => {
                    let partial = this.reader.parts().0.take_all();
                    let expected = Some(this.count);
                    let error = IncompleteReadError { partial, expected };
                    return Poll::Ready(Err(ReadError::Incomplete(error)));
                }
                Poll::Ready(Ok(_)) => {
                    let (buffer, _) = this.reader.parts();
                    let missing = this.count.saturating_sub(buffer.len());
                    if missing > 0 {
                        buffer.reserve(missing.min(TRUSTED));
                    }
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error.into())),
                Poll::Pending => {
                    this.reader.note_wait(this.at);
                    return Poll::Pending;
                }
            }
        }
    }
}

/// See [`StreamReader::read_to_end`].
#[must_use = "futures do nothing unless awaited"]
pub struct ReadToEnd<'a> {
    pub(super) reader: &'a mut StreamReader,
    pub(super) at: At,
}

impl Future for ReadToEnd<'_> {
    type Output = io::Result<Vec<u8>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<Vec<u8>>> {
        let this = self.get_mut();
        this.reader.failure()?;
        loop {
            match this.reader.poll_more(cx) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Ok(this.reader.parts().0.take_all())),
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    this.reader.note_wait(this.at);
                    return Poll::Pending;
                }
            }
        }
    }
}

/// See [`StreamReader::lines`].
#[must_use = "streams do nothing unless polled"]
pub struct Lines<'a> {
    pub(super) reader: &'a mut StreamReader,
    pub(super) at: At,
}

impl Stream for Lines<'_> {
    type Item = Result<Vec<u8>, ReadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        // The search starts over at each poll; a line that comes in small pieces is rare and
        // bounded by the limit.
        let mut line = ReadUntil::line(this.reader, this.at);
        Pin::new(&mut line).poll(cx).map(|line| match line {
            Ok(line) if line.is_empty() => None,
            line => Some(line),
        })
    }
}
