//! `finally` and `async with`.

use crate::{Cancelled, catch_cancel};
use pin_project_lite::pin_project;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Runs `fut`, and then `cleanup`, however `fut` ended: with a value, by cancellation or by a
/// panic, which go on when the clean-up is done. asyncio: `try: await fut` with a `finally`.
///
/// The clean-up may await. It is interrupted by a further request, as any code.
///
/// # Cancel safety
///
/// Protects from its first poll on. Dropped by foreign code (the loser of a `select!`), it runs
/// destructors only.
pub async fn with_cleanup<F, C, R>(fut: F, cleanup: C) -> F::Output
where
    F: IntoFuture,
    C: FnOnce() -> R,
    R: Future<Output = ()>,
{
    let outcome = outcome(fut).await;
    cleanup().await;
    outcome.resume().await
}

/// Runs `body` with `resource`, and then `release` with it, however `body` ended: with a value, by
/// cancellation or by a panic, which go on when the release is done. asyncio: `async with`.
///
/// It takes the acquired resource: `scoped(connect().await?, async |c| .., Conn::quit)`. Nothing can
/// be delivered between the end of `connect` and the first poll of this.
///
/// # Cancel safety
///
/// As [`with_cleanup`].
pub async fn scoped<R, T>(
    mut resource: R,
    body: impl AsyncFnOnce(&mut R) -> T,
    release: impl AsyncFnOnce(R),
) -> T {
    let outcome = outcome(body(&mut resource)).await;
    release(resource).await;
    outcome.resume().await
}

/// How the body ended.
enum Outcome<T> {
    Value(T),
    Cancelled(Cancelled),
    Panic(Box<dyn Any + Send>),
}

impl<T> Outcome<T> {
    async fn resume(self) -> T {
        match self {
            Outcome::Value(value) => value,
            Outcome::Cancelled(token) => token.propagate().await,
            Outcome::Panic(payload) => resume_unwind(payload),
        }
    }
}

async fn outcome<F: IntoFuture>(fut: F) -> Outcome<F::Output> {
    match (CatchPanic { future: catch_cancel(fut) }).await {
        Ok(Ok(value)) => Outcome::Value(value),
        Ok(Err(token)) => Outcome::Cancelled(token),
        Err(payload) => Outcome::Panic(payload),
    }
}

pin_project! {
    /// Dropped as soon as it is ready, with what a panic left of the future.
    struct CatchPanic<F> {
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for CatchPanic<F> {
    type Output = Result<F::Output, Box<dyn Any + Send>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let future = self.project().future;
        match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(polled) => polled.map(Ok),
            Err(payload) => Poll::Ready(Err(payload)),
        }
    }
}
