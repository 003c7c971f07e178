//! Integration tests, one module per subject. Each test of a source or a timer runs on every
//! backend that this system has; no test sleeps to be probably right.

mod bounds;
mod driver;
mod fork;
mod interval;
mod moving;
mod sleep;
mod sources;
mod support;
mod threads;
mod traps;
mod virtual_time;
mod waiters;
