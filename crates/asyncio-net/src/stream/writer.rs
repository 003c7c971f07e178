//! [`StreamWriter`].

use super::connection::Connection;
use super::io::Io;
use super::wait::{Drain, WaitClosed, WriteAll};
use super::waiters::Place;
use crate::{TcpStream, UnixStream};
use asyncio_context::report::{Report, report};
use futures_io::AsyncWrite;
use std::fmt;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::panic::Location;
use std::sync::{Arc, Mutex};

/// The sending side of a connection.
///
/// There are two ways to send. [`write`](Self::write) is asyncio's: it never waits, sends what the
/// socket takes, queues the rest, which leaves by itself when the socket has room, and
/// [`drain`](Self::drain) waits while too much is queued. It takes `&self`, so a writer can be
/// shared by those who send to it. [`write_all`](Self::write_all) sends from the caller's memory
/// without a queue and waits until the kernel has everything.
///
/// # Dropping
///
/// A writer that is dropped ends the sending side: the peer reads to an end. The connection is
/// closed when the reader is dropped, too, or at once by [`close`](Self::close). What is queued is
/// flushed only after `close` or [`write_eof`](Self::write_eof): a writer dropped without them
/// while bytes are queued discards them, resets the connection, so that the peer does not take a
/// part for the whole, and says so to the loop's exception handler. (asyncio discards them with a
/// `ResourceWarning`.)
///
/// asyncio: `StreamWriter`; `get_extra_info` is [`peer_addr`](Self::peer_addr),
/// [`local_addr`](Self::local_addr), [`tcp`](Self::tcp) and [`unix`](Self::unix).
///
/// ```
/// use asyncio_net::{StreamWriter, UnixStream, open_connection};
///
/// # futures_lite::future::block_on(async {
/// let listener = asyncio_net::TcpListener::bind("127.0.0.1:0").await?;
/// let (_reader, writer) = open_connection(listener.local_addr()?).await?;
/// writer.write(b"hello ");
/// writer.writelines([&b"to "[..], b"you\n"]);
/// writer.drain().await?;
/// writer.close();
/// writer.wait_closed().await?;
///
/// let (mut peer, _) = listener.accept().await?;
/// let mut text = String::new();
/// futures_lite::AsyncReadExt::read_to_string(&mut peer, &mut text).await?;
/// assert_eq!(text, "hello to you\n");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub struct StreamWriter {
    pub(super) connection: Arc<Connection>,
    /// Where the `poll_*` methods wait for the queue.
    pub(super) place: Place,
}

impl StreamWriter {
    /// A writer into anything that can be written.
    ///
    /// [`close`](Self::close) flushes and closes it.
    pub fn new(sink: impl AsyncWrite + Send + Unpin + 'static) -> StreamWriter {
        StreamWriter::of(Connection::new(Io::Sink(Mutex::new(Box::new(sink))), None))
    }

    pub(crate) fn of(connection: Arc<Connection>) -> StreamWriter {
        StreamWriter { connection, place: Place::new() }
    }

    /// Sends `data`, or queues what cannot be sent at once. Never waits.
    ///
    /// After [`close`](Self::close), and when the connection is lost, the data is dropped:
    /// [`drain`](Self::drain) tells.
    ///
    /// # Panics
    ///
    /// After [`write_eof`](Self::write_eof).
    pub fn write(&self, data: &[u8]) {
        self.connection.write(&[IoSlice::new(data)]);
    }

    /// Sends the pieces in order, as one [`write`](Self::write) of all of them would, with one
    /// system call and without joining them.
    ///
    /// # Panics
    ///
    /// After [`write_eof`](Self::write_eof).
    pub fn writelines<I>(&self, pieces: I)
    where
        I: IntoIterator,
        I::Item: AsRef<[u8]>,
    {
        let pieces: Vec<I::Item> = pieces.into_iter().collect();
        let slices: Vec<IoSlice<'_>> = pieces.iter().map(|p| IoSlice::new(p.as_ref())).collect();
        self.connection.write(&slices);
    }

    /// Waits while too much is queued: from the moment the high mark was passed until the queue
    /// is down to the low one. Any number of tasks may wait.
    ///
    /// Below the mark it is ready at once, and gives no other task a turn. On a closing writer it
    /// gives one turn first, so that a loop of write and drain notices a peer that has gone.
    ///
    /// # Errors
    ///
    /// What the connection was lost with; `ConnectionReset` after it has been closed.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost; the queue goes on flushing.
    #[track_caller]
    pub fn drain(&self) -> Drain<'_> {
        Drain::new(self, Location::caller())
    }

    /// Sends all of `data` and waits until the kernel has it; what was queued goes first.
    ///
    /// # Errors
    ///
    /// What the connection was lost with; `BrokenPipe` after [`close`](Self::close) or
    /// [`write_eof`](Self::write_eof).
    ///
    /// # Cancel safety
    ///
    /// A part of `data` may have been sent, and which is not known.
    #[track_caller]
    pub fn write_all<'a>(&'a mut self, data: &'a [u8]) -> WriteAll<'a> {
        WriteAll { writer: self, data, at: Location::caller() }
    }

    /// Ends the sending side after what is queued; reading goes on. Again, or after
    /// [`close`](Self::close), it does nothing.
    pub fn write_eof(&self) {
        self.connection.write_eof();
    }

    /// Whether the sending side can be ended alone. True for sockets and pipes.
    pub fn can_write_eof(&self) -> bool {
        true
    }

    /// Closes the connection after what is queued, in the background. The reader of the same
    /// connection is at its end from now on. Again, it does nothing.
    ///
    /// The descriptor is returned when reader and writer are dropped.
    pub fn close(&self) {
        self.connection.close();
    }

    /// Closes the connection at once. What is queued is lost, and the peer of a TCP connection
    /// sees a reset. asyncio: `writer.transport.abort()`.
    pub fn abort(&self) {
        self.connection.abort();
    }

    /// Whether the connection is being closed, is closed, or was lost.
    pub fn is_closing(&self) -> bool {
        self.connection.is_closing()
    }

    /// Waits until the connection is closed: after [`close`](Self::close) and the last queued
    /// byte, or when it is lost.
    ///
    /// # Errors
    ///
    /// What the connection was lost with.
    ///
    /// # Cancel safety
    ///
    /// It may be awaited again and by several tasks. (A difference from asyncio, where a
    /// cancelled one spoils the others.)
    #[track_caller]
    pub fn wait_closed(&self) -> WaitClosed<'_> {
        WaitClosed::new(self, Location::caller())
    }

    /// Sets the marks of [`drain`](Self::drain), in bytes. They take effect at once.
    ///
    /// # Panics
    ///
    /// If `low` is above `high`.
    #[track_caller]
    pub fn set_write_buffer_limits(&self, high: usize, low: usize) {
        assert!(low <= high, "the low mark {low} is above the high mark {high}");
        self.connection.set_limits(high, low);
    }

    /// The marks: low, then high. 16 KiB and 64 KiB unless they were set.
    pub fn write_buffer_limits(&self) -> (usize, usize) {
        let out = self.connection.lock();
        (out.low, out.high)
    }

    /// How many bytes were accepted and not yet handed to the kernel.
    pub fn write_buffer_size(&self) -> usize {
        self.connection.lock().size
    }

    /// The address of the other side.
    ///
    /// # Errors
    ///
    /// `Unsupported` if this is not a TCP connection.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.tcp().ok_or(io::ErrorKind::Unsupported)?.peer_addr()
    }

    /// The address of this side.
    ///
    /// # Errors
    ///
    /// `Unsupported` if this is not a TCP connection; what the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp().ok_or(io::ErrorKind::Unsupported)?.local_addr()
    }

    /// The TCP connection below, for its options.
    pub fn tcp(&self) -> Option<&TcpStream> {
        match &self.connection.io {
            Io::Tcp(tcp) => Some(tcp),
            _ => None,
        }
    }

    /// The Unix connection below.
    pub fn unix(&self) -> Option<&UnixStream> {
        match &self.connection.io {
            Io::Unix(unix) => Some(unix),
            _ => None,
        }
    }
}

impl Drop for StreamWriter {
    fn drop(&mut self) {
        let out = self.connection.lock();
        if out.closing || out.ended.is_some() || out.eof {
            return;
        }
        let unsent = out.size;
        drop(out);
        if unsent > 0 {
            let peer = self.peer_addr().map_or(String::new(), |peer| format!(" to {peer}"));
            self.connection.abort();
            report(Report::new(format!(
                "a StreamWriter{peer} was dropped without close, with {unsent} bytes unsent"
            )));
        } else if Arc::strong_count(&self.connection) > 1 {
            // The reader lives on; if it does not, dropping the socket says the same.
            self.connection.write_eof();
        }
    }
}

impl fmt::Debug for StreamWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamWriter")
            .field("io", &self.connection.io)
            .field("queued", &self.write_buffer_size())
            .finish()
    }
}
