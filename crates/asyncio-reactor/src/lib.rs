#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

mod driver;
mod fork;
mod io;
#[cfg(all(test, loom))]
mod models;
mod poller;
mod source;
mod sync;
mod time;

pub use driver::{Driver, Entered, Handle};
pub use io::{Async, ReadWith, Readable, Writable, WriteWith};
pub use poller::Backend;
pub use source::Interest;
pub use time::{Interval, MissedTick, Sleep, Tick, interval, interval_at, sleep, sleep_until};
