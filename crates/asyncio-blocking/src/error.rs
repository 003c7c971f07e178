use std::any::Any;
use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Mutex;

/// Why a blocking call has no value: it panicked, or it was never made.
///
/// asyncio: what awaiting the future of an executor raises.
pub struct CallError {
    repr: Repr,
}

enum Repr {
    // The mutex makes the error `Sync` for a payload that is only `Send`.
    Panic(Mutex<Box<dyn Any + Send>>),
    Refused(Refusal),
}

/// Why a pool did not make a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Cancelled while it was queued.
    Cancelled,
    /// The pool was shut down before.
    ShutDown,
    /// The pool's initializer failed.
    Broken,
    /// There was no thread, and none could be started.
    NoThread { kind: io::ErrorKind, os: Option<i32> },
}

impl Refusal {
    pub(crate) fn no_thread(error: &io::Error) -> Refusal {
        Refusal::NoThread { kind: error.kind(), os: error.raw_os_error() }
    }
}

impl CallError {
    pub(crate) fn panic(payload: Box<dyn Any + Send>) -> CallError {
        CallError { repr: Repr::Panic(Mutex::new(payload)) }
    }

    pub(crate) fn refused(why: Refusal) -> CallError {
        CallError { repr: Repr::Refused(why) }
    }

    fn refusal(&self) -> Option<Refusal> {
        match &self.repr {
            Repr::Panic(_) => None,
            Repr::Refused(why) => Some(*why),
        }
    }

    /// Whether the function panicked.
    pub fn is_panic(&self) -> bool {
        matches!(self.repr, Repr::Panic(_))
    }

    /// Whether the call was cancelled before the function began.
    pub fn is_cancelled(&self) -> bool {
        self.refusal() == Some(Refusal::Cancelled)
    }

    /// Whether the pool took no calls any more.
    pub fn is_shut_down(&self) -> bool {
        self.refusal() == Some(Refusal::ShutDown)
    }

    /// Whether the pool is of no use because its initializer panicked. asyncio:
    /// `BrokenThreadPool`.
    pub fn is_broken(&self) -> bool {
        self.refusal() == Some(Refusal::Broken)
    }

    /// The error of the operating system, if the pool had no thread and none could be started.
    pub fn spawn_error(&self) -> Option<io::Error> {
        match self.refusal()? {
            Refusal::NoThread { os: Some(code), .. } => Some(io::Error::from_raw_os_error(code)),
            Refusal::NoThread { kind, os: None } => Some(kind.into()),
            _ => None,
        }
    }

    /// What the function panicked with, to be passed on by [`std::panic::resume_unwind`].
    ///
    /// # Panics
    ///
    /// If it did not panic: see [`is_panic`](CallError::is_panic).
    #[track_caller]
    pub fn into_panic(self) -> Box<dyn Any + Send> {
        match self.try_into_panic() {
            Ok(payload) => payload,
            Err(error) => panic!("into_panic on the error of a call that did not panic: {error}"),
        }
    }

    /// What the function panicked with.
    ///
    /// # Errors
    ///
    /// Gives the error back if it did not panic.
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send>, CallError> {
        match self.repr {
            Repr::Panic(payload) => Ok(payload.into_inner().unwrap_or_else(|e| e.into_inner())),
            repr => Err(CallError { repr }),
        }
    }
}

/// The text of a panic's payload, where it is one.
fn panic_text(payload: &(dyn Any + Send)) -> Option<&str> {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.repr {
            Repr::Panic(payload) => {
                let payload = payload.lock().unwrap_or_else(|e| e.into_inner());
                match panic_text(&**payload) {
                    Some(text) => write!(f, "the function panicked: {text}"),
                    None => f.write_str("the function panicked"),
                }
            }
            Repr::Refused(Refusal::Cancelled) => f.write_str("the call was cancelled"),
            Repr::Refused(Refusal::ShutDown) => f.write_str("the executor was shut down"),
            Repr::Refused(Refusal::Broken) => f.write_str("the executor's initializer failed"),
            Repr::Refused(Refusal::NoThread { .. }) => match self.spawn_error() {
                Some(error) => write!(f, "no thread could be started: {error}"),
                None => f.write_str("no thread could be started"),
            },
        }
    }
}

impl fmt::Debug for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallError({self})")
    }
}

impl Error for CallError {}

impl From<CallError> for io::Error {
    fn from(error: CallError) -> io::Error {
        match error.spawn_error() {
            Some(error) => error,
            None => io::Error::other(error),
        }
    }
}

/// Why a function was not taken without waiting. It is handed back.
pub enum TrySubmitError<F> {
    /// The queue has no room.
    Full(F),
    /// The executor was shut down, or its initializer failed.
    ShutDown(F),
}

impl<F> TrySubmitError<F> {
    /// The function.
    pub fn into_inner(self) -> F {
        match self {
            TrySubmitError::Full(f) | TrySubmitError::ShutDown(f) => f,
        }
    }

    /// Whether there was no room.
    pub fn is_full(&self) -> bool {
        matches!(self, TrySubmitError::Full(_))
    }
}

impl<F> fmt::Display for TrySubmitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TrySubmitError::Full(_) => "the executor's queue is full",
            TrySubmitError::ShutDown(_) => "the executor was shut down",
        })
    }
}

impl<F> fmt::Debug for TrySubmitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_full() { "Full(..)" } else { "ShutDown(..)" })
    }
}

impl<F> Error for TrySubmitError<F> {}

/// The threads of an executor had not all ended when the deadline came. They go on, and end when
/// their functions return.
#[derive(Debug)]
pub struct ShutdownTimeoutError {
    pub(crate) workers: usize,
}

impl ShutdownTimeoutError {
    /// How many threads were still there.
    pub fn workers(&self) -> usize {
        self.workers
    }
}

impl fmt::Display for ShutdownTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} threads of the executor did not end in time", self.workers)
    }
}

impl Error for ShutdownTimeoutError {}
