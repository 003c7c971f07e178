use super::ChildError;
use super::slot::Slot;
use crate::ask::ask;
use crate::waiters::Place;
use asyncio_context::tree::{Node, Step};
use asyncio_context::{Message, TaskId, TaskRef, WaitKind, waiting};
use pin_project_lite::pin_project;
use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A task of a group: the handle that [`Group::create_task`](crate::Group::create_task) gives.
///
/// Dropping it changes nothing; the group waits for its children anyway. It may leave the body,
/// and gives the value once the group is over: [`result`](Child::result). Awaiting it *by value*
/// forwards: a request that reaches the waiting is passed to the child, which is then waited for.
/// `(&mut child).await` forwards nothing.
pub struct Child<T> {
    slot: Arc<Slot<T>>,
    place: Place,
}

impl<T> Child<T> {
    pub(super) fn new(slot: Arc<Slot<T>>) -> Child<T> {
        Child { slot, place: Place::default() }
    }

    /// The task, untyped.
    pub fn task_ref(&self) -> TaskRef {
        self.slot.task().clone()
    }

    /// The task's number.
    pub fn id(&self) -> TaskId {
        self.slot.task().id()
    }

    /// The task's name. asyncio: `get_name`.
    pub fn name(&self) -> Cow<'static, str> {
        self.slot.task().name()
    }

    /// Gives the task a name.
    pub fn set_name(&self, name: impl Into<Cow<'static, str>>) {
        self.slot.task().set_name(name);
    }

    /// Gives the task a name: `g.create_task(fetch(url)).named("fetch")`.
    pub fn named(self, name: impl Into<Cow<'static, str>>) -> Child<T> {
        self.set_name(name);
        self
    }

    /// Asks the child to stop. That is no error: the group and its other children go on (TGR-4).
    /// False if it is over.
    pub fn cancel(&self) -> bool {
        self.slot.task().cancel()
    }

    /// [`cancel`](Child::cancel) with a text for those who catch it.
    pub fn cancel_with(&self, message: impl Into<Message>) -> bool {
        self.slot.task().cancel_with(message)
    }

    /// How many requests are in force.
    pub fn cancelling(&self) -> usize {
        self.slot.task().cancelling()
    }

    /// Takes one request back and says how many are left.
    pub fn uncancel(&self) -> usize {
        self.slot.task().uncancel()
    }

    /// Whether the child is over.
    pub fn done(&self) -> bool {
        self.slot.is_done()
    }

    /// Whether the child ended cancelled.
    pub fn cancelled(&self) -> bool {
        self.slot.is_cancelled()
    }

    /// Takes the child's value.
    ///
    /// # Errors
    ///
    /// When the child is not over, was cancelled, failed or panicked, and when the value was taken
    /// before.
    pub fn result(&self) -> Result<T, ChildError> {
        self.slot.take().unwrap_or_else(|| Err(self.slot.pending()))
    }

    fn poll_result(
        &mut self,
        cx: &mut Context<'_>,
        at: &'static Location<'static>,
    ) -> Poll<Result<T, ChildError>> {
        if self.slot.wait(&mut self.place, cx.waker()) {
            waiting(WaitKind::Task, self.id().get() as usize, at);
            return Poll::Pending;
        }
        Poll::Ready(self.result())
    }
}

impl<T> Drop for Child<T> {
    fn drop(&mut self) {
        self.slot.leave(&mut self.place);
    }
}

impl<T> fmt::Debug for Child<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child").field("name", &self.name()).field("done", &self.done()).finish()
    }
}

/// Waits for the child and forwards nothing: a request interrupts the waiting alone.
///
/// # Cancel safety
///
/// The child goes on, and can be waited for again.
impl<T> Future for &mut Child<T> {
    type Output = Result<T, ChildError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let at = self.slot.task().location();
        self.poll_result(cx, at)
    }
}

/// Waits for the child and forwards requests to it (CAN-5, CAN-6).
impl<T> IntoFuture for Child<T> {
    type Output = Result<T, ChildError>;
    type IntoFuture = ChildJoining<T>;

    #[track_caller]
    fn into_future(self) -> ChildJoining<T> {
        let at = Location::caller();
        ChildJoining { node: Node::forward(), unwound: false, child: self, at }
    }
}

pin_project! {
    /// Waits for a child of a group: the future of `child.await`.
    ///
    /// # Errors
    ///
    /// [`ChildError`] when the child was cancelled by others, failed or panicked.
    ///
    /// # Cancel safety
    ///
    /// A request goes to the child; if that swallows it, its value arrives here. Dropping this
    /// changes nothing for the child.
    #[must_use = "futures do nothing unless awaited"]
    #[derive(Debug)]
    pub struct ChildJoining<T> {
        node: Node,
        unwound: bool,
        child: Child<T>,
        at: &'static Location<'static>,
    }
}

impl<T> Future for ChildJoining<T> {
    type Output = Result<T, ChildError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (node, child, at) = (this.node, this.child, *this.at);
        if *this.unwound {
            return Poll::Pending;
        }
        loop {
            match node.poll(cx, |cx| child.poll_result(cx, at)) {
                Step::Pending => return Poll::Pending,
                Step::Ready(Err(error)) if node.acted() && error.is_cancelled() => {
                    node.unwind();
                    break;
                }
                Step::Ready(result) => {
                    if node.acted() {
                        node.swallowed();
                    }
                    return Poll::Ready(result);
                }
                // And once more round: a waker must be with the child.
                Step::Act if ask(child.slot.task(), node.message().as_ref()) => {}
                // It was over already: the request wins, the value stays (CAN-7).
                Step::Act => {
                    node.unwind();
                    break;
                }
            }
        }
        *this.unwound = true;
        Poll::Pending
    }
}

/// Waits for a child and forwards nothing.
///
/// # Cancel safety
///
/// Neither a request nor a drop changes anything for the child.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct ChildWatch<T>(Child<T>);

impl<T> ChildWatch<T> {
    pub(crate) fn new(child: Child<T>) -> ChildWatch<T> {
        ChildWatch(child)
    }
}

impl<T> Future for ChildWatch<T> {
    type Output = Result<T, ChildError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut &mut self.0).poll(cx)
    }
}
