//! TCP.

mod listener;
mod options;
mod stream;

pub use listener::{Accept, Incoming, TcpListener};
pub use stream::{Peek, TcpStream};
