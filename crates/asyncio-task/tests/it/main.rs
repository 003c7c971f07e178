//! Integration tests, one module per subject. `world` is the loop they run in, `combinators` what
//! foreign crates bring.

#![allow(unreachable_pub, reason = "a test binary has no outside")]

mod cancel;
mod combinators;
mod deferred;
mod dropping;
mod exceptions;
mod gather;
mod group;
mod group_kinds;
mod shapes;
mod waits;
mod world;
