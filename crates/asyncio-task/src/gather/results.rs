use super::crew::Crew;
use super::members::Members;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Members whose panics and cancellations are values: the future of
/// [`Gather::return_exceptions`](super::Gather::return_exceptions).
///
/// It is unwound all the same when it was asked to stop itself (GTH-14).
///
/// # Cancel safety
///
/// As [`Gather`](super::Gather).
#[must_use = "futures do nothing unless awaited"]
pub struct GatherResults<M: Members> {
    crew: Crew<M>,
}

impl<M: Members> GatherResults<M> {
    pub(super) fn new(crew: Crew<M>) -> GatherResults<M> {
        GatherResults { crew }
    }
}

impl<M: Members> Future for GatherResults<M> {
    type Output = M::Results;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<M::Results> {
        let crew = &mut self.crew;
        if crew.poll(cx, |_, _, _| false).is_pending() {
            return Poll::Pending;
        }
        if crew.was_asked() {
            return crew.unwind(None);
        }
        crew.hand_back();
        match crew.members().results() {
            Some(results) => Poll::Ready(results),
            None => panic!("a gather is not polled after its end"),
        }
    }
}

impl<M: Members> fmt::Debug for GatherResults<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatherResults").field("crew", &self.crew).finish()
    }
}
