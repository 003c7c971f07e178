//! `TaskGroup`: TGR, TGC, TGX.

mod cancel;
mod create_task;
mod failures;
mod group;
mod nested;
mod requests;
