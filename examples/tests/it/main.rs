//! The examples, run as the programs they are.

mod program;
mod seeds;
