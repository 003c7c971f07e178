//! What went wrong in a group: every failure, with the task it happened in.

mod display;

use asyncio_context::JoinError;
use std::error::Error;
use std::fmt;
use std::slice;
use std::vec;

/// Any error a child of a group may end with.
pub type BoxError = Box<dyn Error + Send + Sync + 'static>;

/// The failures of a group of tasks, in the order in which the tasks ended; the body's comes last.
///
/// It is not generic: children with different errors share one group, and a handler picks what it
/// knows with [`select`](ExceptionGroup::select) or takes it out with
/// [`split`](ExceptionGroup::split). A group inside a group stays one entry, as in asyncio. The
/// text is a tree.
///
/// A group that [`Group::cancel`](crate::Group::cancel) ended before its body had a value is
/// [empty](ExceptionGroup::is_empty): nothing failed.
///
/// asyncio: `ExceptionGroup`.
///
/// ```
/// use asyncio_task::ExceptionGroup;
/// use std::{io, num::ParseIntError};
///
/// let group: ExceptionGroup = [
///     ("fetch", io::Error::from(io::ErrorKind::TimedOut).into()),
///     ("parse", "x".parse::<u8>().unwrap_err().into()),
/// ].into_iter().collect();
///
/// assert_eq!(group.select::<io::Error>().count(), 1);
/// let (io, rest) = group.split::<io::Error>();
/// assert_eq!(io.unwrap().iter().next().unwrap().task(), "fetch");
/// assert_eq!(rest.unwrap().to_string(), "\
/// 1 failure in a task group
/// `-- parse: invalid digit found in string");
/// ```
#[derive(Default)]
pub struct ExceptionGroup {
    // Boxed, so that a `Result` with it stays small.
    #[allow(clippy::box_collection, reason = "one word in every result of a group")]
    exceptions: Option<Box<Vec<Exception>>>,
}

/// One failure in an [`ExceptionGroup`].
pub struct Exception {
    task: Box<str>,
    error: BoxError,
}

impl Exception {
    /// The failure of the task with this name.
    pub fn new(task: impl Into<Box<str>>, error: impl Into<BoxError>) -> Exception {
        Exception { task: task.into(), error: error.into() }
    }

    /// The name of the task that failed; `body` for the body of the group.
    pub fn task(&self) -> &str {
        &self.task
    }

    /// The error. A panic is a [`JoinError`].
    pub fn error(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.error
    }

    /// The error, if it is an `E`.
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.error.downcast_ref()
    }

    /// Takes the error out.
    pub fn into_error(self) -> BoxError {
        self.error
    }

    /// Whether the task panicked.
    pub fn is_panic(&self) -> bool {
        self.downcast_ref().is_some_and(JoinError::is_panic)
    }

    /// The group that a task of the group ended with, if this is one.
    pub fn as_group(&self) -> Option<&ExceptionGroup> {
        self.downcast_ref()
    }
}

impl fmt::Debug for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.task, self.error)
    }
}

impl ExceptionGroup {
    pub(crate) fn from_vec(exceptions: Vec<Exception>) -> ExceptionGroup {
        ExceptionGroup { exceptions: (!exceptions.is_empty()).then(|| Box::new(exceptions)) }
    }

    fn as_slice(&self) -> &[Exception] {
        self.exceptions.as_deref().map_or(&[], Vec::as_slice)
    }

    /// How many tasks failed; a nested group counts as one.
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether nothing failed: the group was cancelled by name before its body had a value.
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    /// The failures, in the order in which the tasks ended.
    pub fn iter(&self) -> slice::Iter<'_, Exception> {
        self.as_slice().iter()
    }

    /// All errors of the type `E`, those in nested groups too.
    ///
    /// asyncio: what `except* E` would see.
    pub fn select<E: Error + 'static>(&self) -> impl Iterator<Item = &E> {
        let mut found = Vec::new();
        self.walk(&mut |e| found.extend(e.downcast_ref::<E>()));
        found.into_iter()
    }

    fn walk<'a>(&'a self, see: &mut impl FnMut(&'a Exception)) {
        for exception in self.iter() {
            see(exception);
            if let Some(group) = exception.as_group() {
                group.walk(see);
            }
        }
    }

    /// Parts the failures into those with an error of the type `E` and the rest; a nested group is
    /// parted too and keeps its place in both.
    ///
    /// asyncio: `ExceptionGroup.split`.
    pub fn split<E: Error + 'static>(self) -> (Option<ExceptionGroup>, Option<ExceptionGroup>) {
        self.split_by(|exception| exception.downcast_ref::<E>().is_some())
    }

    /// Parts the failures into those that `matches` and the rest. A nested group that does not
    /// match as a whole is parted too and keeps its place in both.
    pub fn split_by(
        self,
        mut matches: impl FnMut(&Exception) -> bool,
    ) -> (Option<ExceptionGroup>, Option<ExceptionGroup>) {
        self.part(&mut matches)
    }

    fn part(
        self,
        matches: &mut dyn FnMut(&Exception) -> bool,
    ) -> (Option<ExceptionGroup>, Option<ExceptionGroup>) {
        let (mut yes, mut no) = (Vec::new(), Vec::new());
        for exception in self {
            if matches(&exception) {
                yes.push(exception);
                continue;
            }
            match exception.error.downcast::<ExceptionGroup>() {
                Ok(group) => {
                    let (inner_yes, inner_no) = group.part(matches);
                    let again = |group| Exception::new(exception.task.clone(), group);
                    yes.extend(inner_yes.map(again));
                    no.extend(inner_no.map(again));
                }
                Err(error) => no.push(Exception { task: exception.task, error }),
            }
        }
        let group = |v: Vec<_>| (!v.is_empty()).then(|| ExceptionGroup::from_vec(v));
        (group(yes), group(no))
    }
}

impl<N: Into<Box<str>>> FromIterator<(N, BoxError)> for ExceptionGroup {
    fn from_iter<I: IntoIterator<Item = (N, BoxError)>>(iter: I) -> ExceptionGroup {
        ExceptionGroup::from_vec(iter.into_iter().map(|(n, e)| Exception::new(n, e)).collect())
    }
}

impl FromIterator<Exception> for ExceptionGroup {
    fn from_iter<I: IntoIterator<Item = Exception>>(iter: I) -> ExceptionGroup {
        ExceptionGroup::from_vec(iter.into_iter().collect())
    }
}

impl IntoIterator for ExceptionGroup {
    type Item = Exception;
    type IntoIter = vec::IntoIter<Exception>;

    fn into_iter(self) -> vec::IntoIter<Exception> {
        self.exceptions.map_or_else(Vec::new, |v| *v).into_iter()
    }
}

impl<'a> IntoIterator for &'a ExceptionGroup {
    type Item = &'a Exception;
    type IntoIter = slice::Iter<'a, Exception>;

    fn into_iter(self) -> slice::Iter<'a, Exception> {
        self.iter()
    }
}

impl Error for ExceptionGroup {}
