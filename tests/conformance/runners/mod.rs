//! `run`, `Runner`, Ctrl-C.

mod run;
mod runner;
mod signals;
