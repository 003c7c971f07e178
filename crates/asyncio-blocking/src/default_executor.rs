use crate::ThreadPoolExecutor;
use crate::builder::Builder;
use crate::calls::Calls;
use crate::pool::Pool;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard};

static DEFAULT: Mutex<Option<ThreadPoolExecutor>> = Mutex::new(None);

fn lock() -> MutexGuard<'static, Option<ThreadPoolExecutor>> {
    DEFAULT.lock().unwrap_or_else(|e| e.into_inner())
}

/// The pool that [`to_thread`](crate::to_thread) uses here: the one of the running loop, if it
/// [was given](Calls::set_executor) one, or else the one of the process, which is made when it is
/// first asked for. At most four more threads than there are processors, 32 at most (LL44-1),
/// called `asyncio_0`, `asyncio_1` ... (LL42-2).
///
/// asyncio: the loop's default executor, `None` in `run_in_executor(None, f)`.
pub fn default_executor() -> ThreadPoolExecutor {
    if let Some(executor) = Calls::of_this_thread().executor() {
        return executor;
    }
    let mut default = lock();
    let executor = default.get_or_insert_with(|| {
        let pool = Builder::default().thread_name_prefix("asyncio");
        let executor = ThreadPoolExecutor::with(pool);
        executor.pool().may_be_default.store(true, Ordering::Relaxed);
        executor
    });
    executor.clone()
}

/// Makes `executor` the default of the process, for loops that were given none of their own. The
/// one before is returned and not shut down (LL43-2), except by being dropped, if that was its
/// last handle.
///
/// asyncio: `loop.set_default_executor`, for all loops.
pub fn set_default_executor(executor: ThreadPoolExecutor) -> Option<ThreadPoolExecutor> {
    executor.pool().may_be_default.store(true, Ordering::Relaxed);
    lock().replace(executor)
}

/// Whether `pool` is the one of [`default_executor`].
pub(crate) fn is_default(pool: &Arc<Pool>) -> bool {
    // Most pools never are, and learn it without a lock.
    pool.may_be_default.load(Ordering::Relaxed) && Arc::ptr_eq(default_executor().pool(), pool)
}
