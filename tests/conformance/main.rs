//! asyncio's behaviours, one test each.

#![allow(unreachable_pub, reason = "a test binary has no outside")]

mod groups;
mod sleeping;
mod stage;
mod staggered;
mod timeouts;
mod together;
