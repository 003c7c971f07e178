use super::{SharedTask, Task};
use crate::spawn::{create_task_with, spawn_with};
use asyncio_context::Context;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::ptr::NonNull;

/// A task to be, with its particulars. Made by [`Task::builder`].
///
/// ```
/// use asyncio_executor::{LocalExecutor, Task, ThreadPark};
///
/// LocalExecutor::new().run_until(async {
///     let task = Task::builder().name("answer").spawn(async { 42 });
///     assert_eq!(task.name(), "answer");
///     assert_eq!(task.await.unwrap(), 42);
/// }, &mut ThreadPark::new()).unwrap();
/// ```
#[derive(Debug, Default)]
#[must_use = "a builder makes nothing until `spawn` is called"]
pub struct Builder<R = Quiet> {
    name: Option<Cow<'static, str>>,
    context: Option<Context>,
    eager: Option<bool>,
    kind: std::marker::PhantomData<R>,
}

/// An unread `Err` is no failure.
#[derive(Debug, Default)]
pub struct Quiet(());

/// An unread `Err` is reported.
#[derive(Debug, Default)]
pub struct Reported(());

impl Builder {
    pub(super) fn new() -> Builder {
        Builder::default()
    }

    /// A result of the task that is an `Err` and that nobody reads is reported, as an unread panic
    /// always is (EXE-13).
    pub fn reported(self) -> Builder<Reported> {
        let Builder { name, context, eager, .. } = self;
        Builder { name, context, eager, kind: std::marker::PhantomData }
    }

    /// Makes the task, as [`create_task`](crate::create_task).
    ///
    /// # Panics
    ///
    /// As [`create_task`](crate::create_task).
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> Task<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.local(future, Location::caller())
    }

    /// Makes a shared task, as [`spawn`](crate::spawn).
    ///
    /// # Panics
    ///
    /// As [`spawn`](crate::spawn).
    #[track_caller]
    pub fn spawn_shared<F>(self, future: F) -> SharedTask<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.shared(future, Location::caller())
    }
}

impl Builder<Reported> {
    /// Makes the task, as [`create_task`](crate::create_task).
    ///
    /// # Panics
    ///
    /// As [`create_task`](crate::create_task).
    #[track_caller]
    pub fn spawn<F, T, E>(self, future: F) -> Task<Result<T, E>>
    where
        F: Future<Output = Result<T, E>> + 'static,
        T: 'static,
        E: fmt::Display + 'static,
    {
        let task = self.local(future, Location::caller());
        task.set_unread(unread::<T, E>);
        task
    }

    /// Makes a shared task, as [`spawn`](crate::spawn).
    ///
    /// # Panics
    ///
    /// As [`spawn`](crate::spawn).
    #[track_caller]
    pub fn spawn_shared<F, T, E>(self, future: F) -> SharedTask<Result<T, E>>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: fmt::Display + Send + 'static,
    {
        let task = self.shared(future, Location::caller());
        task.set_unread(unread::<T, E>);
        task
    }
}

impl<R> Builder<R> {
    /// The task's name. asyncio: `create_task(.., name=)`.
    pub fn name(mut self, name: impl Into<Cow<'static, str>>) -> Builder<R> {
        self.name = Some(name.into());
        self
    }

    /// The context variables of the task, instead of a copy of the current ones. asyncio:
    /// `create_task(.., context=)`.
    pub fn context(mut self, context: Context) -> Builder<R> {
        self.context = Some(context);
        self
    }

    /// Whether the task has its first turn here and now, inside the turn of its maker, instead of in a later one; default:
    /// what the loop [was told](crate::LocalExecutor::set_eager_tasks). Not for shared tasks, nor for tasks of an installed
    /// executor, which decides that itself, nor while the loop does not run (EAG-13). asyncio: `create_task(..,
    /// eager_start=)`.
    ///
    /// An eager task that makes eager tasks, and so on, needs stack for each of them.
    pub fn eager_start(mut self, eager: bool) -> Builder<R> {
        self.eager = Some(eager);
        self
    }

    fn local<F>(self, future: F, at: &'static Location<'static>) -> Task<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        create_task_with(self.context, self.name, self.eager, future, at)
    }

    fn shared<F>(self, future: F, at: &'static Location<'static>) -> SharedTask<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        spawn_with(self.context, self.name, future, at)
    }
}

/// # Safety
///
/// The pointer is to a result of such a task.
unsafe fn unread<T, E>(result: NonNull<()>) -> Option<Box<dyn Error + Send + Sync>>
where
    E: fmt::Display,
{
    // SAFETY: says the caller.
    let result =
        unsafe { result.cast::<Result<Result<T, E>, asyncio_context::JoinError>>().as_ref() };
    match result {
        Ok(Err(error)) => Some(error.to_string().into()),
        _ => None,
    }
}
