//! Integration tests, one module per subject. `world` is the loop they run in, `combinators` what
//! foreign crates bring, `scopes` a timeout and an awaited task written with `tree::Node`.

mod cancel_basics;
mod combinators;
mod scopes;
mod world;
