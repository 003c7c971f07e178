//! The wait at a barrier.

use super::{Barrier, BrokenBarrierError, Phase, State};
use crate::confine::{Confinement, ThreadSafe};
use crate::waiters::{Lists, Owed, Role, WaitCell, Waiter};
use asyncio_context::WaitKind;
use pin_project_lite::pin_project;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

type Cell<R> = WaitCell<State, R, 1>;

/// One who waits at a barrier.
enum Party {
    /// Did not come yet.
    Away,
    /// Waits for the others of its round.
    Inside { round: usize, index: usize },
    /// Came while a round was leaving, and waits for that.
    Outside { aborts: usize },
}

/// The end of a wait, and who is to be woken then.
type Passed = (Result<usize, BrokenBarrierError>, Owed);

impl Party {
    fn pass(&mut self, state: &mut State, parties: usize) -> Option<Passed> {
        let broken = Some((Err(BrokenBarrierError), Owed::Nobody));
        match *self {
            Party::Inside { round, .. } if round != state.round => broken,
            Party::Inside { index, .. } => {
                (state.phase == Phase::Draining).then(|| (Ok(index), state.left()))
            }
            Party::Outside { aborts } if aborts != state.aborts => broken,
            Party::Away | Party::Outside { .. } => match state.phase {
                Phase::Broken => broken,
                Phase::Draining => {
                    *self = Party::Outside { aborts: state.aborts };
                    None
                }
                Phase::Filling => self.enter(state, parties),
            },
        }
    }

    fn enter(&mut self, state: &mut State, parties: usize) -> Option<Passed> {
        let index = state.count;
        state.count += 1;
        if state.count < parties {
            *self = Party::Inside { round: state.round, index };
            return None;
        }
        let inside = state.drain();
        // Alone, its leaving opens the barrier at once and there is nobody to release.
        let owed = state.left();
        Some((Ok(index), if parties == 1 { owed } else { inside }))
    }
}

impl<R: Confinement> Role<&Cell<R>> for Party {
    const LIST: usize = 0;

    fn kind(&self) -> WaitKind {
        WaitKind::Barrier
    }

    fn tag(&mut self, state: &mut State) -> usize {
        state.tag(matches!(self, Party::Outside { .. }))
    }

    fn gone(&mut self, _: &&Cell<R>, state: &mut State, _: &mut Lists<'_, R>, _: bool) -> Owed {
        match *self {
            Party::Inside { round, .. } if round == state.round => match state.phase {
                Phase::Filling => {
                    state.count -= 1;
                    Owed::Nobody
                }
                Phase::Draining => state.left(),
                Phase::Broken => Owed::Nobody,
            },
            // Its round is over. Those outside were all told.
            _ => Owed::Nobody,
        }
    }
}

pin_project! {
    /// The future of [`Barrier::wait`].
    #[must_use = "futures do nothing unless polled"]
    pub struct BarrierFuture<'a, R = ThreadSafe>
    where
        R: Confinement,
    {
        barrier: &'a Barrier<R>,
        #[pin]
        wait: Waiter<&'a Cell<R>, Party>,
    }
}

impl<'a, R: Confinement> BarrierFuture<'a, R> {
    pub(super) fn new(barrier: &'a Barrier<R>, at: &'static Location<'static>) -> Self {
        BarrierFuture { barrier, wait: Waiter::new(&barrier.cell, Party::Away, at) }
    }
}

impl<R: Confinement> Future for BarrierFuture<'_, R> {
    type Output = Result<usize, BrokenBarrierError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let barrier = *this.barrier;
        // The waker is there when the party enters, so nothing can come between that and its place in
        // the list.
        let passed = this.wait.poll(cx, |(_, party, _), state, _| {
            let passed = party.pass(state, barrier.parties)?;
            // Polled again it waits anew, and does not leave the round a second time.
            *party = Party::Away;
            Some(passed)
        });
        let (result, owed) = ready!(passed);
        owed.pay(&&barrier.cell);
        Poll::Ready(result)
    }
}
