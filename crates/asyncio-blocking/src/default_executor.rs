use crate::ThreadPoolExecutor;
use crate::builder::Builder;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard};

static DEFAULT: Mutex<Option<ThreadPoolExecutor>> = Mutex::new(None);

fn lock() -> MutexGuard<'static, Option<ThreadPoolExecutor>> {
    DEFAULT.lock().unwrap_or_else(|e| e.into_inner())
}

/// The pool that [`to_thread`](crate::to_thread) uses: one for the process, made when it is first
/// asked for, its threads when there is work. At most four more threads than there are processors,
/// 32 at most (LL44-1).
///
/// asyncio: the loop's default executor, `None` in `run_in_executor(None, f)`.
pub fn default_executor() -> ThreadPoolExecutor {
    let mut default = lock();
    let executor = default.get_or_insert_with(|| ThreadPoolExecutor::with(Builder::default()));
    executor.pool().is_default.store(true, Ordering::Relaxed);
    executor.clone()
}

/// Makes `executor` the default. The one before is returned and not shut down (LL43-2), except by
/// being dropped, if that was its last handle.
///
/// asyncio: `loop.set_default_executor`.
pub fn set_default_executor(executor: ThreadPoolExecutor) -> Option<ThreadPoolExecutor> {
    let mut default = lock();
    // The one before may be the same.
    if let Some(before) = &*default {
        before.pool().is_default.store(false, Ordering::Relaxed);
    }
    executor.pool().is_default.store(true, Ordering::Relaxed);
    default.replace(executor)
}
