//! A meeting point for a number of tasks.

mod future;

pub use future::BarrierFuture;

use crate::confine::{Confinement, ThreadSafe};
use crate::waiters::{Owed, WaitCell};
use std::error::Error;
use std::fmt;
use std::panic::Location;

/// Lets a number of tasks wait until all of them are there. asyncio: `Barrier`.
///
/// When the last of a round has come all are released, and the barrier *drains*: tasks that come
/// before the last of the round has left wait until it has, and count for the next round.
///
/// ```
/// use asyncio_sync::Barrier;
///
/// static START: Barrier = Barrier::new(2);
///
/// let other = std::thread::spawn(|| futures_lite::future::block_on(START.wait()));
/// let here = futures_lite::future::block_on(START.wait()).unwrap();
/// let there = other.join().unwrap().unwrap();
/// assert_eq!(here + there, 1);
/// ```
// The cell's address is the barrier's: `Anchor::address`.
#[repr(C)]
pub struct Barrier<R: Confinement = ThreadSafe> {
    cell: WaitCell<State, R, 1>,
    parties: usize,
}

/// ```text
///            the last one comes          abort
///  Filling -------------------> Draining -----> Broken
///     ^  |      the last one leaves  |            ^ |
///     |  +---------------------------|------------+ |
///     +------------------------------+--------------+ reset
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Filling,
    Draining,
    Broken,
}

/// What is under the barrier's exclusion.
pub(crate) struct State {
    phase: Phase,
    /// Tasks inside: that came, and while draining have not left.
    count: usize,
    /// A new number for each round that ended, was reset or aborted. Who is inside with another
    /// number than this belongs to a round that was broken.
    round: usize,
    /// How often the barrier was aborted: who is outside with another number is to fail.
    aborts: usize,
}

impl State {
    /// The tag of a waiter. One list holds those inside and, behind them, those who came while
    /// their round was leaving; so tags ascend in it.
    fn tag(&self, outside: bool) -> usize {
        self.round * 2 + usize::from(outside)
    }

    /// Releases those inside, who find the barrier draining.
    fn drain(&mut self) -> Owed {
        self.phase = Phase::Draining;
        Owed::Before { list: 0, tag: self.tag(true), count: usize::MAX }
    }

    /// Ends the round: those still inside fail, those outside enter.
    fn open(&mut self) -> Owed {
        self.phase = Phase::Filling;
        self.count = 0;
        self.round += 1;
        Owed::Before { list: 0, tag: self.tag(false), count: usize::MAX }
    }

    /// One of the round that is leaving has left.
    fn left(&mut self) -> Owed {
        self.count -= 1;
        if self.count == 0 { self.open() } else { Owed::Nobody }
    }
}

/// The barrier was broken by [`Barrier::abort`], or [`Barrier::reset`] while a task waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenBarrierError;

impl fmt::Display for BrokenBarrierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the barrier was broken")
    }
}

impl Error for BrokenBarrierError {}

impl<R: Confinement> Barrier<R> {
    /// A barrier for `parties` tasks.
    ///
    /// # Panics
    ///
    /// If `parties` is zero (asyncio: `ValueError`).
    pub const fn new(parties: usize) -> Barrier<R> {
        assert!(parties != 0, "a barrier needs at least one party");
        let state = State { phase: Phase::Filling, count: 0, round: 0, aborts: 0 };
        Barrier { parties, cell: WaitCell::new(state) }
    }

    /// Waits until all are there. Gives the number of tasks that waited when this one came, so a
    /// different one to each; the last goes on first, and without suspending.
    ///
    /// # Errors
    ///
    /// [`BrokenBarrierError`], if the barrier is broken, or becomes so during the wait.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped leaves: the barrier is not broken, and another task can take its
    /// place, and its number or that of one who still waits.
    #[track_caller]
    pub fn wait(&self) -> BarrierFuture<'_, R> {
        BarrierFuture::new(self, Location::caller())
    }

    /// Makes the barrier as new. Those who wait, or have not left yet, fail; those who came while
    /// it was draining are not disturbed.
    pub fn reset(&self) {
        let owed = self.cell.with(|state, _| {
            let unused = state.phase == Phase::Filling && state.count == 0;
            if unused { Owed::Nobody } else { state.open() }
        });
        owed.pay(&&self.cell);
    }

    /// Breaks the barrier: all who wait fail, and all who come, until it is
    /// [`reset`](Barrier::reset).
    pub fn abort(&self) {
        let owed = self.cell.with(|state, _| {
            let owed = state.open();
            state.phase = Phase::Broken;
            state.aborts += 1;
            owed
        });
        owed.pay(&&self.cell);
    }

    /// How many tasks make a round.
    pub fn parties(&self) -> usize {
        self.parties
    }

    /// How many tasks wait for the others; zero while the barrier is draining or broken.
    pub fn n_waiting(&self) -> usize {
        self.cell.with(|state, _| if state.phase == Phase::Filling { state.count } else { 0 })
    }

    /// Whether the barrier is broken.
    pub fn broken(&self) -> bool {
        self.cell.with(|state, _| state.phase == Phase::Broken)
    }
}

impl<R: Confinement> fmt::Debug for Barrier<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phase = self.cell.with(|state, _| state.phase);
        f.debug_struct("Barrier")
            .field("phase", &phase)
            .field("waiting", &self.n_waiting())
            .field("parties", &self.parties)
            .finish()
    }
}
