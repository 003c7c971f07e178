//! Starting a server: what is called, where, and with which options.

use super::accept::Acceptor;
use super::handle::InTask;
use super::serving::Server;
use super::shared::{Listener, Shared};
use crate::addr::{AddrError, Addrs};
use crate::connect::socket;
use crate::listen::ListenOptions;
use crate::lookup::{Lookup, Purpose};
use crate::stream::waiters::Place;
use crate::stream::{DEFAULT_LIMIT, StreamReader, StreamWriter};
use crate::unix::SocketFile;
use crate::{TcpListener, UnixListener};
use asyncio_context::copy_context;
use asyncio_executor::spawn_hidden;
use asyncio_reactor::Async;
use asyncio_task::Outcome;
use socket2::{Domain, SockAddr, Type};
use std::fmt;
use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// Listens at `addrs` and calls `handler` with a reader and a writer for every connection, each
/// call a task of its own on this loop.
///
/// A name is listened on at all its addresses, an empty host (`":8080"`) on every interface. Port
/// 0 takes a free one: see [`Server::local_addr`]. The handler returns nothing, or a `Result`;
/// its error or panic is reported with the peer's address, and ends the connection. The returned
/// future has asyncio's keyword arguments as methods.
///
/// asyncio: `start_server`.
///
/// # Errors
///
/// As [`lookup_host`](crate::lookup_host); the system's with the address in the message:
/// `AddrInUse`, `AddrNotAvailable`, `PermissionDenied`. Nothing is left open then.
///
/// # Panics
///
/// Where there is no loop and no executor installed.
///
/// ```
/// use asyncio_net::{StreamReader, StreamWriter, open_connection, start_server};
/// # use asyncio_executor::{LocalExecutor, ThreadPark};
///
/// # LocalExecutor::new().run_until(async {
/// let server = start_server(
///     async |mut reader: StreamReader, writer: StreamWriter| -> std::io::Result<()> {
///         let line = reader.readline().await?;
///         writer.write(&line.to_ascii_uppercase());
///         writer.drain().await
///     },
///     "127.0.0.1:0",
/// )
/// .limit(1024)
/// .await?;
///
/// let (mut reader, writer) = open_connection(server.local_addr()).await?;
/// writer.write(b"hello\n");
/// assert_eq!(reader.readline().await?, b"HELLO\n");
/// server.close();
/// server.wait_closed().await;
/// # std::io::Result::Ok(()) }, &mut ThreadPark::new()).unwrap().unwrap();
/// ```
#[track_caller]
pub fn start_server<F, R>(handler: F, addrs: impl Into<Addrs>) -> StartServer<F, R>
where
    F: AsyncFn(StreamReader, StreamWriter) -> R + 'static,
    R: Outcome + 'static,
{
    let lookup = Lookup::new(addrs.into(), Purpose::Listen);
    StartServer::new(handler, Where::Lookup(lookup))
}

/// [`start_server`] at a path.
///
/// A socket file that a former server left at `path` is removed first; another kind of file makes
/// the bind fail. Closing the server removes the file, unless another was put in its place.
///
/// asyncio: `start_unix_server`.
///
/// # Errors
///
/// The system's, with the path in the message.
#[track_caller]
pub fn start_unix_server<F, R>(handler: F, path: impl AsRef<Path>) -> StartServer<F, R>
where
    F: AsyncFn(StreamReader, StreamWriter) -> R + 'static,
    R: Outcome + 'static,
{
    StartServer::new(handler, Where::Path(path.as_ref().to_owned()))
}

enum Where {
    Lookup(Lookup),
    Path(PathBuf),
    Std(std::net::TcpListener),
}

/// A server that is being started. See [`start_server`].
#[must_use = "futures do nothing unless awaited"]
pub struct StartServer<F, R> {
    handler: Option<F>,
    place: Option<Where>,
    limit: usize,
    options: ListenOptions,
    start: bool,
    cleanup: bool,
    at: &'static Location<'static>,
    output: PhantomData<fn() -> R>,
}

/// Nothing in it is pinned.
impl<F, R> Unpin for StartServer<F, R> {}

impl<F, R> StartServer<F, R> {
    #[track_caller]
    fn new(handler: F, place: Where) -> StartServer<F, R> {
        StartServer {
            handler: Some(handler),
            place: Some(place),
            limit: DEFAULT_LIMIT,
            options: ListenOptions { nodelay: true, ..ListenOptions::default() },
            start: true,
            cleanup: true,
            at: Location::caller(),
            output: PhantomData,
        }
    }

    /// Serves at a listener of the standard library instead. asyncio: `sock`.
    pub fn on(mut self, listener: std::net::TcpListener) -> Self {
        self.place = Some(Where::Std(listener));
        self
    }

    /// The limit of the readers; 64 KiB unless given.
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// How many connections may wait to be accepted; 1024 unless given, where asyncio has 100.
    pub fn backlog(mut self, backlog: u32) -> Self {
        self.options.backlog = i32::try_from(backlog).unwrap_or(i32::MAX);
        self
    }

    /// Whether an address may be taken that a former server has not quite left; true unless
    /// given.
    pub fn reuse_address(mut self, reuse: bool) -> Self {
        self.options.reuse_address = reuse;
        self
    }

    /// Whether several servers may listen at one address and share its connections.
    pub fn reuse_port(mut self, reuse: bool) -> Self {
        self.options.reuse_port = reuse;
        self
    }

    /// Whether idle peers are asked if they are still there.
    pub fn keep_alive(mut self, keep_alive: bool) -> Self {
        self.options.keep_alive = keep_alive;
        self
    }

    /// Whether to accept at once; true unless given. Otherwise
    /// [`Server::start_serving`] or [`Server::serve_forever`] begins.
    pub fn start_serving(mut self, start: bool) -> Self {
        self.start = start;
        self
    }

    /// Whether closing the server removes its socket file; true unless given.
    pub fn cleanup_socket(mut self, cleanup: bool) -> Self {
        self.cleanup = cleanup;
        self
    }

    fn poll_shared(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Arc<Shared>>> {
        if self.limit == 0 {
            let text = "the limit of a stream cannot be zero";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidInput, text)));
        }
        let place = self.place.as_mut().expect("a future is not polled after its end");
        if let Where::Lookup(lookup) = place {
            let addrs = ready!(Pin::new(lookup).poll(cx))?;
            return Poll::Ready(self.bind_tcp(&addrs));
        }
        Poll::Ready(match self.place.take() {
            Some(Where::Path(path)) => self.bind_unix(path),
            Some(Where::Std(listener)) => self.take_over(listener),
            _ => unreachable!("looked at above"),
        })
    }

    fn bind_tcp(&self, addrs: &[std::net::SocketAddr]) -> io::Result<Arc<Shared>> {
        let mut listeners = Vec::new();
        let mut bound = Vec::new();
        for socket in self.options.bind_all(addrs)? {
            let listener = TcpListener::of(Async::new_nonblocking(socket.into()));
            bound.push(listener.local_addr()?);
            listeners.push(Listener::Tcp(listener));
        }
        Ok(Shared::new(listeners, bound, self.options))
    }

    fn take_over(&self, listener: std::net::TcpListener) -> io::Result<Arc<Shared>> {
        socket2::SockRef::from(&listener).set_tcp_nodelay(true)?;
        let listener = TcpListener::from_std(listener)?;
        let addrs = vec![listener.local_addr()?];
        Ok(Shared::new(vec![Listener::Tcp(listener)], addrs, self.options))
    }

    fn bind_unix(&self, path: PathBuf) -> io::Result<Arc<Shared>> {
        let bind = || {
            let addr = SockAddr::unix(&path)?;
            if !addr.is_unnamed() && addr.as_pathname().is_some() {
                SocketFile::remove_stale(&path)?;
            }
            let socket = socket(Domain::UNIX, Type::STREAM, None)?;
            socket.bind(&addr)?;
            let file = match addr.as_pathname() {
                Some(path) if self.cleanup => Some(SocketFile::of(path)?),
                _ => None,
            };
            Ok((UnixListener::of(Async::new_nonblocking(socket.into())), file))
        };
        let (listener, file) =
            bind().map_err(|error| AddrError::wrap("bind to", path.display(), error))?;
        Ok(Shared::new_unix(listener, path, file, self.options))
    }
}

impl<F, R> Future for StartServer<F, R>
where
    F: AsyncFn(StreamReader, StreamWriter) -> R + 'static,
    R: Outcome + 'static,
{
    type Output = io::Result<Server>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<Server>> {
        let this = self.get_mut();
        let shared = ready!(this.poll_shared(cx))?;
        if this.start {
            shared.start()?;
        }
        let function = Rc::new(this.handler.take().expect("a future is not polled after its end"));
        for index in 0..shared.listeners() {
            spawn_hidden(Acceptor {
                server: Arc::clone(&shared),
                index,
                handler: InTask::new(Rc::clone(&function), this.limit, copy_context(), this.at),
                place: Place::new(),
                rest: None,
            });
        }
        Poll::Ready(Ok(Server { shared }))
    }
}

impl<F, R> fmt::Debug for StartServer<F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartServer").field("at", &format_args!("{}", self.at)).finish()
    }
}
