//! `finally` and `async with`.

use crate::Cancelled;
use crate::tree::{Node, Step};
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
/// ```
/// use asyncio_context::with_cleanup;
/// use futures_lite::future::block_on;
///
/// let mut closed = false;
/// assert_eq!(block_on(with_cleanup(async { 5 }, async || closed = true)), 5);
/// assert!(closed);
/// ```
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
/// ```
/// use asyncio_context::scoped;
/// use futures_lite::future::block_on;
///
/// let mut lines = Vec::new();
/// let lent = &mut lines;
/// let n = block_on(scoped(lent, async |lines| { lines.push("in"); 1 }, async |lines| {
///     lines.push("out");
/// }));
/// assert_eq!((n, lines), (1, vec!["in", "out"]));
/// ```
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
    /// With a request that nobody took, if one came back in its last turn: it waits for the end of
    /// the clean-up.
    Value(T, Option<Cancelled>),
    Cancelled(Cancelled),
    Panic(Box<dyn Any + Send>),
}

impl<T> Outcome<T> {
    async fn resume(self) -> T {
        match self {
            Outcome::Value(value, token) => {
                drop(token);
                value
            }
            Outcome::Cancelled(token) => token.propagate().await,
            Outcome::Panic(payload) => resume_unwind(payload),
        }
    }
}

async fn outcome<F: IntoFuture>(fut: F) -> Outcome<F::Output> {
    let body = Guarded { node: Node::stop(), future: Some(fut.into_future()) };
    match (CatchPanic { future: body }).await {
        Ok(outcome) => outcome,
        Err(payload) => Outcome::Panic(payload),
    }
}

pin_project! {
    /// As `CatchCancel`, for a scope that goes on in any case.
    struct Guarded<F> {
        // Before the future, as `Node` wants it.
        node: Node,
        #[pin]
        future: Option<F>,
    }
}

impl<F: Future> Future for Guarded<F> {
    type Output = Outcome<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let future = &mut this.future;
        let mut value = None;
        let step = this.node.poll(cx, |cx| {
            let future = future.as_mut().as_pin_mut();
            let future = future.expect("a future is not polled after its end");
            if let Poll::Ready(ready) = future.poll(cx) {
                value = Some(ready);
            }
            Poll::<()>::Pending
        });
        let acts = matches!(step, Step::Act);
        if value.is_none() && !acts {
            return Poll::Pending;
        }
        this.future.set(None);
        let outcome = match (value, acts) {
            (Some(value), true) => Outcome::Value(value, Some(this.node.act())),
            (Some(value), false) => {
                this.node.complete();
                Outcome::Value(value, None)
            }
            (None, _) => Outcome::Cancelled(this.node.act()),
        };
        Poll::Ready(outcome)
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
