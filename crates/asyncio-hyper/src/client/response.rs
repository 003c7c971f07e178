use super::body::Body;
use super::error::Error;
use http::{HeaderMap, StatusCode, Uri, Version};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Bytes};
use std::future::poll_fn;

/// A response: its head is here, its body comes in as it is read.
#[derive(Debug)]
pub struct Response {
    response: http::Response<Body>,
    url: Uri,
}

impl Response {
    pub(super) fn new(response: http::Response<Body>, url: Uri) -> Response {
        Response { response, url }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// HTTP/1.0 or HTTP/1.1.
    pub fn version(&self) -> Version {
        self.response.version()
    }

    /// Where it is from.
    pub fn url(&self) -> &Uri {
        &self.url
    }

    /// The length of the body, if the head tells.
    pub fn content_length(&self) -> Option<u64> {
        self.response.body().size_hint().exact()
    }

    /// The next piece of the body; `None` after the last.
    ///
    /// # Errors
    ///
    /// The connection ended or failed before the body did.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let body = self.response.body_mut();
        while let Some(frame) = body.frame().await {
            // Trailers are the only other kind.
            if let Ok(data) = frame.map_err(|e| Error::http(&self.url, e))?.into_data() {
                return Ok(Some(data));
            }
        }
        poll_fn(|cx| self.response.body_mut().poll_return(cx)).await;
        Ok(None)
    }

    /// The whole body.
    ///
    /// # Errors
    ///
    /// The connection ended or failed before the body did.
    pub async fn bytes(self) -> Result<Bytes, Error> {
        self.bytes_up_to(usize::MAX).await
    }

    /// The whole body, if it is not larger than `limit` bytes.
    ///
    /// # Errors
    ///
    /// [`Error::is_too_large`], as soon as that is known; otherwise as [`bytes`](Self::bytes).
    pub async fn bytes_up_to(mut self, limit: usize) -> Result<Bytes, Error> {
        if self.content_length().is_some_and(|len| len > limit as u64) {
            return Err(Error::too_large(&self.url, limit));
        }
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        let mut all = Vec::new();
        let mut next = Some(first);
        while let Some(chunk) = next.take() {
            if chunk.len() > limit - all.len() {
                return Err(Error::too_large(&self.url, limit));
            }
            next = self.chunk().await?;
            // Most bodies are one piece, and need no copy.
            if next.is_none() && all.is_empty() {
                return Ok(chunk);
            }
            all.extend_from_slice(&chunk);
        }
        Ok(all.into())
    }

    /// The whole body as text. Bytes that are not UTF-8 become U+FFFD.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes).
    pub async fn text(self) -> Result<String, Error> {
        let bytes = self.bytes().await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The response as `http` and `http-body` know it.
    pub fn into_http(self) -> http::Response<Body> {
        self.response
    }
}
