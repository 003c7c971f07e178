//! What is gathered: the members of one [`Gather`](super::Gather), polled by number.

use asyncio_context::{JoinError, Recorded, TaskRef};
use asyncio_executor::Waitable;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

/// One member: a task that its gather polls, and later its result.
pub struct Member<F: Future> {
    task: TaskRef,
    state: State<F>,
    /// It waits for what runs without it.
    under_way: bool,
}

enum State<F: Future> {
    // Boxed, so that a tuple of members need not be pinned field by field.
    Running(Pin<Box<Recorded<F>>>),
    Over(Result<F::Output, JoinError>),
    Taken,
}

impl<F: Future> Member<F> {
    fn new(future: F, at: &'static Location<'static>) -> Member<F> {
        let recorded = Recorded::new(future, at);
        let task = recorded.task();
        Member { task, state: State::Running(Box::pin(recorded)), under_way: false }
    }

    /// The member that waits for `waitable`.
    pub(crate) fn of<W: Waitable<Fut = F>>(
        waitable: W,
        at: &'static Location<'static>,
    ) -> Member<F> {
        Member { under_way: W::UNDER_WAY, ..Member::new(waitable.into_wait(), at) }
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Option<Ended> {
        let State::Running(running) = &mut self.state else { return None };
        let Poll::Ready(result) = running.as_mut().poll(cx) else { return None };
        let ended = match &result {
            Ok(_) => Ended::Value,
            Err(error) if error.is_cancelled() => Ended::Cancelled,
            Err(_) => Ended::Panicked,
        };
        self.state = State::Over(result);
        Some(ended)
    }

    pub(crate) fn task(&self) -> &TaskRef {
        &self.task
    }

    pub(super) fn output(&self) -> Option<&F::Output> {
        match &self.state {
            State::Over(Ok(output)) => Some(output),
            _ => None,
        }
    }

    pub(crate) fn take(&mut self) -> Option<Result<F::Output, JoinError>> {
        match std::mem::replace(&mut self.state, State::Taken) {
            State::Over(result) => Some(result),
            before => {
                self.state = before;
                None
            }
        }
    }

    fn take_error(&mut self) -> Option<JoinError> {
        match self.state {
            State::Over(Err(_)) => self.take()?.err(),
            _ => None,
        }
    }
}

impl<F: Future> Unpin for Member<F> {}

/// How a member ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Value,
    Cancelled,
    Panicked,
}

impl Ended {
    pub(super) fn is_failure(self) -> bool {
        self != Ended::Value
    }
}

/// A tuple or a vector of members.
pub trait Members: Unpin {
    /// What the members return, in their order.
    type Outputs;
    /// The same, with the error of a member that has no value in its place.
    type Results;

    #[doc(hidden)]
    /// How many there are.
    fn count(&self) -> usize;
    #[doc(hidden)]
    /// One turn of member `n`, and how it ended, if it did.
    fn poll(&mut self, n: usize, cx: &mut Context<'_>) -> Option<Ended>;
    #[doc(hidden)]
    /// The task of member `n`.
    fn task(&self, n: usize) -> &TaskRef;
    #[doc(hidden)]
    /// Whether member `n` waits for what runs without it, and may be over already.
    fn is_under_way(&self, n: usize) -> bool;
    #[doc(hidden)]
    /// Takes the error out of member `n`, if it ended with one.
    fn take_error(&mut self, n: usize) -> Option<JoinError>;
    #[doc(hidden)]
    /// The values; `None` unless every member has one.
    fn outputs(&mut self) -> Option<Self::Outputs>;
    #[doc(hidden)]
    /// The values and errors; `None` unless every member is over.
    fn results(&mut self) -> Option<Self::Results>;
}

impl<F: Future> Members for Vec<Member<F>> {
    type Outputs = Vec<F::Output>;
    type Results = Vec<Result<F::Output, JoinError>>;

    fn count(&self) -> usize {
        self.len()
    }

    fn poll(&mut self, n: usize, cx: &mut Context<'_>) -> Option<Ended> {
        self.get_mut(n)?.poll(cx)
    }

    fn task(&self, n: usize) -> &TaskRef {
        &self[n].task
    }

    fn is_under_way(&self, n: usize) -> bool {
        self[n].under_way
    }

    fn take_error(&mut self, n: usize) -> Option<JoinError> {
        self.get_mut(n)?.take_error()
    }

    fn outputs(&mut self) -> Option<Self::Outputs> {
        self.iter_mut().map(|member| member.take()?.ok()).collect()
    }

    fn results(&mut self) -> Option<Self::Results> {
        self.iter_mut().map(Member::take).collect()
    }
}

macro_rules! tuples {
    ($(($($name:ident . $n:tt),*))*) => {$(
        impl<$($name: Future),*> Members for ($(Member<$name>,)*) {
            type Outputs = ($($name::Output,)*);
            type Results = ($(Result<$name::Output, JoinError>,)*);

            fn count(&self) -> usize {
                0 $(+ { let _ = $n; 1 })*
            }

            #[allow(unused_variables)]
            fn poll(&mut self, n: usize, cx: &mut Context<'_>) -> Option<Ended> {
                match n {
                    $($n => self.$n.poll(cx),)*
                    _ => None,
                }
            }

            fn task(&self, n: usize) -> &TaskRef {
                match n {
                    $($n => &self.$n.task,)*
                    _ => unreachable!("a member's number"),
                }
            }

            fn is_under_way(&self, n: usize) -> bool {
                match n {
                    $($n => self.$n.under_way,)*
                    _ => false,
                }
            }

            fn take_error(&mut self, n: usize) -> Option<JoinError> {
                match n {
                    $($n => self.$n.take_error(),)*
                    _ => None,
                }
            }

            fn outputs(&mut self) -> Option<Self::Outputs> {
                Some(($(self.$n.take()?.ok()?,)*))
            }

            fn results(&mut self) -> Option<Self::Results> {
                Some(($(self.$n.take()?,)*))
            }
        }
    )*};
}

tuples! {
    ()
    (A.0)
    (A.0, B.1)
    (A.0, B.1, C.2)
    (A.0, B.1, C.2, D.3)
    (A.0, B.1, C.2, D.3, E.4)
    (A.0, B.1, C.2, D.3, E.4, F.5)
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6)
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7)
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8)
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9)
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9, K.10)
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9, K.10, L.11)
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9, K.10, L.11, M.12)
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9, K.10, L.11, M.12, N.13)
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9, K.10, L.11, M.12, N.13, O.14)
    (A.0, B.1, C.2, D.3, E.4, F.5, G.6, H.7, I.8, J.9, K.10, L.11, M.12, N.13, O.14, P.15)
}
