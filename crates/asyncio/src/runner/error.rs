use std::error::Error;
use std::fmt;

/// The main task of a run ended cancelled. asyncio: the `CancelledError` or `KeyboardInterrupt` that `Runner.run` raises.
///
/// ```
/// use asyncio::{Runner, current_task};
///
/// let error = Runner::new()
///     .run(async {
///         current_task().cancel_with("enough");
///         asyncio::sleep(std::time::Duration::ZERO).await
///     })
///     .unwrap_err();
/// assert_eq!((error.message(), error.by_interrupt()), (Some("enough"), false));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelledError {
    message: Option<Box<str>>,
    by_interrupt: bool,
}

impl CancelledError {
    pub(super) fn new(message: Option<&str>, by_interrupt: bool) -> CancelledError {
        CancelledError { message: message.map(Into::into), by_interrupt }
    }

    /// The text that came with the cancellation.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// Whether it was Ctrl-C, and nobody else cancelled main (SIG-5).
    pub fn by_interrupt(&self) -> bool {
        self.by_interrupt
    }
}

impl fmt::Display for CancelledError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.by_interrupt { "interrupted" } else { "the main task was cancelled" })?;
        self.message.as_deref().map_or(Ok(()), |message| write!(f, ": {message}"))
    }
}

impl Error for CancelledError {}
