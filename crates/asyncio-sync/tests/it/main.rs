//! Integration tests, one module per primitive.

mod shape;
