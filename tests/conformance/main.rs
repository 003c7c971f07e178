//! asyncio's behaviours, one test each.

#![allow(unreachable_pub, reason = "a test binary has no outside")]
#![allow(clippy::duplicate_mod, reason = "`worlds` load the same behaviours each")]

mod callbacks;
mod chains;
mod context;
mod debug;
mod eager;
mod error_reporting;
mod exceptions;
mod execution;
mod executors;
mod facilities;
mod futures;
mod getting_a_loop;
mod groups;
mod iteration;
mod loop_tasks;
mod notes;
mod policies;
mod primitives;
mod random;
mod runners;
mod running;
mod scoped;
mod sleeping;
mod stage;
mod staggered;
mod tasks;
mod threads;
mod timeouts;
mod together;
mod worlds;
