use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// A done-callback that was added, by which it can be removed again: closures cannot be compared, as
/// asyncio's `remove_done_callback` does. Dropping it changes nothing.
///
/// ```
/// use asyncio_executor::{LocalExecutor, ThreadPark, create_task};
///
/// LocalExecutor::new().run_until(async {
///     let task = create_task(async { 1 });
///     let callback = task.add_done_callback(|_| unreachable!());
///     assert!(task.remove_done_callback(&callback));
///     assert_eq!(task.await.unwrap(), 1);
/// }, &mut ThreadPark::new()).unwrap();
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct DoneCallback(u64);

impl DoneCallback {
    /// A name for one more callback, of whatever it is that will be done.
    #[doc(hidden)]
    #[allow(clippy::new_without_default, reason = "no two are equal")]
    pub fn new() -> DoneCallback {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        DoneCallback(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Debug for DoneCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DoneCallback").field(&self.0).finish()
    }
}
