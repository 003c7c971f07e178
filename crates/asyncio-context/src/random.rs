//! The one source of chance: seeded once, every decision by lot comes from here.

use std::cell::RefCell;

thread_local! {
    static GENERATOR: RefCell<fastrand::Rng> = RefCell::new(fastrand::Rng::new());
}

/// Seeds this thread's generator: from here on it yields the same numbers every time.
pub fn seed(seed: u64) {
    GENERATOR.with_borrow_mut(|g| g.seed(seed));
}

/// A number from this thread's generator.
pub fn random_u64() -> u64 {
    GENERATOR.with_borrow_mut(|g| g.u64(..))
}

/// A number below `end`, from this thread's generator.
///
/// # Panics
///
/// If `end` is zero.
pub fn random_below(end: usize) -> usize {
    GENERATOR.with_borrow_mut(|g| g.usize(..end))
}
