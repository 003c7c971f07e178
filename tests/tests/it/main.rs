//! What a user of the facade sees, across all crates.

mod child;
mod event_loop;
mod faults;
mod glob;
mod hosted;
mod runner;
mod signals;
mod ten_programs;
mod threads;
