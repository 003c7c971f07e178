//! asyncio's behaviours, one test each.

#![allow(unreachable_pub, reason = "a test binary has no outside")]
#![allow(clippy::duplicate_mod, reason = "`worlds` load the same behaviours each")]

mod exceptions;
mod execution;
mod executors;
mod groups;
mod primitives;
mod random;
mod runners;
mod scoped;
mod sleeping;
mod stage;
mod staggered;
mod tasks;
mod threads;
mod timeouts;
mod together;
mod worlds;
