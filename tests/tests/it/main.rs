//! What a user of the facade sees, across all crates.

mod child;
mod faults;
mod hosted;
mod signals;
mod ten_programs;
mod threads;
