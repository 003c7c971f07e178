use asyncio_context::{JoinError, Message};
use std::error::Error;
use std::fmt;

/// Why a child of a group has no value.
///
/// The failure itself is in the group's [`ExceptionGroup`](crate::ExceptionGroup); this is what
/// those see who wait for the child, with the failure's text.
#[derive(Clone)]
pub struct ChildError {
    task: Box<str>,
    reason: Reason,
}

#[derive(Clone)]
enum Reason {
    Cancelled(Option<Message>),
    Failed(Box<str>),
    Panicked(Box<str>),
    Pending,
    Taken,
}

impl ChildError {
    fn new(task: &str, reason: Reason) -> ChildError {
        ChildError { task: task.into(), reason }
    }

    pub(super) fn pending(task: &str) -> ChildError {
        ChildError::new(task, Reason::Pending)
    }

    pub(super) fn taken(task: &str) -> ChildError {
        ChildError::new(task, Reason::Taken)
    }

    pub(super) fn failed(task: &str, error: &dyn Error) -> ChildError {
        ChildError::new(task, Reason::Failed(error.to_string().into()))
    }

    pub(super) fn cancelled(task: &str) -> ChildError {
        ChildError::new(task, Reason::Cancelled(None))
    }

    pub(super) fn joined(error: &JoinError) -> ChildError {
        let reason = match error.is_cancelled() {
            true => Reason::Cancelled(error.message().map(|m| m.to_owned().into())),
            false => Reason::Panicked(error.to_string().into()),
        };
        ChildError::new(error.task_name(), reason)
    }

    /// The name of the child.
    pub fn task_name(&self) -> &str {
        &self.task
    }

    /// Whether the child was cancelled.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.reason, Reason::Cancelled(_))
    }

    /// Whether the child returned an error.
    pub fn is_failed(&self) -> bool {
        matches!(self.reason, Reason::Failed(_))
    }

    /// Whether the child panicked.
    pub fn is_panic(&self) -> bool {
        matches!(self.reason, Reason::Panicked(_))
    }

    /// Whether the child is not over yet. asyncio: `InvalidStateError`.
    pub fn is_pending(&self) -> bool {
        matches!(self.reason, Reason::Pending)
    }
}

impl fmt::Display for ChildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let task = &self.task;
        match &self.reason {
            Reason::Cancelled(None) => write!(f, "task {task:?} was cancelled"),
            Reason::Cancelled(Some(message)) => write!(f, "task {task:?} was cancelled: {message}"),
            Reason::Failed(text) => write!(f, "task {task:?} failed: {text}"),
            Reason::Panicked(text) => f.write_str(text),
            Reason::Pending => write!(f, "task {task:?} is not over"),
            Reason::Taken => write!(f, "the value of task {task:?} was taken already"),
        }
    }
}

impl fmt::Debug for ChildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChildError({self})")
    }
}

impl Error for ChildError {}
