use crate::Timeout;
use crate::deadline::after;
use asyncio_executor::Waitable;
use std::time::Duration;

/// Waits for `waitable` for at most `delay`; `None`: for as long as it takes. When the time is
/// over it is cancelled, and waited for until it has really ended.
///
/// A task is awaited as by value: its own result is inside. With a zero `delay` a plain future is
/// dropped unpolled (WFR-8), a task that is over gives its result (WFR-7), and one that is not is
/// cancelled and waited for (WFR-9). A task that swallows the request has its value returned
/// (WFR-5).
///
/// asyncio: `wait_for`.
///
/// # Errors
///
/// [`TimeoutError`](crate::TimeoutError), when the time was over first.
///
/// # Cancel safety
///
/// A request from outside is passed on to `waitable`, which is waited for.
///
/// ```no_run
/// # use asyncio_task::{sleep, wait_for};
/// # use std::time::Duration;
/// # async fn f() {
/// assert!(wait_for(sleep(Duration::from_secs(60)), Duration::from_millis(1)).await.is_err());
/// # }
/// ```
pub fn wait_for<W: Waitable>(waitable: W, delay: impl Into<Option<Duration>>) -> Timeout<W::Fut> {
    let delay = delay.into();
    // A task is under way: what it has is looked at before the time is.
    if delay == Some(Duration::ZERO) && !W::UNDER_WAY {
        return Timeout::stillborn(waitable.into_wait());
    }
    Timeout::new(waitable.into_wait(), after(delay), None)
}
