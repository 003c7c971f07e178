//! What a read that asks for more than "some bytes" can fail with.

use std::error::Error;
use std::fmt;
use std::io;

/// The stream ended before what was asked for was complete.
///
/// asyncio: `IncompleteReadError`.
#[derive(Clone, PartialEq, Eq)]
pub struct IncompleteReadError {
    /// The bytes that came before the end. They are no longer in the reader.
    pub partial: Vec<u8>,
    /// How many bytes were asked for; `None` where a separator was.
    pub expected: Option<usize>,
}

impl fmt::Display for IncompleteReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes read on a total of ", self.partial.len())?;
        match self.expected {
            Some(expected) => write!(f, "{expected} expected bytes"),
            None => f.write_str("undefined expected bytes"),
        }
    }
}

impl fmt::Debug for IncompleteReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IncompleteReadError({self})")
    }
}

impl Error for IncompleteReadError {}

/// A line or a message is longer than the reader's limit.
///
/// asyncio: `LimitOverrunError`.
#[derive(Clone, PartialEq, Eq)]
pub struct LimitOverrunError {
    /// How many bytes at the front of the buffer can be dropped without losing a separator: with
    /// the separator found, those before it; otherwise those that certainly hold none of it.
    pub consumed: usize,
    /// Whether the separator is in the buffer.
    pub found: bool,
}

impl fmt::Display for LimitOverrunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.found {
            "separator is found, but chunk is longer than limit"
        } else {
            "separator is not found, and chunk exceeds the limit"
        })
    }
}

impl fmt::Debug for LimitOverrunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LimitOverrunError({self}, consumed: {})", self.consumed)
    }
}

impl Error for LimitOverrunError {}

/// Why a line, a message or an exact number of bytes could not be read.
///
/// It becomes an [`io::Error`] where `?` wants one: of kind `UnexpectedEof` for the first,
/// `InvalidData` for the second, with the error itself inside.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// The stream ended first.
    Incomplete(IncompleteReadError),
    /// The limit was passed first.
    Limit(LimitOverrunError),
    /// The connection failed, or the call was wrong.
    Io(io::Error),
}

impl ReadError {
    /// The bytes that came, if the stream ended too early.
    pub fn into_partial(self) -> Option<Vec<u8>> {
        match self {
            ReadError::Incomplete(error) => Some(error.partial),
            _ => None,
        }
    }

    /// Whether the stream ended too early.
    pub fn is_incomplete(&self) -> bool {
        matches!(self, ReadError::Incomplete(_))
    }

    /// Whether the limit was passed.
    pub fn is_limit(&self) -> bool {
        matches!(self, ReadError::Limit(_))
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Incomplete(error) => error.fmt(f),
            ReadError::Limit(error) => error.fmt(f),
            ReadError::Io(error) => error.fmt(f),
        }
    }
}

impl Error for ReadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ReadError::Io(error) => error.source(),
            _ => None,
        }
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> ReadError {
        ReadError::Io(error)
    }
}

impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> io::Error {
        match error {
            ReadError::Io(error) => error,
            ReadError::Incomplete(error) => io::Error::new(io::ErrorKind::UnexpectedEof, error),
            ReadError::Limit(error) => io::Error::new(io::ErrorKind::InvalidData, error),
        }
    }
}

/// An I/O error that can be handed out more than once.
#[derive(Clone, Debug)]
pub(crate) enum Kept {
    Os(i32),
    Other(io::ErrorKind, String),
}

impl Kept {
    pub(crate) fn new(error: &io::Error) -> Kept {
        match error.raw_os_error() {
            Some(code) => Kept::Os(code),
            None => Kept::Other(error.kind(), error.to_string()),
        }
    }

    pub(crate) fn get(&self) -> io::Error {
        match self {
            Kept::Os(code) => io::Error::from_raw_os_error(*code),
            Kept::Other(kind, text) => io::Error::new(*kind, text.clone()),
        }
    }
}
