use std::pin::Pin;
use std::task::{Context, Poll};

/// Lets everything that is ready run once. asyncio: `sleep(0)`.
///
/// # Cancel safety
///
/// Nothing is lost.
///
/// ```
/// # futures_lite::future::block_on(async {
/// asyncio_task::yield_now().await;
/// # });
/// ```
pub fn yield_now() -> YieldNow {
    YieldNow { yielded: false }
}

/// The future of [`yield_now`].
///
/// # Cancel safety
///
/// Nothing is lost.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct YieldNow {
    yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.yielded {
            return Poll::Ready(());
        }
        self.yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
