//! Shared tasks on any number of threads.

mod executor;
mod idle;
mod queues;
mod tasks;
mod worker;

pub use executor::Executor;

#[cfg(all(test, loom))]
mod models;
