//! The scenarios of delivered cancellation, `C01` to `C103`, on the real loop, handles and scopes.
//!
//! `C94` is left out: a section that no request interrupts (`hold`) is not there yet.

mod basics;
mod foreign;
mod gather;
mod groups;
mod random;
mod timeouts;
mod waiting;
