//! Integration tests, one module per subject. `world` is the loop they run in, `combinators` what
//! foreign crates bring, `scopes` a timeout and an awaited task written with `tree::Node`.

#![allow(unreachable_pub, reason = "a test binary has no outside")]

mod cancel_basics;
mod cancel_foreign;
mod cancel_timeouts;
mod cancel_waiting;
mod cleanups;
mod combinators;
mod dropping;
mod random_programs;
mod scopes;
mod tasks;
mod testing;
mod variables;
mod wakers;
mod world;
