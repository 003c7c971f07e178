use super::ThreadSafe;
use super::confinement::Confinement;
use super::handle::Group;
use super::scope::{Body, Exit, Scope};
use crate::exceptions::{BoxError, ExceptionGroup};
use pin_project_lite::pin_project;
use std::fmt;
use std::panic::{Location, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// A group and its body: the future of [`TaskGroup::run`](crate::TaskGroup::run) and its kin.
    ///
    /// # Cancel safety
    ///
    /// A request goes to the body and then to the children, and the future ends when all have
    /// ended. A *hard drop*, by foreign code such as a `select!`, runs destructors only: inline
    /// children are dropped as they stand, static and shared ones are cancelled and go on under
    /// their executor.
    #[must_use = "futures do nothing unless awaited"]
    pub struct Run<'e, Fut, T, C = ThreadSafe>
    where
        Fut: Future,
        C: Confinement,
    {
        scope: Scope<'e, C>,
        #[pin]
        body: Option<Fut>,
        value: Option<T>,
        over: bool,
        // A function and not a trait: inside a `Send` future the compiler forgets that the error of
        // the body is `'static`, and then finds no implementation for it.
        read: fn(Fut::Output) -> Result<T, BoxError>,
    }

    impl<'e, Fut, T, C> PinnedDrop for Run<'e, Fut, T, C>
    where
        Fut: Future,
        C: Confinement,
    {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if !*this.over {
                this.scope.abandon(&mut Driven { future: this.body, value: this.value, read: *this.read });
            }
        }
    }
}

impl<'e, Fut, T, C> Run<'e, Fut, T, C>
where
    Fut: Future,
    C: Confinement,
{
    #[track_caller]
    pub(crate) fn new(
        body: impl FnOnce(Group<'e, C>) -> Fut,
        read: fn(Fut::Output) -> Result<T, BoxError>,
    ) -> Self {
        let (scope, group) = Scope::new(Location::caller());
        Run { scope, body: Some(body(group)), value: None, over: false, read }
    }
}

impl<Fut, T, C> Future for Run<'_, Fut, T, C>
where
    Fut: Future,
    C: Confinement,
{
    type Output = Result<T, ExceptionGroup>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        assert!(!*this.over, "a task group is not polled after its end");
        let mut body = Driven { future: this.body, value: this.value, read: *this.read };
        let Poll::Ready(exit) = this.scope.poll(cx, &mut body) else {
            return Poll::Pending;
        };
        *this.over = true;
        Poll::Ready(match exit {
            Exit::Quiet => this.value.take().ok_or_else(ExceptionGroup::default),
            Exit::Failed(group) => Err(group),
            Exit::Panicked(payload) => resume_unwind(payload),
        })
    }
}

/// The body in the hands of its group.
struct Driven<'a, Fut: Future, T> {
    future: Pin<&'a mut Option<Fut>>,
    value: &'a mut Option<T>,
    read: fn(Fut::Output) -> Result<T, BoxError>,
}

impl<Fut: Future, T> Body for Driven<'_, Fut, T> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Option<Result<(), BoxError>> {
        let future = self.future.as_mut().as_pin_mut()?;
        let Poll::Ready(output) = future.poll(cx) else { return None };
        Some((self.read)(output).map(|value| *self.value = Some(value)))
    }

    fn drop(&mut self) {
        self.future.set(None);
    }
}

impl<Fut, T, C> fmt::Debug for Run<'_, Fut, T, C>
where
    Fut: Future,
    C: Confinement,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("over", &self.over).finish_non_exhaustive()
    }
}
