//! asyncio's streams.

mod buffer;
mod connection;
mod direct;
mod error;
mod io;
mod open;
mod out;
mod read;
mod reader;
mod scratch;
mod until;
mod wait;
pub(crate) mod waiters;
mod writer;

pub(crate) use connection::Connection;
pub use error::{IncompleteReadError, LimitOverrunError, ReadError};
pub(crate) use io::Io;
pub use open::{OpenConnection, OpenUnixConnection, open_connection, open_unix_connection};
pub use read::{Lines, Read, ReadExactly, ReadToEnd, ReadUntil};
pub(crate) use reader::DEFAULT_LIMIT;
pub use reader::StreamReader;
pub use wait::{Drain, WaitClosed, WriteAll};
pub use writer::StreamWriter;
