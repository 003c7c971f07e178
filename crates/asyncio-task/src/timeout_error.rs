use std::error::Error;
use std::fmt;
use std::io;

/// The time was over before the work was done.
///
/// asyncio: `TimeoutError`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeoutError(());

impl TimeoutError {
    pub(crate) fn new() -> TimeoutError {
        TimeoutError(())
    }
}

impl fmt::Display for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("timed out")
    }
}

impl fmt::Debug for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TimeoutError")
    }
}

impl Error for TimeoutError {}

/// [`TimedOut`](io::ErrorKind::TimedOut): for functions that return an I/O error.
impl From<TimeoutError> for io::Error {
    fn from(error: TimeoutError) -> io::Error {
        io::Error::new(io::ErrorKind::TimedOut, error)
    }
}
