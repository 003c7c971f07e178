use super::ThreadSafe;
use super::confinement::Confinement;
use super::handle::Group;
use super::scope::{Body, Exit, Scope};
use crate::exceptions::{BoxError, ExceptionGroup};
use pin_project_lite::pin_project;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{Location, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// How the body's output is read.
pub trait Reading<O>: sealed::Sealed {
    /// The value of the group.
    type Value;

    /// Parts a value from a failure.
    fn read(output: O) -> Result<Self::Value, BoxError>;
}

/// Whatever the body returns is the group's value: [`TaskGroup::run`](crate::TaskGroup::run).
#[derive(Clone, Copy, Debug)]
pub struct AsIs;

/// An `Err` of the body is a failure: [`TaskGroup::try_run`](crate::TaskGroup::try_run).
#[derive(Clone, Copy, Debug)]
pub struct Fallible;

impl<O> Reading<O> for AsIs {
    type Value = O;

    fn read(output: O) -> Result<O, BoxError> {
        Ok(output)
    }
}

impl<R> Reading<Result<R, BoxError>> for Fallible {
    type Value = R;

    fn read(output: Result<R, BoxError>) -> Result<R, BoxError> {
        output
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::AsIs {}
    impl Sealed for super::Fallible {}
}

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
    pub struct Run<'e, Fut, M, C = ThreadSafe>
    where
        Fut: Future,
        M: Reading<Fut::Output>,
        C: Confinement,
    {
        scope: Scope<'e, C>,
        #[pin]
        body: Option<Fut>,
        value: Option<M::Value>,
        over: bool,
        reading: PhantomData<fn() -> M>,
    }

    impl<'e, Fut, M, C> PinnedDrop for Run<'e, Fut, M, C>
    where
        Fut: Future,
        M: Reading<Fut::Output>,
        C: Confinement,
    {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if !*this.over {
                this.scope.abandon(&mut Driven::<Fut, M> { future: this.body, value: this.value });
            }
        }
    }
}

impl<'e, Fut, M, C> Run<'e, Fut, M, C>
where
    Fut: Future,
    M: Reading<Fut::Output>,
    C: Confinement,
{
    #[track_caller]
    pub(crate) fn new(body: impl FnOnce(Group<'e, C>) -> Fut) -> Self {
        let (scope, group) = Scope::new(Location::caller());
        Run { scope, body: Some(body(group)), value: None, over: false, reading: PhantomData }
    }
}

impl<Fut, M, C> Future for Run<'_, Fut, M, C>
where
    Fut: Future,
    M: Reading<Fut::Output>,
    C: Confinement,
{
    type Output = Result<M::Value, ExceptionGroup>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        assert!(!*this.over, "a task group is not polled after its end");
        let mut body = Driven::<Fut, M> { future: this.body, value: this.value };
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
struct Driven<'a, Fut: Future, M: Reading<Fut::Output>> {
    future: Pin<&'a mut Option<Fut>>,
    value: &'a mut Option<M::Value>,
}

impl<Fut: Future, M: Reading<Fut::Output>> Body for Driven<'_, Fut, M> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Option<Result<(), BoxError>> {
        let future = self.future.as_mut().as_pin_mut()?;
        let Poll::Ready(output) = future.poll(cx) else { return None };
        Some(M::read(output).map(|value| *self.value = Some(value)))
    }

    fn drop(&mut self) {
        self.future.set(None);
    }
}

impl<Fut, M, C> fmt::Debug for Run<'_, Fut, M, C>
where
    Fut: Future,
    M: Reading<Fut::Output>,
    C: Confinement,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("over", &self.over).finish_non_exhaustive()
    }
}
