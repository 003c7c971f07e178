//! What a queue answers when it has nothing to give, or no room.

use std::error::Error;
use std::fmt;

/// The queue is shut down. From a put it holds the item that was not added.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct QueueShutDown<T = ()>(pub T);

/// Why [`get_nowait`](super::Queue::get_nowait) gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GetNowaitError {
    /// There is no item now.
    QueueEmpty,
    /// There will be none: the queue is shut down.
    QueueShutDown,
}

/// Why [`put_nowait`](super::Queue::put_nowait) did not add the item, which it holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PutNowaitError<T> {
    /// There is no room now.
    QueueFull(T),
    /// There will be none: the queue is shut down.
    QueueShutDown(T),
}

impl<T> QueueShutDown<T> {
    /// The item.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> PutNowaitError<T> {
    /// The item.
    pub fn into_inner(self) -> T {
        match self {
            PutNowaitError::QueueFull(item) | PutNowaitError::QueueShutDown(item) => item,
        }
    }
}

// Without `T: Debug`, so that `unwrap` works for every item.
impl<T> fmt::Debug for QueueShutDown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QueueShutDown")
    }
}

impl<T> fmt::Debug for PutNowaitError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PutNowaitError::QueueFull(_) => "QueueFull",
            PutNowaitError::QueueShutDown(_) => "QueueShutDown",
        })
    }
}

const EMPTY: &str = "the queue is empty";
const FULL: &str = "the queue is full";
const SHUT_DOWN: &str = "the queue is shut down";

impl<T> fmt::Display for QueueShutDown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SHUT_DOWN)
    }
}

impl fmt::Display for GetNowaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            GetNowaitError::QueueEmpty => EMPTY,
            GetNowaitError::QueueShutDown => SHUT_DOWN,
        })
    }
}

impl<T> fmt::Display for PutNowaitError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PutNowaitError::QueueFull(_) => FULL,
            PutNowaitError::QueueShutDown(_) => SHUT_DOWN,
        })
    }
}

impl<T> Error for QueueShutDown<T> {}
impl Error for GetNowaitError {}
impl<T> Error for PutNowaitError<T> {}
