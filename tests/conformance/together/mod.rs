//! `gather`, `wait`, `as_completed`, `shield`: GTH, WAI, CON, ASC, SHD.

mod as_completed;
mod gather;
mod gather_cancelled;
mod shield;
mod wait;
