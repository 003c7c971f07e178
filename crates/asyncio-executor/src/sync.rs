//! The one place that says whether atomics are real or belong to a model run by loom.

#[cfg(not(loom))]
mod imp {
    pub(crate) use concurrent_queue::ConcurrentQueue;
    pub(crate) use std::cell::Cell;
    pub(crate) use std::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering, fence,
    };
    pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard};
    pub(crate) use std::thread_local;
}

#[cfg(loom)]
mod imp {
    pub(crate) use super::model_queue::ConcurrentQueue;
    pub(crate) use loom::cell::Cell;
    pub(crate) use loom::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering, fence,
    };
    pub(crate) use loom::sync::{Arc, Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard};
    pub(crate) use loom::thread_local;
}

pub(crate) use imp::*;

/// Locks; a panic while one of our locks was held leaves nothing half done, so poison is ignored.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

/// In a model a queue is a list under a lock: the queue's own algorithm is modelled where it comes
/// from, what is done with it here.
#[cfg(loom)]
mod model_queue {
    use super::{Mutex, lock};
    use std::collections::VecDeque;

    pub(crate) struct ConcurrentQueue<T>(Mutex<VecDeque<T>>, Option<usize>);

    pub(crate) struct Full<T>(T);

    impl<T> Full<T> {
        pub(crate) fn into_inner(self) -> T {
            self.0
        }
    }

    impl<T> ConcurrentQueue<T> {
        pub(crate) fn unbounded() -> Self {
            ConcurrentQueue(Mutex::new(VecDeque::new()), None)
        }

        pub(crate) fn bounded(capacity: usize) -> Self {
            ConcurrentQueue(Mutex::new(VecDeque::new()), Some(capacity))
        }

        pub(crate) fn push(&self, value: T) -> Result<(), Full<T>> {
            let mut list = lock(&self.0);
            if self.1.is_some_and(|capacity| list.len() >= capacity) {
                return Err(Full(value));
            }
            list.push_back(value);
            Ok(())
        }

        pub(crate) fn pop(&self) -> Result<T, ()> {
            lock(&self.0).pop_front().ok_or(())
        }

        pub(crate) fn len(&self) -> usize {
            lock(&self.0).len()
        }

        pub(crate) fn is_empty(&self) -> bool {
            self.len() == 0
        }

        pub(crate) fn capacity(&self) -> Option<usize> {
            self.1
        }
    }
}
