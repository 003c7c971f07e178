//! The HTTP server: accepting, serving, and stopping without losing what is under way.

mod accept;
mod connection;
mod handle;
mod shared;

pub use handle::{HttpServer, ServerBuilder, Stopped, serve};
