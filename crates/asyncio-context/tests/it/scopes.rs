//! Scopes and waits written with `tree::Node`, as a crate above this one writes them.

use crate::world::{Show, Task, now, say, sleep, wake_at};
use asyncio_context::tree::{Node, Step};
use asyncio_context::{JoinError, with_cleanup};
use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

/// `fut` with a clean-up that says `name+`, sleeps and says `name-`.
pub fn job<F: Future>(
    name: &'static str,
    time: u64,
    fut: F,
) -> Pin<Box<impl Future<Output = F::Output> + use<F>>> {
    Box::pin(with_cleanup(fut, async move || {
        say!("{name}+");
        sleep(time).await;
        say!("{name}-");
    }))
}

#[derive(Debug)]
pub struct TimeoutError;

impl<T: Show> Show for Result<T, TimeoutError> {
    fn show(&self) -> String {
        match self {
            Ok(value) => value.show(),
            Err(TimeoutError) => "TimeoutError".into(),
        }
    }
}

#[derive(Clone, Default)]
pub struct Deadline {
    expired: Rc<Cell<bool>>,
    at: Rc<Cell<u64>>,
}

impl Deadline {
    pub fn expired(&self) -> bool {
        self.expired.get()
    }

    pub fn reschedule_at(&self, at: u64) {
        self.at.set(at);
    }
}

pub struct Timeout<F> {
    node: Node,
    future: Option<Pin<Box<F>>>,
    time: u64,
    deadline: Deadline,
    begun: bool,
    going: bool,
}

/// asyncio's `timeout`; the body gets the handle.
pub fn timeout<F, Fut: Future>(time: u64, body: F) -> Timeout<Fut>
where
    F: FnOnce(Deadline) -> Fut,
{
    let deadline = Deadline::default();
    let future = Some(Box::pin(body(deadline.clone())));
    Timeout { node: Node::stop(), future, time, deadline, begun: false, going: false }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, TimeoutError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if this.going {
            return Poll::Pending;
        }
        if !this.begun {
            this.deadline.at.set(now() + this.time);
        } else if now() >= this.deadline.at.get() && !this.deadline.expired() {
            this.deadline.expired.set(true);
            this.node.request(None);
        }
        let future = this.future.as_mut().expect("not over");
        match this.node.poll(cx, |cx| future.as_mut().poll(cx)) {
            Step::Ready(value) => Poll::Ready(Ok(value)),
            Step::Pending => {
                if !this.deadline.expired() {
                    match this.deadline.at.get() {
                        at if at > now() => wake_at(at, cx.waker()),
                        _ => cx.waker().wake_by_ref(),
                    }
                }
                this.begun = true;
                Poll::Pending
            }
            Step::Act => {
                let own = this.deadline.expired() && !this.node.outside();
                this.future = None;
                let token = this.node.act();
                if own {
                    token.swallow();
                    return Poll::Ready(Err(TimeoutError));
                }
                token.pass_on();
                this.going = true;
                Poll::Pending
            }
        }
    }
}

/// `task.await` by value.
pub struct Joining<T> {
    node: Node,
    task: Task<T>,
    going: bool,
}

impl<T> IntoFuture for Task<T> {
    type Output = Result<T, JoinError>;
    type IntoFuture = Joining<T>;

    fn into_future(self) -> Joining<T> {
        Joining { node: Node::forward(), task: self, going: false }
    }
}

impl<T> Future for Joining<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        while !this.going {
            match this.node.poll(cx, |cx| this.task.poll_end(cx)) {
                Step::Act if this.task.is_over() => {
                    this.node.unwind();
                    this.going = true;
                }
                Step::Act => {
                    this.task.cancel();
                }
                Step::Pending => break,
                Step::Ready(end) if !this.node.acted() => return Poll::Ready(end),
                Step::Ready(Err(e)) if e.is_cancelled() => {
                    this.node.unwind();
                    this.going = true;
                }
                Step::Ready(end) => {
                    this.node.swallowed();
                    return Poll::Ready(end);
                }
            }
        }
        Poll::Pending
    }
}

/// Awaits a task without forwarding.
pub struct Shield<T>(pub Task<T>);

impl<T> Future for Shield<T> {
    type Output = Result<T, JoinError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(ready!(self.0.poll_end(cx)))
    }
}

/// Never ends.
pub fn pending() -> std::future::Pending<()> {
    std::future::pending()
}
