//! [`StreamReader`].

use super::buffer::Buffer;
use super::connection::Connection;
use super::error::Kept;
use super::io::Io;
use super::read::{Lines, Read, ReadExactly, ReadToEnd, ReadUntil};
use super::scratch;
use super::until::Search;
use crate::{TcpStream, UnixStream};
use asyncio_context::{WaitKind, waiting};
use futures_io::{AsyncBufRead, AsyncRead};
use std::fmt;
use std::io;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

/// The limit of a reader that was given none: 64 KiB.
pub(crate) const DEFAULT_LIMIT: usize = 64 * 1024;

/// From this length on a read goes straight to the caller's memory.
const DIRECT: usize = 4096;

/// The receiving side of a connection: bytes, lines, messages.
///
/// It comes from [`open_connection`](crate::open_connection) and
/// [`start_server`](crate::start_server), or stands on any [`AsyncRead`]. It reads only when it is
/// asked to, so a peer that sends faster than it is read is held back by its own kernel; `limit`
/// bounds a line or a message, not what is buffered.
///
/// asyncio: `StreamReader`. There `read(n)` makes a bytes object; here [`read`](Self::read) fills a
/// slice, and [`read_to_end`](Self::read_to_end) is `read(-1)`.
///
/// ```
/// use asyncio_net::StreamReader;
///
/// # futures_lite::future::block_on(async {
/// let mut reader = StreamReader::new(&b"first\nsecond\nxyz"[..]);
/// assert_eq!(reader.readline().await?, b"first\n");
/// assert_eq!(reader.readuntil(b"d\n").await?, b"second\n");
/// let error = reader.readexactly(5).await.unwrap_err();
/// assert_eq!(error.into_partial().unwrap(), b"xyz");
/// assert!(reader.at_eof());
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub struct StreamReader {
    source: Source,
    buffer: Buffer,
    limit: usize,
    eof: bool,
    error: Option<Box<Kept>>,
}

enum Source {
    Connection(Arc<Connection>),
    /// Reached by `&mut` only; the lock is never taken and makes the reader `Sync`.
    Other(Mutex<Box<dyn AsyncRead + Send + Unpin>>),
}

impl StreamReader {
    /// A reader of anything that can be read.
    pub fn new(source: impl AsyncRead + Send + Unpin + 'static) -> StreamReader {
        StreamReader::on(Source::Other(Mutex::new(Box::new(source))))
    }

    pub(crate) fn of(connection: Arc<Connection>) -> StreamReader {
        StreamReader::on(Source::Connection(connection))
    }

    fn on(source: Source) -> StreamReader {
        let limit = DEFAULT_LIMIT;
        StreamReader { source, buffer: Buffer::default(), limit, eof: false, error: None }
    }

    /// Sets how long a line or a message may be, in bytes without its separator.
    ///
    /// # Panics
    ///
    /// If `limit` is zero.
    #[must_use]
    #[track_caller]
    pub fn with_limit(mut self, limit: usize) -> StreamReader {
        assert!(limit > 0, "the limit of a StreamReader cannot be zero");
        self.limit = limit;
        self
    }

    /// How long a line or a message may be.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Reads some bytes into `buf` as soon as there are any, and says how many. Zero is the end
    /// of the stream, or an empty `buf`.
    ///
    /// # Errors
    ///
    /// What the connection failed with; from then on every read fails with it.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    #[track_caller]
    pub fn read<'a>(&'a mut self, buf: &'a mut [u8]) -> Read<'a> {
        Read { reader: self, buf, at: Location::caller() }
    }

    /// Reads up to and including the next newline, the rest if the stream ends without one, and
    /// nothing at its end.
    ///
    /// # Errors
    ///
    /// [`ReadError::Limit`](crate::ReadError) if the line is longer than the limit. A line that is
    /// there as a whole is then removed; of one that is not, what came so far. Otherwise what the
    /// connection failed with.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    #[track_caller]
    pub fn readline(&mut self) -> ReadUntil<'_> {
        ReadUntil::line(self, Location::caller())
    }

    /// Reads up to and including `separator`.
    ///
    /// # Errors
    ///
    /// [`ReadError::Incomplete`](crate::ReadError) with what was left, if the stream ends first;
    /// [`ReadError::Limit`](crate::ReadError) if what stands before the separator is longer than
    /// the limit, and then the bytes stay; `InvalidInput` for an empty separator; otherwise what
    /// the connection failed with.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    #[track_caller]
    pub fn readuntil<'a, S>(&'a mut self, separator: &'a S) -> ReadUntil<'a>
    where
        S: AsRef<[u8]> + ?Sized,
    {
        ReadUntil::new(self, Search::one(separator.as_ref()))
    }

    /// Reads the shortest prefix that ends with one of `separators`.
    ///
    /// # Errors
    ///
    /// As [`readuntil`](Self::readuntil); `InvalidInput` for no separator, too.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    #[track_caller]
    pub fn readuntil_any<'a, S>(&'a mut self, separators: &'a [&'a S]) -> ReadUntil<'a>
    where
        S: AsRef<[u8]> + ?Sized,
    {
        ReadUntil::new(self, Search::any(separators))
    }

    /// Reads exactly `count` bytes. The limit does not matter.
    ///
    /// # Errors
    ///
    /// [`ReadError::Incomplete`](crate::ReadError) with what was left, if the stream ends first;
    /// otherwise what the connection failed with.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    #[track_caller]
    pub fn readexactly(&mut self, count: usize) -> ReadExactly<'_> {
        ReadExactly { reader: self, count, at: Location::caller() }
    }

    /// Reads to the end of the stream. asyncio: `read(-1)`.
    ///
    /// # Errors
    ///
    /// What the connection failed with; what came before stays in the reader's buffer.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    #[track_caller]
    pub fn read_to_end(&mut self) -> ReadToEnd<'_> {
        ReadToEnd { reader: self, at: Location::caller() }
    }

    /// The lines as a stream that ends with the first empty one. asyncio: `async for line in r`.
    #[track_caller]
    pub fn lines(&mut self) -> Lines<'_> {
        Lines { reader: self, at: Location::caller() }
    }

    /// Whether the stream has ended and everything was read. False before the end was seen.
    pub fn at_eof(&self) -> bool {
        self.buffer.is_empty() && (self.eof || self.is_closed())
    }

    /// What was received and not yet asked for.
    pub fn buffer(&self) -> &[u8] {
        self.buffer.as_slice()
    }

    /// What the connection failed with, if it did. asyncio: `exception()`.
    pub fn error(&self) -> Option<io::Error> {
        self.error.as_ref().map(|error| error.get())
    }

    /// The TCP connection below, for its options and addresses.
    pub fn tcp(&self) -> Option<&TcpStream> {
        match &self.source {
            Source::Connection(connection) => match &connection.io {
                Io::Tcp(tcp) => Some(tcp),
                _ => None,
            },
            Source::Other(_) => None,
        }
    }

    /// The Unix connection below.
    pub fn unix(&self) -> Option<&UnixStream> {
        match &self.source {
            Source::Connection(connection) => match &connection.io {
                Io::Unix(unix) => Some(unix),
                _ => None,
            },
            Source::Other(_) => None,
        }
    }

    pub(crate) fn connection(&self) -> Option<&Arc<Connection>> {
        match &self.source {
            Source::Connection(connection) => Some(connection),
            Source::Other(_) => None,
        }
    }

    /// Whether the writer of the same connection has closed it.
    fn is_closed(&self) -> bool {
        self.connection().is_some_and(|connection| connection.is_closing())
    }

    pub(super) fn parts(&mut self) -> (&mut Buffer, usize) {
        (&mut self.buffer, self.limit)
    }

    pub(super) fn failure(&self) -> io::Result<()> {
        self.error.as_ref().map_or(Ok(()), |error| Err(error.get()))
    }

    pub(super) fn note_wait(&self, at: &'static Location<'static>) {
        let id = self.connection().map_or(0, |connection| connection.io.id());
        waiting(WaitKind::Readable, id, at);
    }

    /// One read from below, past the buffer.
    fn poll_source(&mut self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        self.failure()?;
        if self.eof || self.is_closed() {
            return Poll::Ready(Ok(0));
        }
        let result = ready!(match &mut self.source {
            Source::Connection(connection) => connection.io.poll_read(cx, buf),
            Source::Other(source) => {
                let source = source.get_mut().unwrap_or_else(|e| e.into_inner());
                Pin::new(&mut **source).poll_read(cx, buf)
            }
        });
        match &result {
            Ok(0) => self.eof = true,
            Ok(_) => {}
            // Woken by its own side's close: that is an end, not a failure.
            Err(_) if self.is_closed() => {
                self.eof = true;
                return Poll::Ready(Ok(0));
            }
            Err(error) => {
                self.error = Some(Box::new(Kept::new(error)));
                if let Source::Connection(connection) = &self.source {
                    connection.lost_with(error);
                }
            }
        }
        Poll::Ready(result)
    }

    /// Adds to the buffer what one read gives; zero at the end.
    pub(super) fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        scratch::with(|scratch| {
            let count = ready!(self.poll_source(cx, scratch))?;
            self.buffer.push(&scratch[..count]);
            Poll::Ready(Ok(count))
        })
    }

    pub(super) fn poll_some(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.failure()?;
        if buf.is_empty() {
            return Poll::Ready(Ok(0));
        }
        if self.buffer.is_empty() {
            if buf.len() >= DIRECT {
                return self.poll_source(cx, buf);
            }
            // A short read tells that the socket is drained, and into a small buffer there are
            // no short reads; what does not fit waits here.
            return scratch::with(|scratch| {
                let count = ready!(self.poll_source(cx, scratch))?;
                let fits = count.min(buf.len());
                buf[..fits].copy_from_slice(&scratch[..fits]);
                if fits < count {
                    self.buffer.push(&scratch[fits..count]);
                }
                Poll::Ready(Ok(fits))
            });
        }
        Poll::Ready(Ok(self.buffer.pop_into(buf)))
    }
}

impl AsyncRead for StreamReader {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().poll_some(cx, buf)
    }
}

impl AsyncBufRead for StreamReader {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        this.failure()?;
        if this.buffer.is_empty() {
            ready!(this.poll_more(cx))?;
        }
        Poll::Ready(Ok(this.buffer.as_slice()))
    }

    fn consume(self: Pin<&mut Self>, count: usize) {
        self.get_mut().buffer.consume(count);
    }
}

impl fmt::Debug for StreamReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("StreamReader");
        f.field("buffered", &self.buffer.len());
        if self.eof {
            f.field("eof", &true);
        }
        if self.limit != DEFAULT_LIMIT {
            f.field("limit", &self.limit);
        }
        if let Some(error) = &self.error {
            f.field("error", error);
        }
        if let Some(connection) = self.connection() {
            f.field("io", &connection.io);
        }
        f.finish()
    }
}
