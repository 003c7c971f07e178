use super::body::Body;
use super::error::Error;
use super::pool::{Lease, Origin, Pool, Sender};
use super::response::Response;
use crate::connect::{connect, target};
use asyncio_executor::spawn_hidden;
use http::header::{HOST, HeaderValue};
use http::{Request, Uri};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use std::fmt;
use std::rc::Rc;

/// An HTTP/1 client that keeps its connections.
///
/// Clones share them. It works on one loop, whose tasks it may be shared by; `http://` only, no
/// redirects, no proxy, no cookies. For a time limit wrap the call in `timeout`.
///
/// ```
/// # use asyncio_hyper::{http::Response, serve};
/// # use asyncio_executor::{LocalExecutor, ThreadPark};
/// # use hyper::service::service_fn;
/// use asyncio_hyper::Client;
///
/// # LocalExecutor::new().run_until(async {
/// # let listener = asyncio_net::TcpListener::bind("127.0.0.1:0").await.unwrap();
/// # let server = serve(listener, service_fn(async |_| {
/// #     Ok::<_, std::convert::Infallible>(Response::new("hello".to_string())) }));
/// # let url = format!("http://{}/", server.local_addr());
/// let client = Client::new();
/// let response = client.get(&url).await.unwrap();
/// assert!(response.status().is_success());
/// assert_eq!(response.bytes().await.unwrap(), "hello");
///
/// let error = client.get("http://127.0.0.1:1/").await.unwrap_err();
/// assert!(error.is_connect());
/// # }, &mut ThreadPark::new()).unwrap();
/// ```
#[derive(Clone)]
pub struct Client {
    pool: Rc<Pool>,
}

impl Client {
    /// A client that keeps up to 64 idle connections to each host.
    pub fn new() -> Client {
        Client::with_max_idle(64)
    }

    /// A client that keeps up to `max_idle` idle connections to each host. With zero, each
    /// request has a connection of its own.
    pub fn with_max_idle(max_idle: usize) -> Client {
        Client { pool: Pool::new(max_idle) }
    }

    /// Fetches `url`.
    ///
    /// # Errors
    ///
    /// See [`Error`]. A status of 404 or 500 is a response, no error.
    ///
    /// # Cancel safety
    ///
    /// The connection is closed.
    pub fn get(&self, url: &str) -> impl Future<Output = Result<Response, Error>> + use<> {
        let request = url
            .parse::<Uri>()
            .map(|uri| {
                let mut request = Request::new(Full::default());
                *request.uri_mut() = uri;
                request
            })
            .map_err(|error| Error::url(url, error));
        let client = self.clone();
        async move { client.request(request?).await }
    }

    /// Sends `request`, whose URI is the whole URL.
    ///
    /// A kept connection that turns out to be closed before anything was sent is replaced by a
    /// new one.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    ///
    /// # Panics
    ///
    /// Where there is no loop and no executor installed.
    ///
    /// # Cancel safety
    ///
    /// The connection is closed; whether the server has seen the request is not known.
    pub async fn request(&self, mut request: Request<Full<Bytes>>) -> Result<Response, Error> {
        let url = request.uri().clone();
        let origin = target(&url).map_err(|error| Error::url(&url, error))?;
        prepare(&mut request, &url).map_err(|error| Error::url(&url, error))?;
        loop {
            let (mut sender, kept) = match self.pool.take(&origin) {
                Some(sender) => (sender, true),
                None => (self.open(&url).await?, false),
            };
            match sender.try_send_request(request).await {
                Ok(response) => return Ok(self.respond(response, sender, origin, url)),
                Err(mut refused) => match refused.take_message() {
                    Some(unsent) if kept => request = unsent,
                    _ => return Err(Error::http(&url, refused.into_error())),
                },
            }
        }
    }

    async fn open(&self, url: &Uri) -> Result<Sender, Error> {
        let io = connect(url).await.map_err(|error| Error::connect(url, error))?;
        let (sender, connection) =
            http1::handshake(io).await.map_err(|error| Error::http(url, error))?;
        // Its failure is the failure of the request that it was for.
        spawn_hidden(async move { drop(connection.await) });
        Ok(sender)
    }

    fn respond(
        &self,
        response: http::Response<hyper::body::Incoming>,
        sender: Sender,
        origin: Origin,
        url: Uri,
    ) -> Response {
        let lease = Lease { sender, origin, pool: Rc::downgrade(&self.pool) };
        Response::new(response.map(|incoming| Body::new(incoming, lease)), url)
    }
}

/// What HTTP/1 wants on the wire: the host in a header, the path alone in the first line.
fn prepare(request: &mut Request<Full<Bytes>>, url: &Uri) -> Result<(), http::Error> {
    if !request.headers().contains_key(HOST) {
        let host = url.host().unwrap_or_default();
        let value = match url.port_u16() {
            Some(port) if port != 80 => HeaderValue::try_from(format!("{host}:{port}"))?,
            _ => HeaderValue::try_from(host)?,
        };
        request.headers_mut().insert(HOST, value);
    }
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = Uri::try_from(path)?;
    Ok(())
}

impl Default for Client {
    fn default() -> Client {
        Client::new()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}
