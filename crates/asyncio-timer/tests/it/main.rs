//! Integration tests, one module per subject.

mod large;
mod model;
mod order;
mod removal;
