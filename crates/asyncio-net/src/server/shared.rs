//! What a [`Server`](super::Server) and its acceptors share.

use super::members::{Members, Membership};
use crate::listen::ListenOptions;
use crate::stream::waiters::{Place, Waiters};
use crate::stream::{Connection, Io};
use crate::unix::SocketFile;
use crate::{TcpListener, UnixListener};
use socket2::SockRef;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    fn listen(&self, backlog: i32) -> io::Result<()> {
        match self {
            Listener::Tcp(tcp) => SockRef::from(tcp).listen(backlog),
            Listener::Unix(unix) => SockRef::from(unix).listen(backlog),
        }
    }

    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(Io, Option<SocketAddr>)>> {
        match self {
            Listener::Tcp(tcp) => {
                tcp.poll_accept(cx).map_ok(|(stream, peer)| (Io::Tcp(stream), Some(peer)))
            }
            Listener::Unix(unix) => {
                unix.poll_accept(cx).map_ok(|(stream, _)| (Io::Unix(stream), None))
            }
        }
    }
}

pub(crate) struct Shared {
    state: Mutex<State>,
    /// Where it listens, or did.
    pub(super) addrs: Vec<SocketAddr>,
    pub(super) path: Option<PathBuf>,
    options: ListenOptions,
}

pub(super) struct State {
    /// Empty once the server is closed.
    listeners: Vec<Arc<Listener>>,
    file: Option<SocketFile>,
    pub(super) serving: bool,
    pub(super) closed: bool,
    pub(super) awaited: bool,
    pub(super) members: Members,
    waiters: Waiters,
}

/// What an acceptor finds.
pub(super) enum Accepted {
    Connection(Io, Option<SocketAddr>),
    Failed(io::Error),
    Closed,
}

impl Shared {
    pub(super) fn new(
        listeners: Vec<Listener>,
        addrs: Vec<SocketAddr>,
        options: ListenOptions,
    ) -> Arc<Shared> {
        Shared::with(listeners, addrs, None, None, options)
    }

    pub(super) fn new_unix(
        listener: UnixListener,
        path: PathBuf,
        file: Option<SocketFile>,
        options: ListenOptions,
    ) -> Arc<Shared> {
        Shared::with(vec![Listener::Unix(listener)], Vec::new(), Some(path), file, options)
    }

    fn with(
        listeners: Vec<Listener>,
        addrs: Vec<SocketAddr>,
        path: Option<PathBuf>,
        file: Option<SocketFile>,
        options: ListenOptions,
    ) -> Arc<Shared> {
        let state = State {
            listeners: listeners.into_iter().map(Arc::new).collect(),
            file,
            serving: false,
            closed: false,
            awaited: false,
            members: Members::default(),
            waiters: Waiters::default(),
        };
        Arc::new(Shared { state: Mutex::new(state), addrs, path, options })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    pub(super) fn listeners(&self) -> usize {
        self.lock().listeners.len()
    }

    fn wake_all(&self, mut state: MutexGuard<'_, State>) {
        let woken = state.waiters.take_all();
        drop(state);
        woken.wake();
    }

    /// Begins to listen. Nothing if it does already.
    pub(super) fn start(&self) -> io::Result<()> {
        let mut state = self.lock();
        if state.closed {
            return Err(closed());
        }
        if state.serving {
            return Ok(());
        }
        for listener in &state.listeners {
            listener.listen(self.options.backlog)?;
        }
        state.serving = true;
        self.wake_all(state);
        Ok(())
    }

    /// Stops listening at once. Nothing if it has already.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        state.closed = true;
        state.serving = false;
        let listeners = std::mem::take(&mut state.listeners);
        let file = state.file.take();
        self.wake_all(state);
        // No acceptor keeps a listener between two polls, so this closes the descriptors.
        drop(listeners);
        if let Some(file) = file {
            file.remove();
        }
    }

    /// One try to accept at listener `index`.
    pub(super) fn poll_accept(
        &self,
        index: usize,
        cx: &mut Context<'_>,
        place: &mut Place,
    ) -> Poll<Accepted> {
        // Into the list first: a close that comes after the look below finds the waker there.
        let listener = match self.enter(cx.waker().clone(), place, |state| {
            if state.closed {
                return Some(None);
            }
            // Not started yet: only the list.
            state.serving.then(|| state.listeners.get(index).cloned())
        }) {
            Some(Some(listener)) => listener,
            Some(None) => return Poll::Ready(Accepted::Closed),
            None => return Poll::Pending,
        };
        listener.poll_accept(cx).map(|accepted| match accepted {
            Ok((io, peer)) => Accepted::Connection(io, peer),
            Err(error) => Accepted::Failed(error),
        })
    }

    /// Whether the server is closed, and if not, the waker for when it is.
    pub(super) fn poll_closed(&self, cx: &mut Context<'_>, place: &mut Place) -> Poll<()> {
        self.poll_state(cx, place, |state| state.closed)
    }

    pub(super) fn poll_state(
        &self,
        cx: &mut Context<'_>,
        place: &mut Place,
        is_over: impl Fn(&State) -> bool,
    ) -> Poll<()> {
        if self.enter(cx.waker().clone(), place, |state| is_over(state)) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    fn enter<R>(&self, waker: Waker, place: &mut Place, look: impl FnOnce(&State) -> R) -> R {
        let mut state = self.lock();
        let old = state.waiters.enter(place, waker);
        let seen = look(&state);
        drop(state);
        drop(old);
        seen
    }

    pub(super) fn leave(&self, place: &mut Place) {
        let old = self.lock().waiters.leave(place);
        drop(old);
    }

    /// Makes a connection of what was accepted, and a member of the connection.
    pub(super) fn join(self: &Arc<Self>, io: Io) -> Arc<Connection> {
        let number = self.lock().members.number();
        let membership = Membership { server: Arc::clone(self), number };
        let connection = Connection::new(io, Some(membership));
        self.lock().members.set(number, &connection);
        connection
    }

    pub(super) fn left(&self, number: u64) {
        let mut state = self.lock();
        state.members.remove(number);
        if state.closed && state.members.len() == 0 {
            self.wake_all(state);
        }
    }
}

pub(super) fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, "the server is closed")
}
