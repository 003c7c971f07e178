use crate::TaskRef;
use std::any::Any;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Mutex;

/// The text that goes with a cancellation.
pub type Message = Cow<'static, str>;

/// Why an awaited task has no value: it was cancelled, or it panicked.
///
/// asyncio: what `await task` raises when the task did not return.
pub struct JoinError {
    // One word: a task's result is no larger for the error that it nearly never is.
    inner: Box<Inner>,
}

struct Inner {
    task: Box<str>,
    repr: Repr,
}

enum Repr {
    Cancelled(Option<Message>),
    // The mutex makes the error `Sync` for a payload that is only `Send`.
    Panic(Mutex<Box<dyn Any + Send>>),
}

impl JoinError {
    #[cold]
    fn new(task: Box<str>, repr: Repr) -> JoinError {
        JoinError { inner: Box::new(Inner { task, repr }) }
    }

    /// The error of this task, which ended cancelled, as its record says from here on.
    pub fn cancelled(task: &TaskRef, message: Option<Message>) -> JoinError {
        task.record().mailbox().note_cancelled();
        JoinError::new(task.name().into(), Repr::Cancelled(message))
    }

    /// The error of the task with this name, which panicked.
    pub fn panic(task: &TaskRef, payload: Box<dyn Any + Send>) -> JoinError {
        JoinError::new(task.name().into(), Repr::Panic(Mutex::new(payload)))
    }

    /// Whether the task was cancelled.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.inner.repr, Repr::Cancelled(_))
    }

    /// Whether the task panicked.
    pub fn is_panic(&self) -> bool {
        matches!(self.inner.repr, Repr::Panic(_))
    }

    /// The name of the task.
    pub fn task_name(&self) -> &str {
        &self.inner.task
    }

    /// The text the task was cancelled with.
    pub fn message(&self) -> Option<&str> {
        match &self.inner.repr {
            Repr::Cancelled(message) => message.as_deref(),
            Repr::Panic(_) => None,
        }
    }

    /// What the task panicked with, to be passed on by [`std::panic::resume_unwind`].
    ///
    /// # Panics
    ///
    /// If the task did not panic: see [`is_panic`](JoinError::is_panic).
    #[track_caller]
    pub fn into_panic(self) -> Box<dyn Any + Send> {
        match self.try_into_panic() {
            Ok(payload) => payload,
            Err(_) => panic!("into_panic on the error of a task that was cancelled"),
        }
    }

    /// What the task panicked with.
    ///
    /// # Errors
    ///
    /// Gives the error back if the task was cancelled.
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send>, JoinError> {
        let inner = *self.inner;
        match inner.repr {
            Repr::Panic(payload) => Ok(payload.into_inner().unwrap_or_else(|e| e.into_inner())),
            repr => Err(JoinError::new(inner.task, repr)),
        }
    }
}

/// The text of a panic's payload, where it is one.
pub fn panic_text(payload: &(dyn Any + Send)) -> Option<&str> {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inner.repr {
            Repr::Cancelled(None) => write!(f, "task {:?} was cancelled", self.inner.task),
            Repr::Cancelled(Some(message)) => {
                write!(f, "task {:?} was cancelled: {message}", self.inner.task)
            }
            Repr::Panic(payload) => {
                let payload = payload.lock().unwrap_or_else(|e| e.into_inner());
                match panic_text(&**payload) {
                    Some(text) => write!(f, "task {:?} panicked: {text}", self.inner.task),
                    None => write!(f, "task {:?} panicked", self.inner.task),
                }
            }
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JoinError({self})")
    }
}

impl Error for JoinError {}
