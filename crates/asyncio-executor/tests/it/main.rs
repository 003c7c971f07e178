//! Integration tests, one module per subject.

mod bounds;
mod callbacks;
mod cancel;
mod close;
mod dropping;
mod eager;
mod foreign;
mod handles;
mod installed;
mod lent;
mod misuse;
mod order;
mod panics;
mod shared;
mod support;
mod turns;
