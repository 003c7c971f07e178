use super::accept::Acceptor;
use super::connection::Serving;
use super::shared::Shared;
use crate::LoopTimer;
use asyncio_context::with_cleanup;
use asyncio_executor::spawn_hidden;
use asyncio_net::TcpListener;
use asyncio_reactor::sleep;
use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

/// Serves HTTP/1 at `listener` with `service`, each connection a task of this loop.
///
/// The service is hyper's: [`hyper::service::service_fn`] makes one of a function. Its error, its
/// panic and the failure of a response's body are reported with the peer's address and end that
/// connection; what peers do wrong is answered or ends their connection, silently.
///
/// # Panics
///
/// Where there is no loop and no executor installed.
///
/// ```
/// use asyncio_hyper::{Client, http::Response, serve};
/// use asyncio_net::TcpListener;
/// # use asyncio_executor::{LocalExecutor, ThreadPark};
/// use hyper::service::service_fn;
/// use std::convert::Infallible;
/// use std::time::Duration;
///
/// # LocalExecutor::new().run_until(async {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let server = serve(
///     listener,
///     service_fn(async |request| {
///         # let request: http::Request<hyper::body::Incoming> = request;
///         Ok::<_, Infallible>(Response::new(format!("you asked for {}", request.uri().path())))
///     }),
/// );
///
/// let url = format!("http://{}/this", server.local_addr());
/// let response = Client::new().get(&url).await.unwrap();
/// assert_eq!(response.status(), 200);
/// assert_eq!(response.text().await.unwrap(), "you asked for /this");
///
/// let stopped = server.stop(Duration::from_secs(5)).await;
/// assert_eq!(stopped.aborted, 0);
/// # std::io::Result::Ok(()) }, &mut ThreadPark::new()).unwrap().unwrap();
/// ```
pub fn serve<S, B>(listener: TcpListener, service: S) -> HttpServer
where
    S: Service<Request<Incoming>, Response = Response<B>> + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    HttpServer::builder().serve(listener, service)
}

/// How a server is to be. Made by [`HttpServer::builder`].
#[derive(Clone, Debug)]
pub struct ServerBuilder {
    http: http1::Builder,
    header_read_timeout: Option<Duration>,
    grace: Duration,
}

impl ServerBuilder {
    /// How long a client may take to send the head of a request; 30 s unless given. `None` waits
    /// for ever, and saves a timer per request.
    #[must_use]
    pub fn header_read_timeout(mut self, timeout: Option<Duration>) -> ServerBuilder {
        self.header_read_timeout = timeout;
        self
    }

    /// Whether a connection serves several requests; true unless given.
    #[must_use]
    pub fn keep_alive(mut self, keep_alive: bool) -> ServerBuilder {
        self.http.keep_alive(keep_alive);
        self
    }

    /// How long a cancelled [`serve_forever`](HttpServer::serve_forever) waits for requests under
    /// way; 5 s unless given.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> ServerBuilder {
        self.grace = grace;
        self
    }

    /// hyper's own options.
    #[must_use]
    pub fn http(mut self, set: impl FnOnce(&mut http1::Builder)) -> ServerBuilder {
        set(&mut self.http);
        self
    }

    /// Begins to serve; see [`serve`].
    ///
    /// # Panics
    ///
    /// Where there is no loop and no executor installed.
    pub fn serve<S, B>(mut self, listener: TcpListener, service: S) -> HttpServer
    where
        S: Service<Request<Incoming>, Response = Response<B>> + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        B: Body + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        self.http.timer(LoopTimer).header_read_timeout(self.header_read_timeout);
        // Accepted connections inherit it on Linux: no call for each.
        let _ = socket2::SockRef::from(&listener).set_tcp_nodelay(true);
        let local_addr = listener.local_addr();
        let shared = Shared::new(listener);
        let serving = Serving { service: Rc::new(service), http: self.http };
        spawn_hidden(Acceptor::new(Rc::clone(&shared), serving));
        let local_addr = local_addr.unwrap_or_else(|_| ([0, 0, 0, 0], 0).into());
        HttpServer { shared, local_addr, grace: self.grace }
    }
}

/// A server that runs. Made by [`serve`].
///
/// Dropping it does not stop the server, which then runs until its loop ends.
pub struct HttpServer {
    shared: Rc<Shared>,
    local_addr: SocketAddr,
    grace: Duration,
}

/// How a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stopped {
    /// Connections that were not done at the deadline, and were cancelled.
    pub aborted: usize,
}

impl HttpServer {
    /// Options for a server.
    pub fn builder() -> ServerBuilder {
        ServerBuilder {
            http: http1::Builder::new(),
            header_read_timeout: Some(Duration::from_secs(30)),
            grace: Duration::from_secs(5),
        }
    }

    /// The address that is listened on.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.shared.len()
    }

    /// Stops without losing a request: closes the listener, ends connections that are idle,
    /// lets the others finish the request they have, and after `grace` cancels those that are
    /// left.
    ///
    /// # Cancel safety
    ///
    /// The server is stopping then, without a deadline; calling this again sets one.
    pub async fn stop(&self, grace: Duration) -> Stopped {
        self.shared.stop();
        let mut deadline = pin!(sleep(grace));
        let drained = poll_fn(|cx| {
            if self.shared.poll_until(cx, |shared| shared.len() == 0).is_ready() {
                return Poll::Ready(true);
            }
            deadline.as_mut().poll(cx).map(|()| false)
        });
        if drained.await {
            return Stopped { aborted: 0 };
        }
        let aborted = self.shared.abort();
        poll_fn(|cx| self.shared.poll_until(cx, |shared| shared.len() == 0)).await;
        Stopped { aborted }
    }

    /// Serves until this is cancelled, and then [stops](HttpServer::stop) with the builder's
    /// [`grace`](ServerBuilder::grace) before the cancellation goes on; or until somebody else
    /// has stopped the server.
    pub async fn serve_forever(&self) {
        let stopped = poll_fn(|cx| {
            self.shared.poll_until(cx, |shared| shared.is_stopping() && shared.len() == 0)
        });
        with_cleanup(stopped, async || {
            self.stop(self.grace).await;
        })
        .await;
    }
}

impl fmt::Debug for HttpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpServer")
            .field("local_addr", &self.local_addr)
            .field("connections", &self.connections())
            .finish()
    }
}
