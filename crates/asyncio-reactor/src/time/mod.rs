//! Waiting for time to pass.

mod interval;
mod sleep;

pub use interval::{Interval, MissedTick, Tick, interval, interval_at};
pub use sleep::{Sleep, sleep, sleep_until};
