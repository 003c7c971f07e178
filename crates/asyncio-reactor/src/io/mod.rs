//! Input and output on anything that has a descriptor.

mod async_io;
mod attempt;
mod futures;
mod traits;
mod uninit;

pub use async_io::Async;
pub use futures::{ReadWith, Readable, Writable, WriteWith};
