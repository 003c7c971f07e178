use std::error::Error as StdError;
use std::fmt;
use std::io;

/// Why there is no response, or not all of it.
pub struct Error {
    repr: Box<Repr>,
}

struct Repr {
    url: String,
    kind: Kind,
}

enum Kind {
    Url(Box<dyn StdError + Send + Sync>),
    Connect(io::Error),
    Http(hyper::Error),
    TooLarge(usize),
}

impl Error {
    fn new(url: impl fmt::Display, kind: Kind) -> Error {
        Error { repr: Box::new(Repr { url: url.to_string(), kind }) }
    }

    pub(crate) fn url(
        url: impl fmt::Display,
        why: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Error {
        Error::new(url, Kind::Url(why.into()))
    }

    pub(crate) fn connect(url: impl fmt::Display, error: io::Error) -> Error {
        Error::new(url, Kind::Connect(error))
    }

    pub(crate) fn http(url: impl fmt::Display, error: hyper::Error) -> Error {
        Error::new(url, Kind::Http(error))
    }

    pub(crate) fn too_large(url: impl fmt::Display, limit: usize) -> Error {
        Error::new(url, Kind::TooLarge(limit))
    }

    /// Whether the URL cannot be fetched by this client.
    pub fn is_url(&self) -> bool {
        matches!(self.repr.kind, Kind::Url(_))
    }

    /// Whether no connection was made: the name is unknown, the connection was refused.
    pub fn is_connect(&self) -> bool {
        matches!(self.repr.kind, Kind::Connect(_))
    }

    /// Whether the peer ended the connection before the response was complete.
    pub fn is_incomplete(&self) -> bool {
        let Kind::Http(error) = &self.repr.kind else { return false };
        error.is_incomplete_message()
            || self.io_error().is_some_and(|e| e.kind() == io::ErrorKind::UnexpectedEof)
    }

    /// Whether the peer sent something that is not HTTP.
    pub fn is_parse(&self) -> bool {
        matches!(&self.repr.kind, Kind::Http(error) if error.is_parse())
    }

    /// Whether the body is larger than was allowed.
    pub fn is_too_large(&self) -> bool {
        matches!(self.repr.kind, Kind::TooLarge(_))
    }

    /// What the system said, if it was it.
    pub fn io_error(&self) -> Option<&io::Error> {
        let mut next: Option<&(dyn StdError + 'static)> = self.source();
        while let Some(error) = next {
            if let Some(error) = error.downcast_ref() {
                return Some(error);
            }
            next = error.source();
        }
        None
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Repr { url, kind } = &*self.repr;
        match kind {
            Kind::Url(why) => write!(f, "{url:?} cannot be fetched: {why}"),
            Kind::Connect(error) => write!(f, "{url}: {error}"),
            Kind::Http(error) => match error.source() {
                Some(source) => write!(f, "{url}: {error}: {source}"),
                None => write!(f, "{url}: {error}"),
            },
            Kind::TooLarge(limit) => write!(f, "{url}: the body is larger than {limit} bytes"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({self})")
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.repr.kind {
            Kind::Url(why) => Some(&**why),
            Kind::Connect(error) => Some(error),
            Kind::Http(error) => Some(error),
            Kind::TooLarge(_) => None,
        }
    }
}
