use super::shared::{Shared, closed};
use super::wait::{ServerClosed, Until};
use asyncio_context::catch_cancel;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::panic::Location;
use std::path::Path;
use std::sync::Arc;

/// A server that calls a handler for each connection. Made by
/// [`start_server`](crate::start_server) and [`start_unix_server`](crate::start_unix_server).
///
/// It serves until it is [closed](Server::close) or its loop ends. Dropping this handle does not
/// end it. Connections live on when it is closed; [`wait_closed`](Server::wait_closed) waits for
/// them, [`close_clients`](Server::close_clients) ends them.
///
/// asyncio: `Server`. `sockets` is [`local_addrs`](Server::local_addrs).
pub struct Server {
    pub(super) shared: Arc<Shared>,
}

impl Server {
    /// The address that the server listens on, with the port that was chosen for port 0; the
    /// first if there are several. Known even after the server is closed.
    ///
    /// # Panics
    ///
    /// On a server of a Unix socket, which has a [path](Server::local_path).
    #[track_caller]
    pub fn local_addr(&self) -> SocketAddr {
        match self.shared.addrs.first() {
            Some(addr) => *addr,
            None => panic!("a server of a Unix socket has no internet address"),
        }
    }

    /// The addresses that the server listens on now: none when it is closed.
    pub fn local_addrs(&self) -> Vec<SocketAddr> {
        if self.shared.lock().closed { Vec::new() } else { self.shared.addrs.clone() }
    }

    /// Where a server of a Unix socket listens.
    pub fn local_path(&self) -> Option<&Path> {
        self.shared.path.as_deref()
    }

    /// Whether connections are accepted.
    pub fn is_serving(&self) -> bool {
        self.shared.lock().serving
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.shared.lock().members.len()
    }

    /// Begins to accept, if the server was made with
    /// [`start_serving(false)`](crate::StartServer::start_serving). Again, it does nothing.
    ///
    /// # Errors
    ///
    /// The system's; `NotConnected` if the server is closed.
    pub fn start_serving(&self) -> io::Result<()> {
        self.shared.start()
    }

    /// Accepts connections until it is cancelled or the server is closed. Cancelled, it closes
    /// the server and its connections, after what they still have to send, and waits for their
    /// end before the cancellation goes on: a client that is idle does not keep a program from
    /// ending. To let handlers finish instead, [`close`](Server::close) the server and
    /// [`wait_closed`](Server::wait_closed).
    ///
    /// A difference from asyncio: [`close`](Server::close) from elsewhere ends this with `Ok`,
    /// since nobody was cancelled.
    ///
    /// # Errors
    ///
    /// `NotConnected` if the server is closed already; `ResourceBusy` if somebody else is in
    /// this call; the system's.
    ///
    /// # Cancel safety
    ///
    /// Dropped without a cancellation, it closes the server and waits for nobody.
    #[track_caller]
    pub fn serve_forever(&self) -> impl Future<Output = io::Result<()>> + Send + '_ {
        let at = Location::caller();
        async move {
            {
                let mut state = self.shared.lock();
                if state.closed {
                    return Err(closed());
                }
                if state.awaited {
                    let text = "serve_forever is already being awaited";
                    return Err(io::Error::new(io::ErrorKind::ResourceBusy, text));
                }
                state.awaited = true;
            }
            let _close = CloseOnDrop(&self.shared);
            self.start_serving()?;
            let serving = Until::new(Arc::clone(&self.shared), |state| state.closed, at);
            let token = match catch_cancel(serving).await {
                Ok(()) => return Ok(()),
                Err(token) => token,
            };
            self.close();
            self.close_clients();
            self.wait_closed().await;
            token.propagate().await
        }
    }

    /// Stops accepting at once and closes the listening sockets. Connections live on; new ones
    /// are refused. Again, it does nothing.
    pub fn close(&self) {
        self.shared.close();
    }

    /// Closes every connection after what it still has to send.
    pub fn close_clients(&self) {
        let members = self.shared.lock().members.living();
        for connection in members {
            connection.close();
        }
    }

    /// Ends every connection at once.
    pub fn abort_clients(&self) {
        let members = self.shared.lock().members.living();
        for connection in members {
            connection.abort();
        }
    }

    /// Waits until the server is closed and its last connection has ended, in whichever order.
    ///
    /// A connection has ended when it is closed and flushed, when it is lost, or when its reader
    /// and its writer are dropped.
    ///
    /// # Cancel safety
    ///
    /// It may be awaited again, and by several tasks.
    #[track_caller]
    pub fn wait_closed(&self) -> ServerClosed {
        let over = |state: &super::shared::State| state.closed && state.members.len() == 0;
        ServerClosed(Until::new(Arc::clone(&self.shared), over, Location::caller()))
    }
}

struct CloseOnDrop<'a>(&'a Shared);

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        self.0.close();
        self.0.lock().awaited = false;
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("Server");
        match &self.shared.path {
            Some(path) => f.field("path", path),
            None => f.field("addrs", &self.local_addrs()),
        };
        f.field("serving", &self.is_serving()).field("connections", &self.connections()).finish()
    }
}
