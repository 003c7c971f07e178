use asyncio_context::Message;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// Why a [`Deferred`](crate::Deferred) has no value.
#[derive(Clone)]
pub struct DeferredError(pub(super) Reason);

#[derive(Clone)]
pub(super) enum Reason {
    Cancelled(Option<Message>),
    Exception(Arc<dyn Error + Send + Sync>),
}

impl DeferredError {
    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.0, Reason::Cancelled(_))
    }

    /// The error that was set: the same one for every reader.
    pub fn exception(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        match &self.0 {
            Reason::Exception(error) => Some(&**error),
            Reason::Cancelled(_) => None,
        }
    }
}

impl fmt::Display for DeferredError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::Cancelled(None) => f.write_str("the awaited value was cancelled"),
            Reason::Cancelled(Some(message)) => {
                write!(f, "the awaited value was cancelled: {message}")
            }
            Reason::Exception(error) => error.fmt(f),
        }
    }
}

impl fmt::Debug for DeferredError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeferredError({self})")
    }
}

impl Error for DeferredError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.exception().and_then(|error| error.source())
    }
}
