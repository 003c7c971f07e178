//! Failures that nobody can be handed: a panic nobody read, a callback that panicked.
//!
//! asyncio: `loop.call_exception_handler` and its context dictionary.

use crate::{JoinError, TaskRef};
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::rc::Rc;

/// How bad a [`Report`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Level {
    /// Something failed.
    Error,
    /// Nothing failed yet: a slow poll, a task that is dropped.
    Warning,
}

/// What is known of a failure.
#[non_exhaustive]
pub struct Report {
    /// What happened, in a sentence without a full stop.
    pub message: String,
    /// How bad it is.
    pub level: Level,
    /// The failure itself.
    pub error: Option<Box<dyn std::error::Error + Send + Sync>>,
    /// The task it happened in.
    pub task: Option<TaskRef>,
    /// The line that made the task or the callback.
    pub location: Option<&'static Location<'static>>,
}

impl Report {
    /// A report of `message` alone.
    pub fn new(message: impl Into<String>) -> Report {
        let message = message.into();
        Report { message, level: Level::Error, error: None, task: None, location: None }
    }

    /// A report of something that works, and that somebody should know of all the same.
    pub fn warning(message: impl Into<String>) -> Report {
        Report { level: Level::Warning, ..Report::new(message) }
    }

    /// Adds the failure.
    #[must_use]
    pub fn error(mut self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Report {
        self.error = Some(error.into());
        self
    }

    /// Adds the task, and its spawn location.
    #[must_use]
    pub fn task(mut self, task: TaskRef) -> Report {
        self.location = Some(task.location());
        self.task = Some(task);
        self
    }

    /// Adds a location.
    #[must_use]
    pub fn location(mut self, at: &'static Location<'static>) -> Report {
        self.location = Some(at);
        self
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(task) = &self.task {
            write!(f, "\n  task: {}", task.name())?;
        }
        if let Some(at) = self.location {
            write!(f, "\n  made at: {at}")?;
        }
        if let Some(error) = &self.error {
            write!(f, "\n  error: {error}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

type Handler = Rc<dyn Fn(Report)>;

thread_local! {
    static HANDLER: RefCell<Option<Handler>> = const { RefCell::new(None) };
}

/// Makes `handler` receive this thread's reports until the guard is dropped. A loop enters its
/// exception handler for its turn.
pub fn enter_handler(handler: Rc<dyn Fn(Report)>) -> HandlerGuard {
    // A loop that is dropped while its thread ends finds no handlers any more, and closes all the same.
    let before = HANDLER.try_with(|current| current.replace(Some(handler)));
    HandlerGuard { before: before.ok().flatten(), not_send: PhantomData }
}

/// Restores the former handler when dropped.
pub struct HandlerGuard {
    before: Option<Handler>,
    not_send: PhantomData<*const ()>,
}

impl Drop for HandlerGuard {
    fn drop(&mut self) {
        let _ = HANDLER.try_with(|handler| handler.replace(self.before.take()));
    }
}

impl fmt::Debug for HandlerGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandlerGuard")
    }
}

/// Hands a failure to this thread's handler, or to standard error where there is none.
///
/// Never panics: what a handler panics with is told to the panic hook, as all panics are, and ends
/// here, for those who report stand amid work that must be finished.
pub fn report(report: Report) {
    // Cloned out of the cell: the handler is user code and may install another.
    let handler = HANDLER.try_with(|handler| handler.borrow().clone()).ok().flatten();
    // The text of an error is the user's code, too, as are the destructors of all of these.
    let told = move || match handler {
        Some(handler) => handler(report),
        None => eprintln!("asyncio: {report}"),
    };
    if let Err(payload) = catch_unwind(AssertUnwindSafe(told))
        && let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload)))
    {
        mem::forget(again);
    }
}

/// Reports a failure of `task` that nobody has read and nobody can read any more.
pub fn never_retrieved(task: TaskRef, error: JoinError) {
    if error.is_panic() {
        report(Report::new("task panic was never retrieved").error(error).task(task));
    }
}
