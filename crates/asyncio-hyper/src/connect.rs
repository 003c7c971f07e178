use crate::SocketIo;
use asyncio_net::TcpStream;
use http::Uri;
use std::io;

/// Connects to the host of an `http://` URI: looks the name up, tries its addresses in turn.
///
/// # Errors
///
/// `InvalidInput` for a URI without a host, `Unsupported` for another scheme; as
/// [`TcpStream::connect`].
///
/// ```
/// # use asyncio_net::TcpListener;
/// # futures_lite::future::block_on(async {
/// # let listener = TcpListener::bind("127.0.0.1:0").await?;
/// # let url = format!("http://{}/", listener.local_addr()?);
/// let io = asyncio_hyper::connect(&url.parse().unwrap()).await?;
/// assert!(io.get_ref().nodelay()?);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub fn connect(uri: &Uri) -> impl Future<Output = io::Result<SocketIo<TcpStream>>> + Send + use<> {
    let target = target(uri);
    async move {
        let (host, port) = target?;
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        Ok(SocketIo::new(stream))
    }
}

/// Host and port of a URI that this crate can fetch.
pub(crate) fn target(uri: &Uri) -> io::Result<(String, u16)> {
    let fail = |kind, text: &str| Err(io::Error::new(kind, format!("{text}: {uri}")));
    match uri.scheme_str() {
        Some("http") => {}
        Some(_) => return fail(io::ErrorKind::Unsupported, "only http:// is supported"),
        None => return fail(io::ErrorKind::InvalidInput, "no http:// in"),
    }
    match uri.host() {
        Some(host) if !host.is_empty() => Ok((host.to_owned(), uri.port_u16().unwrap_or(80))),
        _ => fail(io::ErrorKind::InvalidInput, "no host in"),
    }
}
